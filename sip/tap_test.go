package sip

import (
	"fmt"
	"strings"
	"testing"

	"telagent-gateway/call"
)

// linesOf returns what is kept of a leg, a line for each message.
func linesOf(t *testing.T, w *Wire, leg call.LegID) (lines []string) {
	t.Helper()
	s, ok := w.Strand(leg)
	if !ok {
		t.Fatalf("nothing is kept of leg %s", leg)
	}
	for _, m := range s.Messages {
		first, _, _ := strings.Cut(m.Text, "\r\n")
		way := "<"
		if m.Sent {
			way = ">"
		}
		lines = append(lines, way+" "+first)
	}
	return lines
}

func TestOfALegTheFirstAndTheLastMessagesAreKept(t *testing.T) {
	p := newTap(1 << 20)
	j := p.journal()
	f := &flow{network: "UDP"}
	j.note(true, f, "before it has a name")
	j.name("1")
	for i := range 2 * messagesKept {
		j.note(i%2 == 0, f, fmt.Sprint(i))
	}
	w := &Wire{tap: p, legs: map[call.LegID]*inbox{}}
	s, ok := w.Strand("1")
	if !ok || len(s.Messages) != messagesKept || s.Left != messagesKept+1 {
		t.Fatalf("%d messages, %d left out", len(s.Messages), s.Left)
	}
	if s.Messages[0].Text != "before it has a name" || s.Messages[1].Text != "0" || s.Messages[messagesKept-1].Text != fmt.Sprint(2*messagesKept-1) {
		t.Errorf("kept from %q, %q to %q", s.Messages[0].Text, s.Messages[1].Text, s.Messages[messagesKept-1].Text)
	}
	want := 0
	for _, m := range s.Messages {
		want += len(m.Text) + messageRoom
	}
	if p.bytes != want {
		t.Errorf("%d bytes are counted, %d are kept", p.bytes, want)
	}
	w.Forget("1")
	if _, ok := w.Strand("1"); ok || p.bytes != 0 || len(p.order) != 0 {
		t.Errorf("something of a forgotten leg is left: %d bytes", p.bytes)
	}
	j.note(true, f, "late")
	if p.bytes != 0 {
		t.Error("a late message of a forgotten leg is kept")
	}
}

func TestAllLegsTogetherKeepNoMoreThanTheirBytes(t *testing.T) {
	p := newTap(10_000)
	w := &Wire{tap: p, legs: map[call.LegID]*inbox{}}
	f := &flow{network: "UDP"}
	for i := range 50 {
		j := p.journal()
		j.name(call.LegID(fmt.Sprint(i)))
		j.note(true, f, strings.Repeat("x", 800))
		if p.bytes > p.most {
			t.Fatalf("%d bytes are kept of %d", p.bytes, p.most)
		}
	}
	if _, ok := w.Strand("0"); ok {
		t.Error("the oldest leg kept its messages")
	}
	if lines := linesOf(t, w, "49"); len(lines) != 1 {
		t.Errorf("the newest leg has %q", lines)
	}
	j := p.journal()
	j.name("long")
	j.note(false, f, strings.Repeat("y", 2*messageLength))
	if s, ok := w.Strand("long"); ok {
		t.Errorf("a message that is longer than all that may be kept stays: %d bytes", len(s.Messages[0].Text))
	}
}

func TestALongMessageIsCut(t *testing.T) {
	p := newTap(1 << 20)
	j := p.journal()
	j.name("1")
	j.note(false, &flow{network: "WSS"}, strings.Repeat("y", messageLength+7))
	s, _ := (&Wire{tap: p}).Strand("1")
	if m := s.Messages[0]; len(m.Text) != messageLength || m.Cut != 7 || m.Network != "WSS" {
		t.Errorf("kept %d bytes, %d cut", len(m.Text), m.Cut)
	}
}

func keeping(o *Options) { o.Ladders = 1 << 20 }

