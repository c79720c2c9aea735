package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
)

const (
	gatewayAddr = "192.0.2.1:5060"
	carrierAddr = "198.51.100.7:5060"
	sdpOfPeer   = "v=0\r\no=peer 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
)

// rig is a gateway's signalling wire with peers around it, in a network and under a clock of the test's own.
type rig struct {
	*testing.T
	w      *Wire
	net    *memory // nil: real sockets
	udp    string  // the gateway's addresses
	tcp    string
	audio  *fakeAudio
	events chan call.Event
	ladder *ladder
	peers  []*peer
	ids    atomic.Int64
	asks   atomic.Bool // TurnedAway is reported, and answered by the test
	memoir memoir      // what the wire asked to be kept
	o      Options     // of the wire
	reload func(*Dialog) *Dialog

	authority *authority   // of the gateway's certificate, if the test has one
	carrier   net.Listener // of a carrier over TCP, if there is one
	calls     atomic.Bool  // what is told of phones is nothing to the test
	slow      atomic.Bool  // the core lets no caller ring by itself; set by who wants to order that
}

// loopback runs a test on real sockets of this machine.
func loopback(t *testing.T, run func(r *rig), change ...func(*Options)) {
	t.Helper()
	r := &rig{T: t, audio: newFakeAudio(), events: make(chan call.Event, 4096), ladder: &ladder{}}
	o := r.options(func(o *Options) {
		o.Listen, o.Trunks[0].AcceptFrom = []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}, []netip.Prefix{netip.MustParsePrefix("127.0.0.7/32")}
	})
	for _, c := range change {
		c(&o)
	}
	w, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	r.w, r.o = w, o
	r.o.Listen = w.Addrs()
	r.udp, r.tcp = w.Addrs()[0][4:], w.Addrs()[1][4:]
	r.reported(call.TrunkUp{Trunk: "north"})
	defer r.end()
	run(r)
}

// bubble runs a test in a rig, under a clock that jumps when everybody waits.
func bubble(t *testing.T, run func(r *rig), change ...func(*Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { inRig(t, nil, run, change...) })
}

// dialogs runs a test twice: as it is, and with every dialog encoded and decoded after each message.
func dialogs(t *testing.T, run func(r *rig), change ...func(*Options)) {
	t.Helper()
	t.Run("kept", func(t *testing.T) { bubble(t, run, change...) })
	t.Run("stored", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			inRig(t, func(d *Dialog) *Dialog {
				raw, err := d.encode()
				if err != nil {
					t.Errorf("encode dialog: %v", err)
					return d
				}
				back, err := decodeDialog(raw)
				if err != nil {
					t.Errorf("decode dialog: %v", err)
					return d
				}
				if !reflect.DeepEqual(d, back) {
					t.Errorf("a dialog changed by being stored:\n%+v\n%+v", d, back)
				}
				return back
			}, run, change...)
		})
	})
}

func inRig(t *testing.T, reload func(*Dialog) *Dialog, run func(r *rig), change ...func(*Options)) {
	t.Helper()
	r := &rig{
		T: t, net: newMemory(), udp: gatewayAddr, tcp: gatewayAddr, audio: newFakeAudio(), events: make(chan call.Event, 4096),
		ladder: &ladder{},
	}
	o := r.options(change...)
	r.o, r.reload = o, reload
	w, err := start(o, r.net, reload)
	if err != nil {
		t.Fatal(err)
	}
	r.w = w
	for _, k := range o.Trunks {
		if k.Ping == 0 && !k.Register {
			r.reported(call.TrunkUp{Trunk: k.Name})
		}
	}
	defer r.end()
	run(r)
}

// options are those of the usual gateway, with changes.
func (r *rig) options(change ...func(*Options)) Options {
	o := Options{
		Domain: realm, Listen: []string{"udp:" + gatewayAddr, "tcp:" + gatewayAddr}, Audio: r.audio, Log: zap.NewNop(),
		Trunks: []Trunk{{
			Name: "north", URI: "sip:" + carrierAddr, Username: "gw", Password: "carrier-secret", Channels: 30,
			AcceptFrom: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")},
		}},
		Secrets: func(user string) (Secret, bool) {
			if user == "mallory" {
				return Secret{}, false
			}
			return Secret{
				HA1MD5: HA1("MD5", user, realm, "secret-"+user), HA1SHA: HA1("SHA-256", user, realm, "secret-"+user),
			}, true
		},
		Report: func(e call.Event) {
			if in, ok := e.(call.Invited); ok && !r.slow.Load() {
				r.w.Do(call.Ring{Leg: in.Leg})
			}
			if away, ok := e.(call.TurnedAway); ok && !r.asks.Load() {
				r.w.Do(call.Reroute{Leg: away.Leg}) // there is no other trunk
				return
			}
			switch e.(type) {
			case call.Located, call.Bound, call.Missed, call.Seen:
				if r.calls.Load() {
					return
				}
			}
			r.events <- e
		},
		ID: func() string {
			return fmt.Sprintf("in-%d", r.ids.Add(1))
		},
	}
	o.Keep, o.KeepContact = r.memoir.keepLeg, r.memoir.keepContact
	for _, c := range change {
		c(&o)
	}
	return o
}

