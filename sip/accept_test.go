package sip

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

// customer begins a call from the trunk and brings it to the 200.
func customer(r *rig) *caller {
	r.Helper()
	c := r.peer("carrier", carrierAddr).caller("+18005550100")
	c.ask("INVITE", withSDP)
	c.hears(100)
	c.hears(180)
	r.reported(call.Invited{
		Leg: "in-1", From: call.Party{Number: "+491701", Name: "Customer"}, To: "+18005550100", Source: call.Source{Trunk: "north"},
	})
	return c
}

// talking is a customer whose call stands.
func talking(r *rig) *caller {
	r.Helper()
	c := customer(r)
	r.do(call.Answer{Leg: "in-1"})
	c.learn(c.hears(200))
	c.ask("ACK", "")
	r.settle()
	return c
}

func TestACallFromTheTrunkIsAnsweredAndHungUpByTheCaller(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := customer(r)
		r.do(call.Answer{Leg: "in-1"})
		ok := c.hears(200)
		if !strings.Contains(string(ok.Body()), "s=in-1") || ok.Contact() == nil || ok.GetHeader("Allow") == nil {
			t.Errorf("the 200 lacks something:\n%v", ok)
		}
		c.learn(ok)
		c.ask("ACK", "")
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Normal})
		if got := r.audio.said("in-1"); got != "answer established release" {
			t.Errorf("audio was asked: %s", got)
		}
		r.golden("call-in")
	})
}

func TestACallFromTheTrunkIsHungUpByUs(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := talking(r)
		r.do(call.Hangup{Leg: "in-1", Cause: call.Forced, Text: "supervisor\r\nX-Evil: 1"})
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Forced})
		bye := c.asked("BYE")
		if bye.GetHeader("X-Evil") != nil || !strings.Contains(bye.GetHeader("Reason").Value(), "supervisor") {
			t.Errorf("wrong Reason:\n%v", bye)
		}
		c.answer(bye, 200, "", "")
		c.hearsNothing()
	})
}

func TestA200IsSentAgainUntilItsACKAndThenTheLegIsLost(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := customer(r)
		r.do(call.Answer{Leg: "in-1"})
		c.learn(c.hears(200))
		began := time.Now()
		var at []time.Duration
		for {
			m := c.next()
			if bye, ok := m.(interface{ IsAck() bool }); ok && m.CSeq().MethodName == "BYE" {
				_ = bye
				break
			}
			at = append(at, time.Since(began))
		}
		// RFC 3261 §13.3.1.4: T1, doubling up to T2, for 64*T1
		if len(at) != 10 || at[0] != 500*time.Millisecond || at[1] != 1500*time.Millisecond || at[4] != 11500*time.Millisecond {
			t.Errorf("200 was sent again after %v", at)
		}
		if d := time.Since(began); d != 32*time.Second {
			t.Errorf("BYE came after %v", d)
		}
		r.reported(call.Ended{Leg: "in-1", How: call.LegLost, Cause: call.Lost})
		r.golden("no-ack")
	})
}

func TestALegHungUpBeforeItsACKGetsTheBYEAfterIt(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := customer(r)
		r.do(call.Answer{Leg: "in-1"})
		r.do(call.Hangup{Leg: "in-1", Cause: call.Normal})
		c.learn(c.hears(200))
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Normal})
		c.hearsNothing()
		c.ask("ACK", "")
		c.answer(c.asked("BYE"), 200, "", "")
	})
}

func TestACancelledCallerGets487(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := customer(r)
		c.ask("CANCEL", "")
		c.hears(200)
		refusal := c.hears(487)
		c.to = refusal.To().Value()
		c.repeat("ACK", "")
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Cancelled})
		c.hearsNothing()
		r.golden("cancel-in")
		c.repeat("CANCEL", "") // its answer was lost
		c.hears(200)
		r.pass(2 * time.Minute)
		r.w.mu.Lock()
		defer r.w.mu.Unlock()
		if n := len(r.w.queues); n != 0 {
			t.Errorf("%d queues are kept", n)
		}
	})
}

func TestACancelAfterTheAnswerChangesNothing(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := customer(r)
		r.do(call.Answer{Leg: "in-1"})
		ok := c.hears(200)
		c.ask("CANCEL", "")
		c.hears(200)
		c.learn(ok)
		c.ask("ACK", "")
		r.nothingReported()
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Normal})
	})
}

