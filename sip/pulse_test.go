package sip

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// asksPhones lets the gateway ask each phone every 30 s.
func asksPhones(o *Options) { o.AskPhones = 30 * time.Second }

// bound lets a phone register, in whatever order it is asked meanwhile, and takes what is reported of it.
func (p *peer) bound(user string) {
	p.r.Helper()
	p.registers(user)
	p.answer(p.asked("OPTIONS"), 200, "o", "")
	p.r.settle()
}

// collect returns the OPTIONS that came to a peer; others are an error.
func (p *peer) collect() (asked []*sip.Request) {
	p.r.Helper()
	synctest.Wait()
	for {
		select {
		case m := <-p.got:
			req, ok := m.(*sip.Request)
			if !ok || req.Method != sip.OPTIONS {
				p.r.Fatalf("%s got\n%v", p.name, m)
			}
			asked = append(asked, req)
		default:
			return asked
		}
	}
}

func TestAPhoneIsAskedWhenItComesAndThenInItsTurnAndAnyAnswerWillDo(t *testing.T) {
	bubble(t, func(r *rig) {
		p := softphone(r)
		for i, status := range []int{200, 486, 404, 200} {
			began := time.Now()
			req := p.asked("OPTIONS")
			if to := req.Recipient.String(); to != "sip:ana@203.0.113.20:5062;transport=udp" {
				t.Errorf("asked %s", to)
			}
			if passed := time.Since(began); i > 0 && (passed < 29*time.Second || passed > 31*time.Second) {
				t.Errorf("asked again after %v", passed)
			}
			p.answer(req, status, "o", "")
			r.settle()
			if list := r.w.Phones(); len(list) != 1 || time.Since(list[0].Answered) > time.Second || len(list[0].Missed) != 0 {
				t.Errorf("phones: %+v", list)
			}
		}
		r.nothingReported()
	}, asksPhones)
}

func TestTwoQuestionsWithoutAnAnswerAreMissedWithinSecondsAndTheNextAnswerIsSeen(t *testing.T) {
	for _, network := range []string{"UDP", "TCP"} {
		bubble(t, func(r *rig) {
			p := (*peer)(nil)
			if network == "UDP" {
				p = r.peer("ana", "203.0.113.20:5062")
			} else {
				p = r.connect("ana", "203.0.113.20")
			}
			p.bound("ana")
			r.do(toAna)
			p.answer(p.asked("INVITE"), 200, "a", withSDP)
			p.asked("ACK")
			r.reported(call.Answered{Leg: "out"})
			began := time.Now()
			r.w.Ask("out")
			r.reported(call.Missed{Sign: call.Answers, AOR: "ana"})
			if passed := time.Since(began); passed < 4*time.Second || passed > 4200*time.Millisecond {
				t.Errorf("missed after %v", passed)
			}
			asked := p.collect()
			ids := map[string]int{}
			for _, req := range asked {
				ids[req.CSeq().Value()]++
			}
			if len(ids) != 2 || network == "TCP" && len(asked) != 2 || network == "UDP" && len(asked) != 6 {
				t.Errorf("asked %d times: %v", len(asked), ids)
			}
			r.pass(40 * time.Second) // its turn comes
			if n := len(p.collect()); n == 0 || n > 6 {
				t.Errorf("asked %d times in its turn", n)
			}
			r.nothingReported()
			c := p.caller("")
			c.target, c.to, c.from = "sip:"+realm, "<sip:ana@"+realm+">", "<sip:ana@"+realm+">;tag=r"
			c.prove("REGISTER", "", "ana") // a REGISTER makes it likely
			c.hears(200)
			p.answer(p.asked("OPTIONS"), 501, "o", "")
			r.reported(call.Seen{Sign: call.Answers, AOR: "ana"})
		}, asksPhones)
	}
}

