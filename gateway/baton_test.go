package gateway

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"telagent-gateway/call"
)

// batons are both ends, as two processes have them.
func batons(t *testing.T) (one, other *baton) {
	t.Helper()
	one, file, err := newBatons()
	if err != nil {
		t.Fatal(err)
	}
	if other, err = batonOf(file); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { one.close(); other.close() })
	return one, other
}

func soon() time.Time { return time.Now().Add(10 * time.Second) }

// loopbackPort is a port of this machine for the test alone.
func loopbackPort(t *testing.T) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp4", "127.45.1.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return netip.MustParseAddrPort(l.Addr().String())
}

func TestSocketsGoFromProcessToProcessWithWhatWaitsInThem(t *testing.T) {
	at := loopbackPort(t)
	old := newSockets(nil)
	bind := func() (*net.UDPConn, error) { return net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at)) }
	packets, err := old.packets(at, bind)
	if err != nil {
		t.Fatal(err)
	}
	streams, err := old.streams(at)
	if err != nil {
		t.Fatal(err)
	}
	old.shut(true)
	phone, err := net.Dial("udp4", at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = phone.Close() }()
	if _, err := phone.Write([]byte("INVITE")); err != nil {
		t.Fatal(err)
	}
	page, err := net.Dial("tcp4", at.String()) // nobody accepts it yet
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = page.Close() }()

	one, other := batons(t)
	if err := (&successor{baton: one}).give(old, "mark"); err != nil {
		t.Fatal(err)
	}
	m, err := other.expect(socketsWord, soon())
	if err != nil || m.Detail != lastPart || m.Kind != "mark" || len(m.files) != 2 {
		t.Fatalf("heard %+v (%v)", m, err)
	}
	inherited := map[string]*os.File{}
	for i, name := range m.Names {
		inherited[name] = m.files[i]
	}
	_, _ = packets.Close(), streams.Close() // the old process ends
	next := newSockets(inherited)
	again, err := next.packets(at, bind)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	room := make([]byte, 100)
	if n, err := again.Read(room); err != nil || string(room[:n]) != "INVITE" {
		t.Errorf("what waited: %q (%v)", room[:n], err)
	}
	door, err := next.streams(at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = door.Close() }()
	if c, err := door.Accept(); err != nil || c.RemoteAddr().String() != page.LocalAddr().String() {
		t.Errorf("who waited at the door: %v (%v)", c, err)
	}
	if left := next.take("udp:" + at.String()); left != nil {
		t.Error("a socket was given twice")
	}
}

func TestAShutDoorLetsNobodyInAndOpensAgain(t *testing.T) {
	at := loopbackPort(t)
	s := newSockets(nil)
	door, err := s.streams(at)
	if err != nil {
		t.Fatal(err)
	}
	came := make(chan error, 2)
	accept := func() {
		c, err := door.Accept()
		if err == nil {
			err = c.Close()
		}
		came <- err
	}
	go accept() // waits at an open door that is shut then
	s.shut(true)
	page, err := net.Dial("tcp4", at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = page.Close() }()
	s.shut(true) // twice is once
	s.shut(false)
	if err := <-came; err != nil {
		t.Error(err)
	}
	s.shut(true)
	go accept()
	_ = door.Close()
	if err := <-came; !errors.Is(err, net.ErrClosed) {
		t.Errorf("who waits at a shut door that is closed hears %v", err)
	}
}

func TestAProcessThatEndsOrFailsIsHeard(t *testing.T) {
	one, other := batons(t)
	(&Heir{baton: other}).Failed(errors.New("no such table"))
	if _, err := one.expect(readyWord, soon()); err == nil || err.Error() != "no such table" {
		t.Errorf("heard %v", err)
	}
	if _, err := one.expect(readyWord, soon()); !errors.Is(err, errGone) {
		t.Errorf("after its end %v", err)
	}
	one, other = batons(t)
	if err := other.say(message{Word: runningWord}); err != nil {
		t.Fatal(err)
	}
	if _, err := one.expect(readyWord, soon()); err == nil {
		t.Error("a word that is not due was taken")
	}
	if err := one.say(message{Word: legWord, Body: make([]byte, 2*mostWords)}); err == nil {
		t.Error("a message without bounds was sent")
	}
}

func TestAProcessThatHasTheCallsGoesOnThoughTheOneBeforeWasKilled(t *testing.T) {
	one, other := batons(t)
	g := started(t)
	g.heir = &Heir{baton: other}
	one.close()
	if err := g.takeOver(); err != nil {
		t.Error(err)
	}
	if g.heir.unproven() {
		t.Error("it waits for somebody who is gone")
	}
}

func TestFactsThatNobodyHandledAreHandedOver(t *testing.T) {
	for _, e := range []call.Event{
		call.Digit{Leg: "l", Key: "1"},
		call.Silent{Leg: "l"},
		call.Heard{Leg: "l"},
		call.Played{Leg: "l", Prompt: "sorry"},
		call.Recorded{Leg: "l", File: "f", Length: time.Second},
		call.Spliced{Leg: "l", To: "m", Gap: time.Millisecond},
		call.Seen{Leg: "l", Sign: call.Reports},
		call.Missed{Leg: "l", Sign: call.Reports},
		call.Held{Leg: "l"},
		call.Resumed{Leg: "l"},
	} {
		m, is := factMessage(e)
		if !is {
			t.Errorf("%T is not handed over", e)
			continue
		}
		if back, err := factFrom(m); err != nil || back != e {
			t.Errorf("%#v came as %#v (%v)", e, back, err)
		}
	}
	if _, is := factMessage(call.Invited{Leg: "l"}); is {
		t.Error("a fact of signalling is handed over, which signalling itself tells again")
	}
	if _, err := factFrom(message{Kind: "of a later version"}); err == nil {
		t.Error("a fact that nobody knows was taken")
	}
}

func TestAProcessThatHangsIsToldNoMoreThanItHasTimeFor(t *testing.T) {
	one, _ := batons(t) // the other one never reads
	if err := one.within(20 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	leg := message{Word: legWord, Body: append(append([]byte{'"'}, bytes.Repeat([]byte{'x'}, mostWords/2)...), '"')}
	for range 10 * batonRoom / (mostWords / 2) {
		if err := one.say(leg); err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error(err)
			}
			return
		}
	}
	t.Error("all of it was said to nobody")
}
