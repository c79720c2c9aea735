//go:build peers

package interop

import (
	"slices"
	"testing"
	"time"

	"telagent-gateway/demo"
	"telagent-gateway/test/stage"
)

// device is a phone under test, in the hands of its user, who says demo.SoftphoneTone.
type device interface {
	Dial(uri string)
	Hangup()
	Hold()
	Resume()
	Press(key string)
	Transfer(uri string) // blind
	AwaitTone(hz float64)
	AwaitKey(key string) // until its user is told that the other side pressed it
	Calls() int          // that it is in
}

// playPhone plays every column of the row with a phone that registers as ana. The columns build on each other: one call is
// held, keyed in and switched, and transferred at last.
func (s *station) playPhone(t *testing.T, start func() device) {
	var phone device
	play(t, s.row, Register, func(t *testing.T) {
		phone = start()
		s.AwaitAgent("ana", "is reachable", func(a stage.Agent) bool { return a.Reachable == "reachable" })
		transport, _ := s.words()
		if want := (stage.Contact{AOR: "ana", Transport: transport}); !slices.Contains(s.Contacts(), want) {
			t.Errorf("ana's phone is not registered as %v: %v", want, s.Contacts())
		}
	})
	s.Available("ana")
	play(t, s.row, CallIn, func(t *testing.T) { s.talk(t, phone) })
	play(t, s.row, Hold, func(t *testing.T) { s.hold(t, phone) })
	play(t, s.row, Keys, func(t *testing.T) { s.keys(t, phone) })
	play(t, s.row, Switch, func(t *testing.T) {
		s.unheard(t, func() { phone.AwaitTone(float64(demo.CustomerTone)) }, func() { s.thereAndBack(t, phone) })
	})
	play(t, s.row, Transfer, func(t *testing.T) { s.transfer(t, phone) })
	play(t, s.row, CallOut, func(t *testing.T) { s.callOut(t, phone) })
}

func (s *station) talk(t *testing.T, phone device) {
	since := time.Now()
	s.callIn(t, s.at(1)+":5060")
	s.hears(t, s.customer, demo.SoftphoneTone, since)
	phone.AwaitTone(float64(demo.CustomerTone))
	s.AwaitStatus("ana", "in_line")
}

// callIn lets the customer dial the queue's number, at the gateway or at a carrier.
func (s *station) callIn(t *testing.T, at string) {
	t.Helper()
	leg, err := s.customers.Call(customerNumber, "sip:"+queueNumber+"@"+at)
	if err != nil {
		t.Fatal(err)
	}
	s.customer = leg
}

func (s *station) hold(t *testing.T, phone device) {
	since := time.Now()
	phone.Hold()
	s.hears(t, s.customer, demo.Other, since)
	held := time.Now()
	phone.Resume()
	s.hears(t, s.customer, demo.SoftphoneTone, held)
	phone.AwaitTone(float64(demo.CustomerTone))
	s.undisturbed(t, since)
}

func (s *station) keys(t *testing.T, phone device) {
	since := time.Now()
	phone.Press("5")
	stage.Await(t, "the customer gets the key", bound, func() bool { return s.customer.Trace().Keys(since, time.Now()) == 1 })
	if _, err := s.customer.Press(s.within(), "7"); err != nil {
		t.Fatal(err)
	}
	phone.AwaitKey("7")
}

// unheard lets an agent who talks move to another phone and back, over and over until the customer's stream had no gap
// longer than it had in the talk before, beside three packets, which every telephone covers: up to two are what phones that
// send at other moments make. What a busy machine adds is not there every time.
func (s *station) unheard(t *testing.T, talk, thereAndBack func()) {
	t.Helper()
	const attempts, packet = 10, 20 * time.Millisecond
	for i := 1; ; i++ {
		begun := time.Now()
		s.hears(t, s.customer, demo.SoftphoneTone, begun)
		talk()
		stage.Await(t, "they have talked for a second", bound, func() bool { return s.customer.Trace().Packets(begun, time.Now()) >= 50 })
		since := time.Now()
		thereAndBack()
		now := time.Now()
		s.undisturbed(t, since)
		tr := s.customer.Trace()
		jitter := max(tr.LongestGap(begun, since)-packet, s.customer.Overslept(since, now))
		gap := tr.LongestGap(since, now)
		t.Logf("the customer's longest gap in the switches is %v, the jitter %v", gap, jitter)
		if gap <= 3*packet+jitter {
			return
		}
		if i == attempts {
			t.Fatalf("%d times the customer heard a gap, the last one of %v", attempts, gap)
		}
	}
}

func (s *station) thereAndBack(t *testing.T, phone device) {
	clicked := time.Now()
	s.SwitchTo("ana", "telagent")
	pstn := s.next(t, s.phones)
	s.hears(t, s.customer, demo.PhoneTone, clicked)
	s.hears(t, pstn, demo.CustomerTone, clicked)
	stage.Await(t, "the softphone is let go", bound, func() bool { return phone.Calls() == 0 })
	s.AwaitAgent("ana", "is on the phone", func(a stage.Agent) bool { return a.Reach == "phone" && a.Status == "in_line" })

	clicked = time.Now()
	s.SwitchTo("ana", "softphone")
	s.hears(t, s.customer, demo.SoftphoneTone, clicked)
	phone.AwaitTone(float64(demo.CustomerTone))
	if err := pstn.Wait(s.within(), demo.Over); err != nil {
		t.Fatal(err)
	}
	s.AwaitAgent("ana", "is on the softphone", func(a stage.Agent) bool { return a.Reach == "softphone" && a.Status == "in_line" })
}

func (s *station) transfer(t *testing.T, phone device) {
	since := time.Now()
	phone.Transfer("sip:ben@" + s.Net + ".1")
	ben := s.next(t, s.ben)
	s.hears(t, s.customer, demo.SecondTone, since)
	s.hears(t, ben, demo.CustomerTone, since)
	stage.Await(t, "the phone is let go", bound, func() bool { return phone.Calls() == 0 })
	s.undisturbed(t, since)
	s.hangUp(t, s.customer)
	s.AwaitStatus("ana", "available")
}

func (s *station) callOut(t *testing.T, phone device) {
	since := time.Now()
	phone.Dial("sip:0301111111@" + s.Net + ".1")
	outside := s.next(t, s.phones)
	s.hears(t, outside, demo.SoftphoneTone, since)
	phone.AwaitTone(float64(demo.PhoneTone))
	phone.Hangup()
	if err := outside.Wait(s.within(), demo.Over); err != nil {
		t.Fatal(err)
	}
	s.AwaitStatus("ana", "available")
}