func TestEachMessageOfACallerIsKeptInItsOrder(t *testing.T) {
	bubble(t, func(r *rig) {
		c := talking(r)
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Normal})
		want := "< INVITE sip:+18005550100@gw.test SIP/2.0|> SIP/2.0 100 Trying|> SIP/2.0 180 Ringing|> SIP/2.0 200 OK|< ACK|< BYE|> SIP/2.0 200 OK"
		lines := linesOf(t, r.w, "in-1")
		for i, part := range strings.Split(want, "|") {
			if i >= len(lines) || !strings.HasPrefix(lines[i], strings.Fields(part)[0]+" "+strings.Fields(part)[1]) {
				t.Fatalf("kept %q", lines)
			}
		}
		s, _ := r.w.Strand("in-1")
		if s.Trunk != "north" || s.Messages[0].Network != "UDP" || !s.Messages[0].Peer.IsValid() || !strings.Contains(s.Messages[0].Text, "m=audio") {
			t.Errorf("kept %+v", s)
		}
		r.w.Forget("in-1")
		if _, ok := r.w.Strand("in-1"); ok {
			t.Error("a leg that is over is kept though it was to be forgotten")
		}
	}, keeping)
}

func TestWhatIsKeptOfAPhoneHasNoProof(t *testing.T) {
	bubble(t, func(r *rig) {
		p, _ := answered(r)
		r.do(call.Hangup{Leg: "out", Cause: call.Normal})
		p.answer(p.asked("BYE"), 200, "", "")
		r.settle()
		s, ok := r.w.Strand("out")
		if !ok || len(s.Messages) < 5 || s.Trunk != "" {
			t.Fatalf("kept %+v", s)
		}
		r.w.tap.mu.Lock()
		j := r.w.tap.journals["out"]
		r.w.tap.mu.Unlock()
		j.note(false, &flow{network: "UDP"}, "INVITE sip:x SIP/2.0\r\nAuthorization: Digest response=\"SECRET\"\r\n\r\na=crypto:1 AES inline:SECRET\r\na=ice-pwd:SECRET\r\n")
		j.note(false, &flow{network: "UDP"}, "INFO sip:x SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=SECRET\r\n")
		s, _ = r.w.Strand("out")
		masks := 0
		for _, m := range s.Messages {
			if strings.Contains(m.Text, "SECRET") {
				t.Errorf("shown: %s", m.Text)
			}
			masks += strings.Count(m.Text, "***")
		}
		if masks != 4 {
			t.Errorf("%d secrets are masked", masks)
		}
	}, keeping)
}

func TestNothingIsKeptUnlessItIsWanted(t *testing.T) {
	bubble(t, func(r *rig) {
		talking(r)
		if _, ok := r.w.Strand("in-1"); ok {
			t.Error("kept all the same")
		}
		r.w.Forget("in-1")
	})
}

func TestAFoldedProofIsMaskedWhole(t *testing.T) {
	const message = "INVITE sip:x SIP/2.0\r\nAuthorization: Digest username=\"a\",\r\n response=\"SECRET\",\r\n\tcnonce=\"SECRET\"\r\nCSeq: 1 INVITE\r\n\r\n"
	if is := masked(message); strings.Contains(is, "SECRET") || !strings.Contains(is, "CSeq: 1 INVITE\r\n\r\n") || !strings.Contains(is, "Authorization: ***") {
		t.Errorf("shown: %q", is)
	}
}

func TestKeysByINFOAreMaskedBehindEmptyLinesToo(t *testing.T) {
	// RFC 3261 §7.5: empty lines before a message are passed over
	if is := masked("\r\nINFO sip:a@192.0.2.1 SIP/2.0\r\nCSeq: 2 INFO\r\n\r\nSignal=7"); strings.Contains(is, "Signal") {
		t.Errorf("it shows %q", is)
	}
}
