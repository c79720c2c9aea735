package sip

import (
	"maps"
	"strings"
	"sync"

	"telagent-gateway/call"
)

// memoir stands for the store: what the wire asked to be kept.
type memoir struct {
	mu       sync.Mutex
	legs     map[call.LegID][]byte
	contacts map[string][]byte
	told     int // how often a contact was kept
}

func (m *memoir) keepLeg(leg call.LegID, state []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.legs == nil {
		m.legs = make(map[call.LegID][]byte)
	}
	if m.legs[leg] = state; state == nil {
		delete(m.legs, leg)
	}
}

func (m *memoir) keepContact(key string, state []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.contacts == nil {
		m.contacts = make(map[string][]byte)
	}
	m.told++
	if m.contacts[key] = state; state == nil {
		delete(m.contacts, key)
	}
}

// holds returns what is kept of a leg.
func (m *memoir) holds(leg call.LegID) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.legs[leg]
}

// rise starts another wire at the same addresses with what the first one kept. Callers ring when the test says so.
func (r *rig) rise(change ...func(*Options)) {
	r.Helper()
	r.slow.Store(true) // there is no wire yet that could be ordered
	r.audio = newFakeAudio()
	o := r.o
	o.Audio = r.audio
	r.memoir.mu.Lock()
	o.Kept, o.Contacts = maps.Clone(r.memoir.legs), maps.Clone(r.memoir.contacts)
	r.memoir.mu.Unlock()
	for _, c := range change {
		c(&o)
	}
	var n network = machine{}
	if r.net != nil {
		n = r.net
	}
	w, err := start(o, n, r.reload)
	if err != nil {
		r.Fatal(err)
	}
	r.w = w
	for _, k := range o.Trunks {
		if k.Ping == 0 && !k.Register {
			r.reportedAmong(call.TrunkUp{Trunk: k.Name})
		}
	}
}

// reportedAmong waits for an event; what was reported before it is reported after it.
func (r *rig) reportedAmong(want call.Event) {
	r.Helper()
	var others []call.Event
	for e := r.event(); e != want; e = r.event() {
		others = append(others, e)
	}
	for _, e := range others {
		r.events <- e
	}
}

// restart ends the wire as the end of its process would, and starts another one.
func (r *rig) restart(change ...func(*Options)) {
	r.Helper()
	r.w.Abandon()
	r.rise(change...)
}

// phones is of how many addresses of record contacts are kept.
func (m *memoir) phones() (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.contacts {
		if strings.HasPrefix(key, contactKey) {
			n++
		}
	}
	return n
}

// count is how often contacts were kept.
func (m *memoir) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.told
}
