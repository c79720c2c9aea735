package sip

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
)

// toldAll checks everything that was reported since the last look.
func (o *office) toldAll(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, e := range o.all {
		switch e := e.(type) {
		case call.Located:
			got = append(got, fmt.Sprint("located ", e.AOR, " ", e.Address))
		case call.Bound:
			got = append(got, "bound "+e.AOR)
		case call.Unbound:
			got = append(got, "unbound "+e.AOR)
		case call.Missed:
			got = append(got, fmt.Sprint("missed ", e.Sign, " ", e.AOR))
		case call.Seen:
			got = append(got, fmt.Sprint("seen ", e.Sign, " ", e.AOR))
		default:
			got = append(got, fmt.Sprintf("%T", e))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("reported %q, want %q", got, want)
	}
	o.all = nil
}

func TestAPhoneIsLocatedBeforeItIsBoundAndAgainWhenItMoves(t *testing.T) {
	o := newOffice()
	register := func(callID, at, contact string) {
		t.Helper()
		o.cseq++
		o.clock.pass(time.Second)
		o.sendAs(t, "ana", callID, o.cseq, phoneAt(at), "Contact: "+contact)
	}
	register("c1", "198.51.100.1:5060", "<sip:ana@h>")
	o.toldAll(t, "located ana 198.51.100.1", "bound ana")
	register("c1", "198.51.100.1:5061", "<sip:ana@h>") // only its port is another one
	o.toldAll(t)
	register("c1", "198.51.100.2:5060", "<sip:ana@h>")
	o.toldAll(t, "located ana 198.51.100.2")
	register("c2", "198.51.100.7:5060", "<sip:two@h>")
	o.toldAll(t, "located ana 198.51.100.7")
	register("c1", "198.51.100.2:5060", "<sip:ana@h>") // a refresh is no move
	o.toldAll(t)
	register("c2", "198.51.100.7:5060", "<sip:two@h>;expires=0")
	o.toldAll(t, "located ana 198.51.100.2")
	register("c1", "198.51.100.2:5060", "<sip:ana@h>;expires=0")
	o.toldAll(t, "unbound ana")
	register("c1", "198.51.100.2:5060", "<sip:ana@h>")
	o.toldAll(t, "located ana 198.51.100.2", "bound ana")
}

func TestAPhoneWhoseConnectionIsGoneIsMissedBeforeItIsUnboundAndSeenAfterItIsBoundAgain(t *testing.T) {
	o := newOffice()
	over := func(f *flow) source {
		s := phoneAt(home)
		s.network, s.flow = "TCP", f
		return s
	}
	one, two, three := &flow{network: "TCP"}, &flow{network: "TCP"}, &flow{network: "TCP"}
	o.sendAs(t, "ana", "c1", 1, over(one), "Contact: <sip:one@h;transport=tcp>")
	o.sendAs(t, "ana", "c2", 1, over(two), "Contact: <sip:two@h;transport=tcp>")
	o.toldAll(t, "located ana 192.0.2.1", "bound ana")
	if others, any := o.flowGone(one); !any || !slices.Equal(others, []string{"ana"}) {
		t.Errorf("others: %q", others)
	}
	o.toldAll(t) // the other one stands
	if others, any := o.flowGone(two); !any || others != nil {
		t.Errorf("others: %q", others)
	}
	o.toldAll(t, "missed flow ana", "unbound ana")
	if _, any := o.flowGone(two); any {
		t.Error("a connection is lost twice")
	}
	o.sendAs(t, "ana", "c3", 1, over(three), "Contact: <sip:three@h;transport=tcp>")
	o.toldAll(t, "located ana 192.0.2.1", "bound ana", "seen flow ana")
	o.sendAs(t, "ana", "c3", 2, over(three), "Contact: <sip:three@h;transport=tcp>;expires=0")
	o.flowGone(three)
	o.toldAll(t, "unbound ana") // it signed off
	if len(o.cut) != 0 {
		t.Errorf("%v are waited for", o.cut)
	}
}

func TestARefreshIsMissedOfAPhoneThatKeepsARhythmAlone(t *testing.T) {
	for name, c := range map[string]struct {
		gaps    []int // seconds between its REGISTERs
		expires int
		missed  int // seconds after the last one; 0: it expires first
	}{
		"at half its time":        {[]int{150, 150, 150}, 300, 169},
		"with the usual jitter":   {[]int{150, 151, 149}, 300, 170},
		"soon, for a NAT":         {[]int{30, 30, 30}, 300, 40},
		"known for too short":     {[]int{150, 150}, 300, 0},
		"at random":               {[]int{150, 170, 150}, 300, 0},
		"shortly before its time": {[]int{590, 590, 590}, 600, 0},
	} {
		o := newOffice()
		register := func() {
			o.cseq++
			o.sendAs(t, "ana", "c1", o.cseq, phoneAt(home), fmt.Sprintf("Contact: <sip:ana@192.0.2.1:5070>;expires=%d", c.expires))
		}
		register()
		for _, gap := range c.gaps {
			for range gap {
				o.clock.pass(time.Second)
				o.expire(o.clock.now())
			}
			register()
		}
		o.all = nil
		missed := 0
		for second := 1; second < c.expires; second++ {
			o.clock.pass(time.Second)
			if due, ok := o.next(); ok && !due.After(o.clock.now()) {
				o.expire(o.clock.now())
			}
			if len(o.all) == 1 && missed == 0 {
				missed = second
			}
		}
		if missed != c.missed {
			t.Errorf("%s: missed after %d s, want %d", name, missed, c.missed)
		}
		if missed == 0 {
			o.toldAll(t)
			continue
		}
		o.toldAll(t, "missed registration ana")
		if p := o.phones(); len(p) != 1 || !slices.Equal(p[0].Missed, []call.Sign{call.Registration}) {
			t.Errorf("%s: phones %+v", name, p)
		}
		register()
		o.toldAll(t, "seen registration ana")
	}
}

func TestASignIsMissedOfAnAddressWhenItIsMissedOfAllItsContacts(t *testing.T) {
	o := newOffice()
	o.sendAs(t, "ana", "c1", 1, phoneAt("192.0.2.1:1"), "Contact: <sip:one@192.0.2.1:1>;expires=600")
	o.sendAs(t, "ana", "c2", 1, phoneAt("192.0.2.1:2"), "Contact: <sip:two@192.0.2.1:2>;expires=300")
	one, two := question{"ana", "sip:one@192.0.2.1:1"}, question{"ana", "sip:two@192.0.2.1:2"}
	o.answered(one, true)
	o.answered(two, true)
	o.toldAll(t, "located ana 192.0.2.1", "bound ana")
	if again, lost := o.unanswered(one); !again || lost.IsValid() {
		t.Error("one question without an answer is no loss")
	}
	if again, lost := o.unanswered(one); again || lost.String() != "192.0.2.1" {
		t.Errorf("again %v, lost %v", again, lost)
	}
	o.toldAll(t)
	o.unanswered(two)
	o.unanswered(two)
	o.toldAll(t, "missed answers ana")
	o.answered(two, false)
	o.toldAll(t, "seen answers ana")
	o.clock.pass(5 * time.Minute)
	o.expire(o.clock.now()) // two is gone, and one still says nothing
	o.toldAll(t, "missed answers ana")
	o.sendAs(t, "ana", "c3", 1, phoneAt(home), "Contact: <sip:three@192.0.2.1:3>")
	o.toldAll(t, "seen answers ana") // nothing is known against the new one
	o.sendAs(t, "ana", "c3", 2, phoneAt(home), "Contact: <sip:three@192.0.2.1:3>;expires=0")
	o.toldAll(t, "missed answers ana")
	o.sendAs(t, "ana", "c1", 2, phoneAt("192.0.2.1:1"), "Contact: <sip:one@192.0.2.1:1>;expires=600")
	o.toldAll(t)
	if !o.mute("ana") {
		t.Error("a REGISTER is no answer")
	}
	o.unanswered(one)
	if _, lost := o.unanswered(one); lost.IsValid() {
		t.Error("it was lost before")
	}
	o.toldAll(t, "missed answers ana") // it may have counted as seen by its REGISTER
	o.unanswered(one)
	o.toldAll(t)
	o.answered(question{"ana", "sip:gone@h"}, true)
	o.unanswered(question{"zoe", "sip:gone@h"})
	o.toldAll(t)
}

func TestAPhoneThatNeverAnsweredIsNotMissedAndAskedNoMore(t *testing.T) {
	o := newOffice()
	o.send(t, "ana", phoneAt(home), "Contact: <sip:ana@192.0.2.1:5070>")
	o.all = nil
	q := question{"ana", "sip:ana@192.0.2.1:5070"}
	for i := range 4 {
		if again, lost := o.unanswered(q); again || lost.IsValid() {
			t.Errorf("question %d: again %v, lost %v", i, again, lost)
		}
	}
	o.toldAll(t)
	if o.contacts("ana")[0].serves {
		t.Error("it is asked again in its turn")
	}
	o.send(t, "ana", phoneAt(home), "Contact: <sip:ana@192.0.2.1:5070>")
	if o.contacts("ana")[0].serves {
		t.Error("it is asked again after a refresh")
	}
	if got := o.within(netip.MustParsePrefix("192.0.2.0/28")); strings.Join(got, " ") != "ana" {
		t.Errorf("phones of a network: %q", got)
	}
}