func TestARejectedCallerHearsWhy(t *testing.T) {
	for cause, status := range map[call.Cause]int{
		call.Busy: 486, call.Unknown: 404, call.Forbidden: 403, call.Overload: 503, call.NoCapacity: 503, call.Unacceptable: 488,
		call.NoAnswer: 480, call.Declined: 603, call.Broken: 500,
	} {
		t.Run(cause.String(), func(t *testing.T) {
			bubble(t, func(r *rig) {
				c := customer(r)
				r.do(call.Reject{Leg: "in-1", Cause: cause})
				res := c.hears(status)
				r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: cause})
				if (status == 503) != (res.GetHeader("Retry-After") != nil) {
					t.Errorf("Retry-After is wrong:\n%v", res)
				}
				again := c.hears(status)
				if again.To().Value() != res.To().Value() {
					t.Error("a repeated refusal has another tag")
				}
				c.to = res.To().Value()
				c.repeat("ACK", "")
				r.pass(time.Minute)
				c.hearsNothing()
			})
		})
	}
}

func TestARepeatedINVITEIsAbsorbed(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := customer(r)
		c.repeat("INVITE", withSDP)
		c.hears(180)
		r.nothingReported()
	})
}

func TestNothingRingsBeforeTheCoreSaysSo(t *testing.T) {
	dialogs(t, func(r *rig) {
		r.slow.Store(true)
		c := r.peer("carrier", carrierAddr).caller("+18005550100")
		c.ask("INVITE", withSDP)
		c.hears(100)
		r.event()
		r.pass(time.Minute)
		c.hearsNothing()
		r.do(call.Ring{Leg: "in-1"})
		if ringing := c.hears(180); len(ringing.Body()) != 0 || ringing.Contact() == nil || !ringing.To().Params.Has("tag") {
			t.Errorf("the 180 begins no dialog:\n%v", ringing)
		}
		r.do(call.Answer{Leg: "in-1"})
		c.learn(c.hears(200))
		c.ask("ACK", "")
		r.do(call.Ring{Leg: "in-1"}) // too late
		c.hearsNothing()
	})
}

func TestARefusalSaysWhyAndNeverRang(t *testing.T) {
	for cause, want := range map[call.Cause]string{
		call.Unknown:      `404 Q.850;cause=1;text="unknown"`,
		call.Forbidden:    `403 Q.850;cause=21;text="forbidden"`,
		call.Busy:         `486 Q.850;cause=17;text="busy"`,
		call.Declined:     `603 Q.850;cause=21;text="declined"`,
		call.NoAnswer:     `480 Q.850;cause=19;text="no answer"`,
		call.Unreachable:  `480 Q.850;cause=20;text="unreachable"`,
		call.TrunkFault:   `502 Q.850;cause=38;text="trunk fault"`,
		call.NoCapacity:   `503 Q.850;cause=34;text="no capacity" again later`,
		call.Overload:     `503 Q.850;cause=42;text="overload" again later`,
		call.Unacceptable: `488 Q.850;cause=88;text="unacceptable"`,
		call.Forced:       `480`,
	} {
		t.Run(cause.String(), func(t *testing.T) {
			bubble(t, func(r *rig) {
				r.slow.Store(true)
				c := r.peer("carrier", carrierAddr).caller("+18005550100")
				c.ask("INVITE", withSDP)
				c.hears(100)
				r.event()
				r.do(call.Reject{Leg: "in-1", Cause: cause})
				res, ok := c.next().(*sip.Response)
				if !ok {
					t.Fatal("no response")
				}
				got := strconv.Itoa(res.StatusCode)
				if h := res.GetHeader("Reason"); h != nil {
					got += " " + h.Value()
				}
				if h := res.GetHeader("Retry-After"); h != nil {
					if n, err := strconv.Atoi(h.Value()); err == nil && n >= leastRetry && n <= mostRetry {
						got += " again later"
					}
				}
				if got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			})
		})
	}
}

