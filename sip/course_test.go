package sip

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// twoTargets is a trunk whose name leads to two addresses, the first one preferred.
func twoTargets(r *rig) {
	r.net.mu.Lock()
	defer r.net.mu.Unlock()
	r.net.zone = []string{
		"_sip._udp.carrier.example.net. 60 IN SRV 1 0 5060 a.example.net.",
		"_sip._udp.carrier.example.net. 60 IN SRV 2 0 5060 b.example.net.",
	}
	r.net.names["a.example.net"], r.net.names["b.example.net"] = netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2")
}

func byName(o *Options) { o.Trunks[0].URI = "sip:carrier.example.net" }

const (
	firstAddr  = "198.51.100.1:5060"
	secondAddr = "198.51.100.2:5060"
)

func TestATargetThatRefusesOrSaysNothingLosesTheCallToTheNextOneWithinFourSeconds(t *testing.T) {
	for _, status := range []int{0, 408, 500, 502, 503, 504} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			bubble(t, func(r *rig) {
				twoTargets(r)
				a, b := r.peer("a", firstAddr), r.peer("b", secondAddr)
				began := time.Now()
				r.do(toPSTN)
				first := a.asked("INVITE")
				if status != 0 {
					a.answer(first, status, "x", "")
					a.asked("ACK")
				}
				second := b.asked("INVITE")
				if took := time.Since(began); took > 4*time.Second {
					t.Errorf("it took %v", took)
				}
				// RFC 3263 §4.3: the same request in another transaction
				if first.Via().Value() == second.Via().Value() || first.CallID().Value() != second.CallID().Value() ||
					first.CSeq().Value() != second.CSeq().Value() || first.From().Value() != second.From().Value() {
					t.Errorf("the second try is\n%v\nafter\n%v", second, first)
				}
				b.answer(second, 180, "y", "")
				r.reported(call.Ringing{Leg: "out"})
				b.answer(second, 200, "y", withSDP)
				b.asked("ACK")
				r.reported(call.Answered{Leg: "out"})
				if n := r.w.Trunks()[0].InUse; n != 1 {
					t.Errorf("%d channels in use", n)
				}
			}, byName)
		})
	}
}

func TestAnAnswerOfAPersonOrANumberIsNeverTriedElsewhere(t *testing.T) {
	for _, status := range []int{403, 404, 480, 484, 486, 488, 600, 603, 604, 606} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			bubble(t, func(r *rig) {
				r.asks.Store(true)
				twoTargets(r)
				a, b := r.peer("a", firstAddr), r.peer("b", secondAddr)
				r.do(toPSTN)
				a.answer(a.asked("INVITE"), status, "x", "")
				a.asked("ACK")
				if e, failed := r.event().(call.Failed); !failed || e.Status != status {
					t.Errorf("reported %+v", e)
				}
				r.pass(time.Minute)
				b.hearsNothing()
			}, byName)
		})
	}
}

func TestWhereSomebodyWasAlertedNoOtherWayIsTried(t *testing.T) {
	for _, status := range []int{180, 181, 183} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			bubble(t, func(r *rig) {
				r.asks.Store(true)
				twoTargets(r)
				a, b := r.peer("a", firstAddr), r.peer("b", secondAddr)
				r.do(toPSTN)
				invite := a.asked("INVITE")
				a.answer(invite, status, "x", "")
				a.answer(invite, 503, "x", "")
				a.asked("ACK")
				e := r.event()
				if _, rang := e.(call.Ringing); rang {
					e = r.event()
				}
				if e, failed := e.(call.Failed); !failed || e.Status != 503 {
					t.Errorf("reported %+v", e)
				}
				r.pass(time.Minute)
				b.hearsNothing()
			}, byName)
		})
	}
}

func TestALateAnswerOfATargetThatWasLeftIsAcknowledgedAndEnded(t *testing.T) {
	bubble(t, func(r *rig) {
		twoTargets(r)
		a, b := r.peer("a", firstAddr), r.peer("b", secondAddr)
		r.do(toPSTN)
		first := a.asked("INVITE")
		second := b.asked("INVITE")
		b.answer(second, 200, "y", withSDP)
		b.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		a.asked("INVITE") // the same again, which is why it comes back at all
		a.answer(first, 200, "x", withSDP)
		var heard []string
		for range 2 {
			req, is := a.next().(*sip.Request)
			for is && req.IsInvite() {
				req, is = a.next().(*sip.Request)
			}
			heard = append(heard, string(req.Method))
			if req.Method == sip.BYE {
				a.answer(req, 200, "", "")
			}
		}
		if got := strings.Join(heard, " "); got != "ACK BYE" {
			t.Errorf("the late one got %s", got)
		}
		r.nothingReported()
	}, byName)
}

func TestATargetThatFailedIsTriedAfterTheOthersForAWhile(t *testing.T) {
	bubble(t, func(r *rig) {
		twoTargets(r)
		a, b := r.peer("a", firstAddr), r.peer("b", secondAddr)
		dial := func(leg call.LegID) {
			a2 := toPSTN
			a2.Leg = leg
			r.do(a2)
		}
		busy := func(p *peer) { p.answer(p.asked("INVITE"), 486, "x", ""); p.asked("ACK"); r.event() }
		dial("one")
		a.answer(a.asked("INVITE"), 503, "x", "")
		a.asked("ACK")
		busy(b)
		dial("two")
		busy(b)
		r.pass(shunTime)
		dial("three")
		busy(a)
	}, byName)
}

