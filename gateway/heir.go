package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/config"
	"telagent-gateway/media"
	"telagent-gateway/telagent"
)

// The bounds of a hand-over, as the process that takes over keeps them.
const (
	heirWaits = time.Minute      // for the word that the other one stands still
	heirHears = 10 * time.Second // for everything after it
)

// Heir is the part of a process that takes over from another one: it gets its sockets, and the audio of its calls at the last
// moment. Everything else is in the store.
type Heir struct {
	baton  *baton
	socket map[string]*os.File // listening ones, by name
	rtp    map[netip.AddrPort]*os.File
	states []media.LegState
	store  string       // mark of the store that the calls are in; empty: not said
	facts  []call.Event // that nobody handled there
	by     string       // who asked for it
	detail string
	drain  *telagent.Drain // that was under way; nil: none
}

// Inherit returns the part of this process if 'telagent upgrade' started it; nil: a person or systemd did.
func Inherit() (*Heir, error) {
	b, err := inheritedBaton()
	if b == nil || err != nil {
		return nil, err
	}
	h := &Heir{baton: b, socket: map[string]*os.File{}, rtp: map[netip.AddrPort]*os.File{}}
	for {
		m, err := b.expect(socketsWord, time.Now().Add(heirHears))
		if err != nil {
			return nil, fmt.Errorf("take over: %w", err)
		}
		for i, name := range m.Names {
			h.socket[name] = m.files[i]
		}
		if m.Detail == lastPart {
			h.store = m.Kind
			return h, nil
		}
	}
}

// lastPart says that no more sockets follow.
const lastPart = "last"

// Failed lets the other process know that this one cannot take over; it goes on then. It does nothing after the calls were
// taken over.
func (h *Heir) Failed(why error) {
	if h == nil || h.baton == nil || why == nil {
		return
	}
	_ = h.baton.say(message{Word: failedWord, Why: why.Error()}) // it sees our end anyway
	h.baton.close()
}

// storeMark stands for the store of a configuration, whose name may hold a password.
func storeMark(c *config.Config) string {
	sum := sha256.Sum256([]byte(c.Store.Reveal()))
	return hex.EncodeToString(sum[:8])
}

// fits says why the calls cannot be taken over: they are in another store.
func (h *Heir) fits(c *config.Config) error {
	if h == nil || h.store == "" || h.store == storeMark(c) {
		return nil
	}
	return errors.New("the configuration names another store than the one that the calls are in; that cannot change by an upgrade: stop the gateway and start it again")
}

// await says that we are ready, and returns when the other process stands still and has let the store go.
func (h *Heir) await() error {
	if h == nil {
		return nil
	}
	if err := h.baton.say(message{Word: readyWord}); err != nil {
		return err
	}
	m, err := h.baton.expect(goWord, time.Now().Add(heirWaits))
	h.by, h.detail = m.Why, m.Detail
	if err == nil && m.Body != nil {
		err = json.Unmarshal(m.Body, &h.drain)
	}
	return err
}

// audio takes the audio of the legs that the signalling wire goes on with. It has been going on until now.
func (h *Heir) audio(r *restored) ([]media.LegState, error) {
	if err := h.baton.say(message{Word: audioWord}); err != nil {
		return nil, err
	}
	until := time.Now().Add(heirHears)
	for {
		m, err := h.baton.hear(until)
		if err != nil {
			return nil, err
		}
		switch m.Word {
		case legWord:
			s, err := media.DecodeLeg(m.Body)
			if err == nil && len(m.files) != 2 {
				err = fmt.Errorf("it comes with %d sockets", len(m.files))
			}
			if err != nil {
				closeAll(m.files)
				return nil, fmt.Errorf("take over a leg's audio: %w", err)
			}
			for i, file := range m.files {
				h.rtp[netip.AddrPortFrom(s.Home.Unmap(), uint16(s.Port+i))] = file
			}
			if r.legs[string(s.Leg)] != nil {
				r.audio[string(s.Leg)] = m.Body
				h.states = append(h.states, s)
			}
		case factWord:
			if e, err := factFrom(m); err == nil { // one of another version is none that we know
				h.facts = append(h.facts, e)
			}
		case endWord:
			return h.states, nil
		default:
			closeAll(m.files)
			return nil, fmt.Errorf("it says %s where the audio is due", m.Word)
		}
	}
}