func TestAPhoneThatDoesNotServeOPTIONSIsAskedOnlyWhenThereIsADoubt(t *testing.T) {
	bubble(t, func(r *rig) {
		p := softphone(r)
		p.answer(p.asked("OPTIONS"), 405, "o", "")
		r.pass(5 * time.Minute)
		p.hearsNothing()
		r.do(toAna)
		p.answer(p.asked("INVITE"), 200, "a", withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		r.w.Ask("out")
		p.answer(p.asked("OPTIONS"), 405, "o", "")
		r.w.Ask("nobody")
		r.nothingReported()
	}, asksPhones)
}

func TestWhenOnePhoneIsGoneItsNeighboursAreAskedAtOnce(t *testing.T) {
	bubble(t, func(r *rig) {
		one := r.connect("ana", "203.0.113.20")
		one.bound("ana")
		var neighbours []*peer
		for i := range 5 {
			p := r.peer("n", fmt.Sprint("203.0.113.20:", 6000+i))
			p.bound(fmt.Sprint("n", i))
			neighbours = append(neighbours, p)
		}
		elsewhere := r.peer("e", "203.0.113.21:5060")
		elsewhere.bound("e")
		began := time.Now()
		one.close()
		r.reported(call.Missed{Sign: call.Flow, AOR: "ana"})
		r.reported(call.Unbound{AOR: "ana"})
		for range neighbours {
			if e, ok := r.event().(call.Missed); !ok || e.Sign != call.Answers || e.AOR[0] != 'n' {
				t.Errorf("reported %+v", e)
			}
		}
		if passed := time.Since(began); passed > 5*time.Second {
			t.Errorf("known after %v", passed)
		}
		r.nothingReported()
		elsewhere.hearsNothing()
	}, asksPhones)
}

func TestPhonesAreAskedEvenlyAndNoMoreAtOnceThanAllowed(t *testing.T) {
	bubble(t, func(r *rig) {
		const phones = 60
		peers := make([]*peer, phones)
		for i := range peers {
			peers[i] = r.peer("p", fmt.Sprint("203.0.113.20:", 6000+i))
			peers[i].bound(fmt.Sprint("p", i))
		}
		r.pass(30 * time.Second) // who just came was asked already
		for _, p := range peers {
			for _, req := range p.collect() {
				p.answer(req, 200, "o", "")
			}
		}
		for range 30 {
			r.pass(time.Second)
			asked := 0
			for _, p := range peers {
				for _, req := range p.collect() {
					asked++
					p.answer(req, 200, "o", "")
				}
			}
			if asked < 1 || asked > 3 {
				t.Errorf("%d asked within a second, want 2", asked)
			}
		}
	}, asksPhones)
}

func TestThePulseKeepsNothingOfPhonesThatAreGoneAndIsBounded(t *testing.T) {
	bubble(t, func(r *rig) {
		p := softphone(r)
		p.answer(p.asked("OPTIONS"), 200, "o", "")
		c := p.caller("")
		c.target, c.to, c.from = "sip:"+realm, "<sip:ana@"+realm+">", "<sip:ana@"+realm+">;tag=r"
		c.prove("REGISTER", "Contact: *\nExpires: 0\n", "ana")
		c.hears(200)
		r.reported(call.Unbound{AOR: "ana"})
		r.pass(time.Minute)
		p.hearsNothing()
		look := make(chan string)
		r.w.pulse.in.put(func() {
			u := r.w.pulse
			for i := range 3 * doubtsAtMost {
				u.doubts(fmt.Sprint("a", i))
			}
			look <- fmt.Sprint(len(u.turn), len(u.inTurn), len(u.asking), len(u.tx.clients), len(u.doubted), len(u.inDoubt))
		})
		if got, want := <-look, fmt.Sprint(0, 0, 0, 0, doubtsAtMost, doubtsAtMost); got != want {
			t.Errorf("kept: %s, want %s", got, want)
		}
	}, asksPhones)
}