func TestRetryAfterIsRespectedForTheAddressThatSaidIt(t *testing.T) {
	bubble(t, func(r *rig) {
		twoTargets(r)
		a, b := r.peer("a", firstAddr), r.peer("b", secondAddr)
		dial := func(leg call.LegID, help bool) {
			d := toPSTN
			d.Leg, d.Help = leg, help
			r.do(d)
		}
		dial("one", false)
		a.answer(a.asked("INVITE"), 503, "x", "Retry-After: 120 (busy)\n")
		a.asked("ACK")
		b.answer(b.asked("INVITE"), 503, "x", "Retry-After: 60\n")
		b.asked("ACK")
		r.reported(call.Failed{Leg: "one", Cause: call.TrunkFault, Status: 503})
		dial("two", false)
		r.reported(call.Failed{Leg: "two", Cause: call.TrunkFault})
		a.hearsNothing()
		b.hearsNothing()
		if p := r.w.Trunks()[0].Problem; !strings.Contains(p, "asks to be left alone until") {
			t.Errorf("problem %q", p)
		}
		dial("help", true) // a call for help is tried all the same
		helped := a.asked("INVITE")
		a.answer(helped, 486, "x", "")
		a.asked("ACK")
		r.reported(call.Failed{Leg: "help", Cause: call.Busy, Status: 486})
		r.pass(61 * time.Second)
		dial("three", false)
		b.answer(b.asked("INVITE"), 486, "x", "")
		b.asked("ACK")
		r.reported(call.Failed{Leg: "three", Cause: call.Busy, Status: 486})
		a.hearsNothing()
	}, byName)
}

// south is a second trunk.
func south(o *Options) {
	o.Trunks = append(o.Trunks, Trunk{Name: "south", URI: "sip:" + secondAddr, Channels: 1})
}

func TestTheCoreNamesTheNextTrunkAndTheChannelGoesWithTheCall(t *testing.T) {
	dialogs(t, func(r *rig) {
		r.asks.Store(true)
		p, s := r.peer("carrier", carrierAddr), r.peer("south", secondAddr)
		r.do(toPSTN)
		first := p.asked("INVITE")
		p.answer(first, 503, "x", "")
		p.asked("ACK")
		r.reported(call.TurnedAway{Leg: "out", Status: 503})
		if n := r.w.Trunks()[0].InUse; n != 1 {
			t.Errorf("north gave its channel before it was told to")
		}
		r.do(call.Reroute{Leg: "out", Trunk: "south"})
		second := s.asked("INVITE")
		if tag(second.From().Params) == tag(first.From().Params) || second.Recipient.Host == first.Recipient.Host {
			t.Errorf("it is the same request")
		}
		if list := r.w.Trunks(); list[0].InUse != 0 || list[1].InUse != 1 {
			t.Errorf("channels %+v", list)
		}
		s.answer(second, 404, "y", "")
		s.asked("ACK")
		r.reported(call.Failed{Leg: "out", Cause: call.Unreachable, Status: 404})
		if list := r.w.Trunks(); list[0].InUse != 0 || list[1].InUse != 0 {
			t.Errorf("channels %+v", list)
		}
	}, south)
}

func TestASilentTrunkIsLeftForAnotherAndGoesOnIfThereIsNone(t *testing.T) {
	bubble(t, func(r *rig) {
		r.asks.Store(true)
		p := r.peer("carrier", carrierAddr)
		r.do(toPSTN)
		invite := p.asked("INVITE")
		r.reported(call.TurnedAway{Leg: "out"})
		r.do(call.Reroute{Leg: "out"})
		r.settle()
		p.answer(invite, 180, "x", "") // late, and not too late
		r.reported(call.Ringing{Leg: "out"})
		p.answer(invite, 486, "x", "")
		r.reported(call.Failed{Leg: "out", Cause: call.Busy, Status: 486})
	}, south)
}

func TestWhatALeftAddressSaysLateDoesNotEndACallThatWaitsForAnotherTrunk(t *testing.T) {
	for _, status := range []int{486, 503, 603} {
		bubble(t, func(r *rig) {
			r.asks.Store(true)
			p, s := r.peer("carrier", carrierAddr), r.peer("south", secondAddr)
			r.do(toPSTN)
			first := p.asked("INVITE")
			r.reported(call.TurnedAway{Leg: "out"})
			p.answer(first, status, "x", "") // too late
			r.nothingReported()
			r.do(call.Reroute{Leg: "out", Trunk: "south"})
			s.answer(s.asked("INVITE"), 200, "y", withSDP)
			s.asked("ACK")
			r.reported(call.Answered{Leg: "out"})
		}, south)
	}
}

func TestACallForHelpIsTriedOnATrunkThatIsFullOrDown(t *testing.T) {
	bubble(t, func(r *rig) {
		r.reported(call.TrunkDown{Trunk: "north", Problem: "it does not answer"})
		p := r.peer("carrier", carrierAddr)
		d := toPSTN
		d.Help = true
		r.do(d)
		req := p.asked("INVITE")
		for range 2 {
			p.answer(req, 486, "x", "")
		}
		r.reported(call.Failed{Leg: "out", Cause: call.Busy, Status: 486})
	}, func(o *Options) { o.Trunks[0].Ping, o.Trunks[0].Channels = time.Hour, 1 })
}