func TestAMergedINVITEIsRefused(t *testing.T) {
	claims.Proven(t, "loops end: a call that comes to us twice at once is refused by 482")
	dialogs(t, func(r *rig) {
		c := customer(r)
		c.via = "z9hG4bK-by-another-way"
		c.repeat("INVITE", withSDP)
		c.hears(482)
		r.nothingReported()
	})
}

func TestACarrierMayTryAgainWithTheSameCallIDAfterARefusal(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := customer(r)
		r.do(call.Reject{Leg: "in-1", Cause: call.Busy})
		to := c.to
		c.to = c.hears(486).To().Value()
		c.repeat("ACK", "")
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Busy})
		c.to = to
		c.ask("INVITE", withSDP)
		c.hears(100)
		c.hears(180)
		if e, ok := r.event().(call.Invited); !ok || e.Leg != "in-2" {
			t.Errorf("reported %+v", e)
		}
	})
}

func TestAnUnacceptableOfferGets488AndIsNotReported(t *testing.T) {
	bubble(t, func(r *rig) {
		c := r.peer("carrier", carrierAddr).caller("+18005550100")
		c.ask("INVITE", "Content-Type: application/sdp\n\nbad")
		c.hears(100)
		if h := c.hears(488).GetHeader("Warning"); h == nil || !strings.HasPrefix(h.Value(), "399 "+realm+` "`) {
			t.Errorf("warned: %v", h)
		}
		r.nothingReported()
	})
}

func TestAnINVITEWithoutAnOfferGetsOursAndAnswersInTheACK(t *testing.T) {
	dialogs(t, func(r *rig) {
		c := r.peer("carrier", carrierAddr).caller("+18005550100")
		c.ask("INVITE", "")
		c.hears(100)
		c.hears(180)
		r.event()
		r.do(call.Answer{Leg: "in-1"})
		ok := c.hears(200)
		if len(ok.Body()) == 0 {
			t.Error("the 200 holds no offer")
		}
		c.learn(ok)
		c.ask("ACK", withSDP)
		r.settle()
		if got := r.audio.said("in-1"); got != "offer accept established" {
			t.Errorf("audio was asked: %s", got)
		}
	})
}

func TestAnACKWithoutTheAnswerThatIsOwedEndsTheCall(t *testing.T) {
	for name, ack := range map[string]string{"none": "", "bad": "Content-Type: application/sdp\n\nbad"} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				c := r.peer("carrier", carrierAddr).caller("+18005550100")
				c.ask("INVITE", "")
				c.hears(100)
				c.hears(180)
				r.event()
				r.do(call.Answer{Leg: "in-1"})
				c.learn(c.hears(200))
				c.ask("ACK", ack)
				c.asked("BYE")
				r.reported(call.Ended{Leg: "in-1", How: call.LegLost, Cause: call.Unacceptable})
			})
		})
	}
}

func TestNoHeaderOfTheCallerCanBeSplit(t *testing.T) {
	bubble(t, func(r *rig) {
		c := r.peer("carrier", carrierAddr).caller("+18005550100")
		c.from = "\"Eve\\\" <x>\" <sip:+491701%0d%0aX-Evil%3a1@198.51.100.7>;tag=a"
		c.ask("INVITE", withSDP)
		c.hears(100)
		c.hears(180)
		e, _ := r.event().(call.Invited)
		if strings.ContainsAny(e.From.Number+e.From.Name, "\r\n") {
			t.Errorf("a line break came through: %q", e)
		}
	})
}

func TestACallThatComesBackToUsHasOneHopLessEachTimeAndEnds(t *testing.T) {
	claims.Proven(t, "loops end: a call that comes back to us again and again is refused by 483")
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		left, legs := 3, 0
		for ; left > 0; legs++ {
			c := p.caller("+49301")
			c.hops = left
			c.ask("INVITE", withSDP)
			c.hears(100)
			c.hears(180)
			in := r.event().(call.Invited)
			r.do(call.Dial{
				Leg: call.LegID(fmt.Sprint("out-", legs)), Target: call.Target{Device: call.PSTN, Number: "+49301"}, From: in.From, Near: in.Leg,
			})
			back := p.asked("INVITE")
			left = int(back.MaxForwards().Val())
			p.answer(back, 486, "x", "")
			p.asked("ACK")
			r.event()
		}
		if legs != 3 {
			t.Errorf("%d calls were made of one", legs)
		}
	})
}