// inherited is the socket of an RTP or RTCP port; nil: it is none of the calls'.
func (h *Heir) inherited(at netip.AddrPort) *os.File {
	file := h.rtp[at]
	delete(h.rtp, at)
	return file
}

// unproven says that the other process still has the calls.
func (h *Heir) unproven() bool { return h != nil && h.baton != nil }

// running lets the other process go: its calls are ours. If it does not hear that any more it has ended, and there is nobody else
// to go on with them.
func (h *Heir) running() {
	for _, file := range h.rtp {
		_ = file.Close() // of a leg that no call has any more
	}
	h.rtp = nil
	_ = h.baton.say(message{Word: runningWord})
	h.baton.close()
	h.baton = nil
}

// takeOver is the last step of a start that takes over: what was not handled there is, and the other process is let go.
func (g *Gateway) takeOver() error {
	g.sockets.close()
	if g.heir == nil {
		return nil
	}
	for _, e := range g.heir.facts {
		g.loop.report(e)
	}
	g.service.ready() // before the other one ends: a service without a main process is over
	g.heir.running()
	return g.loop.put(context.Background(), request{g.heir.did(), make(chan error, 1)})
}

// drainAgain goes on with the drain that was under way there, before anybody who calls is heard.
func (g *Gateway) drainAgain() {
	if g.heir != nil && g.heir.drain != nil {
		g.loop.step(request{*g.heir.drain, make(chan error, 1)})
	}
}

// did is what the audit trail says of it.
func (h *Heir) did() telagent.Upgrade { return telagent.Upgrade{By: h.by, Detail: h.detail} }

// facts that the audio wire may report while nobody handles them.
var kindsOfFacts = map[string]func(json.RawMessage) (call.Event, error){
	"digit": factOf[call.Digit], "silent": factOf[call.Silent], "heard": factOf[call.Heard], "played": factOf[call.Played],
	"recorded": factOf[call.Recorded], "measured": factOf[call.Measured], "spliced": factOf[call.Spliced],
	"missed": factOf[call.Missed], "seen": factOf[call.Seen], "held": factOf[call.Held], "resumed": factOf[call.Resumed],
}

func factOf[E call.Event](body json.RawMessage) (call.Event, error) {
	var e E
	err := json.Unmarshal(body, &e)
	return e, err
}

// factMessage writes a fact; false: it is not one that is handed over.
func factMessage(e call.Event) (m message, is bool) {
	m.Word = factWord
	switch e.(type) {
	case call.Digit:
		m.Kind = "digit"
	case call.Silent:
		m.Kind = "silent"
	case call.Heard:
		m.Kind = "heard"
	case call.Played:
		m.Kind = "played"
	case call.Recorded:
		m.Kind = "recorded"
	case call.Measured:
		m.Kind = "measured"
	case call.Spliced:
		m.Kind = "spliced"
	case call.Missed:
		m.Kind = "missed"
	case call.Seen:
		m.Kind = "seen"
	case call.Held:
		m.Kind = "held"
	case call.Resumed:
		m.Kind = "resumed"
	default: // of signalling, which stood still before
		return m, false
	}
	body, err := json.Marshal(e)
	m.Body = body
	return m, err == nil
}

func factFrom(m message) (call.Event, error) {
	read, known := kindsOfFacts[m.Kind]
	if !known {
		return nil, errors.New("an unknown fact")
	}
	return read(m.Body)
}