// end stops everything and looks for what must not be.
func (r *rig) end() {
	r.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := r.w.Close(ctx); err != nil {
		r.Logf("close: %v", err) // peers of the test need not answer
	}
	for _, p := range r.peers {
		p.close()
	}
	if n := r.w.panics.Load(); n != 0 {
		r.Errorf("%d bugs were caught", n)
	}
	r.audio.check(r)
}

// reported waits for an event and compares it.
func (r *rig) reported(want call.Event) {
	r.Helper()
	if got := r.event(); got != want {
		r.Fatalf("reported %T%+v, want %T%+v", got, got, want, want)
	}
}

// event waits for the next event.
func (r *rig) event() call.Event {
	r.Helper()
	select {
	case e := <-r.events:
		return e
	case <-time.After(2 * time.Minute):
		r.Fatal("nothing was reported for two minutes")
	}
	return nil
}

// nothingReported lets everything settle and fails if there is an event.
func (r *rig) nothingReported() {
	r.Helper()
	synctest.Wait()
	select {
	case e := <-r.events:
		r.Fatalf("reported %T%+v, want nothing", e, e)
	default:
	}
}

// pass lets time go by.
func (r *rig) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// do orders the wire to do something.
func (r *rig) do(a call.Action) { r.w.Do(a) }

// fakeAudio stands for the audio wire: every leg has a description, and what says "bad" is refused.
type fakeAudio struct {
	mu       sync.Mutex
	lines    []string
	released map[call.LegID]int
	touched  map[call.LegID]bool
	explode  call.LegID // Answer panics for it
	others   int        // offers that there are beside the first
}

func newFakeAudio() *fakeAudio {
	return &fakeAudio{released: make(map[call.LegID]int), touched: make(map[call.LegID]bool)}
}

func (a *fakeAudio) note(leg call.LegID, what string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.touched[leg] = true
	a.lines = append(a.lines, what+" "+string(leg))
}

func (a *fakeAudio) description(leg call.LegID) []byte {
	return []byte("v=0\r\no=gw 1 1 IN IP4 192.0.2.1\r\ns=" + string(leg) + "\r\n")
}

func (a *fakeAudio) Offer(to call.Peer, near call.LegID) ([]byte, error) {
	leg := to.Leg
	a.note(leg, "offer")
	if strings.HasPrefix(string(near), "bad") {
		return nil, errors.New("no port is free")
	}
	if strings.HasPrefix(string(near), "long") {
		return append(a.description(leg), strings.Repeat("a=long:0123456789\r\n", 100)...), nil
	}
	switch {
	case to.Turned > a.others:
		return nil, call.ErrNoOtherOffer
	case to.Turned > 0:
		return append(a.description(leg), "a=another\r\n"...), nil
	}
	return a.description(leg), nil
}

func (a *fakeAudio) Accept(leg call.LegID, answer []byte) error {
	a.note(leg, "accept")
	return judge(answer)
}

func (a *fakeAudio) Answer(from call.Peer, offer []byte) ([]byte, error) {
	leg := from.Leg
	a.note(leg, "answer")
	if leg == a.explode {
		panic("a bug in the audio wire")
	}
	return a.description(leg), judge(offer)
}

func (a *fakeAudio) Current(leg call.LegID) ([]byte, error) {
	a.note(leg, "current")
	return a.description(leg), nil
}

func (a *fakeAudio) Behind(leg call.LegID, at netip.Addr) { a.note(leg, "behind:"+at.String()) }

func (a *fakeAudio) Early(leg call.LegID) { a.note(leg, "early") }

func (a *fakeAudio) Established(leg call.LegID) { a.note(leg, "established") }

func (a *fakeAudio) Release(leg call.LegID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.released[leg]++
	a.lines = append(a.lines, "release "+string(leg))
}

func judge(sdp []byte) error {
	if strings.Contains(string(sdp), "bad") {
		return errors.New("no common audio")
	}
	return nil
}

// said returns what Audio was asked for a leg, in order.
func (a *fakeAudio) said(leg call.LegID) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var words []string
	for _, l := range a.lines {
		if word, of, _ := strings.Cut(l, " "); of == string(leg) {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// check fails if a leg was not released exactly once.
func (a *fakeAudio) check(r *rig) {
	r.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for leg := range a.touched {
		if a.released[leg] != 1 {
			r.Errorf("audio of leg %s was released %d times", leg, a.released[leg])
		}
	}
}

// settle waits until nobody has anything to do.
func (r *rig) settle() { synctest.Wait() }
