package media

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/pion/stun/v3"

	"telagent-gateway/call"
)

// restarts is a crash of a wire and its start anew: all that is left is what was kept, its identity included.
func restarts(t *testing.T, w *Wire, report func(call.Event)) *Wire {
	t.Helper()
	var kept []LegState
	for _, l := range *w.legs.Load() {
		kept = append(kept, stateOf(t, w, l.id))
	}
	identity := must(w.Identity())
	if err := w.Abandon(); err != nil {
		t.Fatal(err)
	}
	again := startAt(t, Options{Address: w.homes[0].bind.String(), Identity: identity, Report: report})
	if failed := again.RestoreAll(kept); len(failed) > 0 {
		t.Fatal(failed)
	}
	return again
}

// expectOneRestart checks that what came is one stream, whose sequence numbers jump once by less than 2^15.
func (r *robot) expectOneRestart() {
	r.t.Helper()
	r.mu.Lock()
	packets := slices.Clone(r.heard)
	r.mu.Unlock()
	slices.SortStableFunc(packets, func(a, b packet) int { return int(int16(a.sequence - b.sequence)) })
	for i := 1; i < len(packets); i++ {
		was, is := packets[i-1], packets[i]
		if step := is.sequence - was.sequence; step <= 1 {
			continue
		} else if step >= 1<<15 || is.ssrc != was.ssrc || int32(is.ts-was.ts) < 160 {
			r.t.Errorf("robot %v: SSRC %x after %x, sequence goes on by %d, timestamp by %d", r.tone, is.ssrc, was.ssrc, step, int32(is.ts-was.ts))
		}
		expectOneStream(r.t, packets[:i])
		expectOneStream(r.t, packets[i:])
		return
	}
	r.t.Errorf("robot %v: no restart in %d packets", r.tone, len(packets))
}

func TestAPlainCallOnRealSocketsGoesOnInAnotherWire(t *testing.T) {
	t.Parallel()
	w := startAt(t, Options{})
	customer, agent := newRobot(t, 500), newRobot(t, 900)
	callIn(t, w, "c", customer)
	dial(t, w, "a", "c", agent)
	w.Do(call.Join{A: "c", B: "a"})
	expectTones(t, "customer before", customer.hears(500, 900), 900)
	w = restarts(t, w, nil)
	expectTones(t, "customer after", customer.hears(500, 900), 900)
	expectTones(t, "agent after", agent.hears(500, 900), 500)
	customer.expectOneRestart()
	agent.expectOneRestart()
	if st, _ := w.Stats("c"); st.Foreign != 0 {
		t.Errorf("%+v", st)
	}
}

func TestABrowsersCallGoesOnInAnotherWireWithItsKeysAndOurCertificate(t *testing.T) {
	t.Parallel()
	for _, active := range []bool{true, false} {
		w := startAt(t, Options{})
		customer, browser := newRobot(t, 500), newWebphone(t, 900)
		browser.active = active
		callIn(t, w, "c", customer)
		ours := must(w.Offer("b", "c", browserTerms))
		browser.reads(ours)
		if err := w.Accept("b", browser.describe(map[bool]string{true: setupActive, false: setupPassive}[active])); err != nil {
			t.Fatal(err)
		}
		w.Established("b")
		w.Do(call.Join{A: "c", B: "b"})
		browser.speaks()
		expectTones(t, "browser before", browser.hears(500, 900), 500)
		was, _ := w.Quality("b")
		w = restarts(t, w, nil)
		if m := browser.asks(); m.Type != stun.BindingSuccess {
			t.Errorf("asked after the restart it is told %v", m)
		}
		expectTones(t, "customer after", customer.hears(500, 900), 900)
		expectTones(t, "browser after", browser.hears(500, 900), 500)
		browser.expectOneRestart()
		if q, _ := w.Quality("b"); q.Encryption != "dtls" || q.Forged != was.Forged {
			t.Errorf("%+v", q)
		}

		// What its side says of the association goes nowhere, and a new offer goes on with it.
		for range shakeQueue + 1 {
			if _, err := browser.conn.WriteToUDP([]byte{22, 254, 253, 0, 1, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0}, browser.to); err != nil {
				t.Fatal(err)
			}
		}
		if err := browser.dtls.Close(); err != nil { // which sends close_notify
			t.Fatal(err)
		}
		keys := must(w.find("b")).guard.Load()
		again := string(must(w.Answer("b", browser.describe(setupEither), browserTerms)))
		for _, line := range []string{"a=fingerprint:" + fingerprintIn(t, ours), "a=ice-pwd:" + browser.ours.shakes.ice.password} {
			if !strings.Contains(again, line+"\r\n") {
				t.Errorf("no %q in\n%s", line, again)
			}
		}
		if must(w.find("b")).guard.Load() != keys {
			t.Error("other keys")
		}
		expectTones(t, "customer at the end", customer.hears(500, 900), 900)
		expectTones(t, "browser at the end", browser.hears(500, 900), 500)
	}
}

func fingerprintIn(t *testing.T, body []byte) string {
	t.Helper()
	_, rest, found := strings.Cut(string(body), "a=fingerprint:")
	if !found {
		t.Fatalf("no fingerprint in\n%s", body)
	}
	line, _, _ := strings.Cut(rest, "\r\n")
	return line
}

func TestAPhoneBehindANATIsHeardFromWhereItWasAfterARestart(t *testing.T) {
	s := newStage(t)
	at := netip.MustParseAddrPort("192.0.2.9:4711")
	s.w.Behind("c", at.Addr())
	s.arrives("c", "0 101")
	for i := range 300 { // longer than anybody may court
		s.receive("c", at, rtpPacket(0, false, uint16(i), uint32(i)*160, 5, make([]byte, 160)))
		s.run(20_000_000)
	}
	s.dies(0, 1_000_000_000)
	before := s.sentTo("c")
	s.run(100_000_000)
	for _, d := range s.links[30000].sent[before:] {
		if d.to != at {
			t.Fatalf("sent to %s", d.to)
		}
	}
	s.receive("c", at, rtpPacket(0, false, 360, 360*160, 5, make([]byte, 160)))
	if st, _ := s.w.Stats("c"); st.Received != 299 || s.sentTo("c") == before {
		t.Errorf("%+v; %d packets sent", st, s.sentTo("c")-before)
	}
	rival := netip.AddrPortFrom(at.Addr(), 666)
	for i := range 10 {
		s.receive("c", rival, rtpPacket(0, false, uint16(i), uint32(i)*160, 6, make([]byte, 160)))
		s.receive("c", at, rtpPacket(0, false, uint16(361+i), uint32(361+i)*160, 5, make([]byte, 160)))
		s.run(20_000_000)
	}
	body := must(s.w.Answer("c", description("c", "0 101"), Terms{}))
	if state, _ := s.w.Snapshot("c"); state.Latched != at || state.Version != 1 {
		t.Errorf("described as before it is at %s, and we say\n%s", state.Latched, body)
	}
}
