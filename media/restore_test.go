package media

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
)

// stateOf returns a leg's state as it comes out of the store.
func stateOf(t *testing.T, w *Wire, id call.LegID) LegState {
	t.Helper()
	state, ok := w.Snapshot(id)
	if !ok {
		t.Fatalf("leg %s has no state", id)
	}
	body, err := state.Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := DecodeLeg(body)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// dies is a crash of the stage's wire: after so long there is another one, which goes on with what was kept at the moment of
// the crash or so long before it. What was sent stays where it is.
func (s *stage) dies(kept, away time.Duration) {
	s.t.Helper()
	var states []LegState
	keep := func() {
		states = nil
		for _, l := range *s.w.legs.Load() {
			states = append(states, stateOf(s.t, s.w, l.id))
		}
	}
	keep()
	s.run(kept)
	s.restarts(states, away)
}

// restarts goes on in a new wire after so long.
func (s *stage) restarts(states []LegState, away time.Duration) {
	s.t.Helper()
	s.away(away)
	old := s.w
	w, err := build(Options{PortMin: 30000, PortMax: 30099}, s, old.library)
	if err != nil {
		s.t.Fatal(err)
	}
	w.now = func() time.Time { return s.now }
	w.recorder.disk = old.recorder.disk
	s.w = w
	before := s.links
	s.links = map[uint16]*fakeLink{}
	if failed := w.RestoreAll(states); len(failed) > 0 {
		s.t.Fatal(failed)
	}
	for port, l := range before {
		if now := s.links[port]; now != nil {
			now.sent, now.sealer = l.sent, l.sealer
		}
	}
}

// away lets time pass without a wire: what feeds send is lost.
func (s *stage) away(d time.Duration) {
	for end := s.now.Add(d); s.now.Before(end); s.now = s.now.Add(time.Millisecond) {
		for _, f := range s.feeds {
			if !s.now.Before(f.next) {
				n := f.length()
				f.next, f.seq, f.ts = f.next.Add(time.Duration(n)*time.Second/clock), f.seq+1, f.ts+uint32(n)
			}
		}
	}
}

// expectGoesOn checks the stream of a leg over a restart: what was sent from a packet on before it, and first after it.
func (s *stage) expectGoesOn(id call.LegID, from, before int) {
	s.t.Helper()
	packets, at := s.rtp(id)
	if len(packets) <= before || before <= from {
		s.t.Errorf("%s: %d packets before the restart, %d with those after it", id, before, len(packets))
		return
	}
	expectOneStream(s.t, packets[from:before])
	expectOneStream(s.t, packets[before:])
	was, is := packets[before-1], packets[before]
	gap := at[before].Sub(at[before-1])
	switch step := is.sequence - was.sequence; {
	case is.ssrc != was.ssrc || is.payloadType != was.payloadType:
		s.t.Errorf("%s: SSRC %x type %d after SSRC %x type %d", id, is.ssrc, is.payloadType, was.ssrc, was.payloadType)
	case step == 0 || step >= 1<<15:
		s.t.Errorf("%s: the sequence goes on by %d", id, step)
	case !is.marker:
		s.t.Errorf("%s: no marker", id)
	}
	if jump := int32(is.ts - was.ts); jump < int32(ticks(gap))-160 || jump > int32(ticks(gap))+160 {
		s.t.Errorf("%s: timestamps go on by %d over %v", id, jump, gap)
	}
}

func (s *stage) sentTo(id call.LegID) int {
	s.t.Helper()
	packets, _ := s.rtp(id)
	return len(packets)
}

func TestARestartLeavesBothLegsOfACallTheirStreams(t *testing.T) {
	for _, away := range []time.Duration{30 * time.Millisecond, 700 * time.Millisecond, 5 * time.Second, time.Minute} {
		s := conversation(t)
		s.run(3 * time.Second)
		c, a := s.sentTo("c"), s.sentTo("a")
		s.restarts([]LegState{stateOf(t, s.w, "a"), stateOf(t, s.w, "c")}, away)
		s.run(time.Second)
		if s.hears("c") == 0xff || s.hears("a") == 0xff {
			t.Errorf("after %v c hears %#x, a hears %#x", away, s.hears("c"), s.hears("a"))
		}
		s.expectGoesOn("c", 0, c)
		s.expectGoesOn("a", 0, a)
		packets, at := s.rtp("c")
		if wait := at[c].Sub(at[c-1]); wait > away+40*time.Millisecond {
			t.Errorf("nothing was heard for %v over %v", wait, away)
		}
		// The Floor's orders say again what is so.
		s.w.Do(call.Join{A: "c", B: "a"})
		s.run(time.Second)
		again, _ := s.rtp("c")
		expectOneStream(t, again[c:])
		for i, p := range again[len(packets):] {
			if p.marker {
				t.Errorf("packet %d after the same order has a marker", i)
			}
		}
	}
}

func TestAClockThatWasSetBackBeforeARestartSilencesNobody(t *testing.T) {
	s := conversation(t)
	s.arrives("w", "0 101")
	s.w.Do(call.Park{Leg: "w", Audio: call.Music})
	s.run(3 * time.Second)
	states := []LegState{stateOf(t, s.w, "a"), stateOf(t, s.w, "c"), stateOf(t, s.w, "w")}
	for i := range states { // as that clock showed it
		for _, at := range []*time.Time{&states[i].Taken, &states[i].Established, &states[i].LastSent, &states[i].LastHeard} {
			*at = at.Add(time.Hour)
		}
	}
	before := s.sentTo("w")
	s.restarts(states, 500*time.Millisecond)
	s.run(time.Second)
	if s.hears("c") == 0xff || s.hears("a") == 0xff || s.sentTo("w") < before+40 {
		t.Errorf("c hears %#x, a hears %#x, who waits got %d packets in a second", s.hears("c"), s.hears("a"), s.sentTo("w")-before)
	}
	if l := must(s.w.find("w")); l.established.After(s.now) || s.now.Sub(l.established) < 3*time.Second {
		t.Errorf("the leg stands since %v, and it is %v", l.established, s.now)
	}
}

func TestEveryFieldOfALegsStateComesBackFromTheStore(t *testing.T) {
	var full LegState
	n := 0
	fill(reflect.ValueOf(&full).Elem(), &n)
	full.Layout = layout
	body, err := full.Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := DecodeLeg(body)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, full) {
		t.Errorf("came back as\n%+v\nwas\n%+v", read, full)
	}
}

// fill sets every field to something of its own.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(start.Add(time.Duration(*n) * time.Microsecond)))
		return
	case netip.Addr:
		v.Set(reflect.ValueOf(netip.AddrFrom4([4]byte{10, 0, 0, byte(*n)})))
		return
	case netip.AddrPort:
		v.Set(reflect.ValueOf(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(*n)}), uint16(*n))))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), n)
		}
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n % 250))
	default:
		v.SetInt(int64(*n))
	}
}

func TestAStateThatCannotBeReadIsRefusedWithoutQuotingIt(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":        "",
		"no JSON":        "secret",
		"another layout": `{"Layout":99,"Leg":"a","Path":{"Password":"secret"}}`,
		"another type":   `{"Layout":1,"Port":"secret"}`,
		"too long":       `{"Layout":1,"Leg":"` + strings.Repeat("secret", maxState/6) + `"}`,
	} {
		if _, err := DecodeLeg([]byte(body)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
