package sip

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// begun begins a call of each kind and returns its leg and the far side's dialog.
var begun = map[string]func(r *rig) (leg call.LegID, c *caller){
	"as callee": func(r *rig) (call.LegID, *caller) { return "in-1", talking(r) },
	"as caller": func(r *rig) (call.LegID, *caller) {
		_, c := answered(r)
		return "out", c
	},
	"as callee behind a proxy": func(r *rig) (call.LegID, *caller) {
		c := r.peer("carrier", carrierAddr).caller("+18005550100")
		c.headers = "Record-Route: <sip:" + carrierAddr + ";lr>\n"
		c.ask("INVITE", withSDP)
		c.hears(100)
		c.hears(180)
		r.event()
		r.do(call.Answer{Leg: "in-1"})
		c.learn(c.hears(200))
		c.ask("ACK", "")
		return "in-1", c
	},
	"over TCP": func(r *rig) (call.LegID, *caller) { return phoned(r, r.connect("ana", "203.0.113.20")) },
	"over TLS": func(r *rig) (call.LegID, *caller) { return phoned(r, r.overTLS()) },
	"over WS":  func(r *rig) (call.LegID, *caller) { return phoned(r, r.browser("ana", "203.0.113.20")) },
	"with a session timer": func(r *rig) (call.LegID, *caller) {
		c, _ := refreshed(r, knowsTimer+"Session-Expires: 600\n")
		return "in-1", c
	},
	"to a trunk over TCP": func(r *rig) (call.LegID, *caller) {
		l, err := r.net.listenStream(netip.MustParseAddrPort(carrierAddr))
		if err != nil {
			r.Fatal(err)
		}
		r.carrier = l
		r.w.trunks[0].uri.UriParams = sip.HeaderParams{{K: "transport", V: "tcp"}}
		r.do(toPSTN)
		p := r.carried()
		in := p.asked("INVITE")
		p.answer(in, 200, "a", "Contact: <sip:b@"+carrierAddr+";transport=tcp>\n"+withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		return "out", p.callee(in, "a")
	},
}

// phoned is a call to a phone that registers first.
func phoned(r *rig, p *peer) (call.LegID, *caller) {
	r.Helper()
	p.registers("ana")
	r.do(toAna)
	in := p.asked("INVITE")
	p.answer(in, 200, "a", withSDP)
	p.asked("ACK")
	r.reported(call.Answered{Leg: "out"})
	return "out", p.callee(in, "a")
}

// overTLS connects a phone over TLS.
func (r *rig) overTLS() *peer {
	r.Helper()
	return r.secured("ana", "203.0.113.20", &tls.Config{RootCAs: r.authority.pool(), ServerName: realm})
}

// carried waits for a connection of the gateway to the carrier.
func (r *rig) carried() *peer {
	r.Helper()
	conn, err := r.carrier.Accept()
	if err != nil {
		r.Fatal(err)
	}
	return r.streamPeer("carrier", conn)
}

// survives runs a test with a call of each kind after the gateway was killed and started again.
func survives(t *testing.T, run func(r *rig, leg call.LegID, c *caller)) {
	t.Helper()
	for name, begin := range begun {
		t.Run(name, func(t *testing.T) {
			a := authorityOf(t)
			bubble(t, func(r *rig) {
				r.authority = a
				leg, c := begin(r)
				r.settle()
				r.calls.Store(true)
				r.restart()
				if !slices.Equal(r.w.Legs(), []call.LegID{leg}) {
					r.Fatalf("taken up: %v", r.w.Legs())
				}
				c.comesBack()
				run(r, leg, c)
				if r.carrier != nil {
					_ = r.carrier.Close()
				}
			}, withWeb, withTLS(a.paper("gw", realm)), timers)
		})
	}
}

// comesBack lets a phone whose connection was cut connect and register again, and a carrier wait for ours.
func (c *caller) comesBack() {
	r := c.r
	r.Helper()
	switch {
	case r.carrier != nil:
		connected := make(chan *peer)
		go func() { connected <- r.carried() }()
		r.pass(2 * probeAfter)
		c.peer = <-connected
		c.answer(c.asked("OPTIONS"), 200, "", "")
		return
	case c.network == "TCP":
		c.peer = r.connect(c.name, c.addr.Addr().String())
	case c.network == "TLS":
		c.peer = r.overTLS()
	case c.network == "WS":
		c.peer = r.browser(c.name, c.addr.Addr().String())
	default:
		return
	}
	c.registersAgain("ana")
}

func TestACallGoesOnInAnotherProcess(t *testing.T) {
	survives(t, func(r *rig, leg call.LegID, c *caller) {
		c.ask("INVITE", withSDP)
		c.hears(200)
		c.ask("ACK", "")
		r.settle()
		r.do(call.Hangup{Leg: leg, Cause: call.Normal})
		bye := c.asked("BYE")
		if tag(bye.To().Params) == "" || tag(bye.From().Params) == "" || bye.CSeq().SeqNo <= spareSeq {
			t.Errorf("wrong BYE:\n%v", bye)
		}
		c.answer(bye, 200, "", "")
		r.reported(call.Ended{Leg: leg, How: call.HungUp, Cause: call.Normal})
		r.settle()
		if r.memoir.holds(leg) != nil {
			t.Error("a leg that is over is kept")
		}
	})
}

func TestAFarSideHangsUpACallThatBeganInAnotherProcess(t *testing.T) {
	survives(t, func(r *rig, leg call.LegID, c *caller) {
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: leg, How: call.HungUp, Cause: call.Normal})
	})
}

func TestWhatWasKeptAndCannotBeReadEndsItsLegAndNotTheStart(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing": "", "no JSON": "{", "another version": `{"Version": 99, "Up": true}`, "no dialog": `{"Version": 1, "Up": true}`,
		"a dialog of another version": `{"Version": 1, "Up": true, "Dialog": {"Version": 7}}`,
		"a dialog without a name":     `{"Version": 1, "Up": true, "Dialog": {"Version": 1}}`,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				r.w.Abandon()
				r.rise(func(o *Options) { o.Kept = map[call.LegID][]byte{"broken": []byte(raw)} })
				r.reported(call.Ended{Leg: "broken", How: call.LegLost, Cause: call.Lost})
				if len(r.w.Legs()) > 0 {
					t.Error("it was taken up")
				}
			})
		})
	}
}

func TestARequestInADialogThatWeDoNotHoldIsStillAnswered481(t *testing.T) {
	bubble(t, func(r *rig) {
		c := talking(r)
		r.w.Abandon()
		r.rise(func(o *Options) { o.Kept = nil })
		c.ask("BYE", "")
		c.hears(481)
	})
}

func TestOurCSeqIsNeverUsedTwiceThoughTheLastWasNotKept(t *testing.T) {
	bubble(t, func(r *rig) {
		c := talking(r)
		kept := &keptLeg{}
		if err := json.Unmarshal(r.memoir.holds("in-1"), kept); err != nil {
			t.Fatal(err)
		}
		var last uint32
		for range 3 * spareSeq {
			if err := json.Unmarshal(r.memoir.holds("in-1"), kept); err != nil {
				t.Fatal(err)
			}
			probe(r, "in-1")
			req := c.asked("OPTIONS")
			if last = req.CSeq().SeqNo; last > kept.Dialog.LocalSeq {
				t.Fatalf("CSeq %d, and %d was kept", last, kept.Dialog.LocalSeq)
			}
			c.answer(req, 200, "", "")
			r.settle()
		}
		r.restart()
		r.do(call.Hangup{Leg: "in-1", Cause: call.Normal})
		if bye := c.asked("BYE"); bye.CSeq().SeqNo <= last {
			t.Errorf("CSeq %d after %d", bye.CSeq().SeqNo, last)
		}
	})
}

// probe lets the far side of a leg be asked whether it is there.
func probe(r *rig, id call.LegID) {
	r.Helper()
	r.w.mu.Lock()
	in := r.w.legs[id]
	r.w.mu.Unlock()
	in.put(probing{id})
}

func TestASessionIsRefreshedByTheNextProcess(t *testing.T) {
	bubble(t, func(r *rig) {
		c, _ := refreshed(r, knowsTimer+"Session-Expires: 600\n")
		r.w.Abandon()
		r.pass(6 * time.Minute) // it was due meanwhile
		r.rise()
		again := c.asked("INVITE")
		if again.CSeq().SeqNo <= spareSeq || header(again, "Session-Expires") == "" {
			t.Errorf("wrong refresh:\n%v", again)
		}
		c.answer(again, 200, "", "Session-Expires: 600;refresher=uac\n"+withSDP)
		c.asked("ACK")
		r.pass(4 * time.Minute)
		c.hearsNothing()
		c.answer(c.asked("INVITE"), 200, "", "Session-Expires: 600;refresher=uac\n"+withSDP)
		c.asked("ACK")
	}, timers)
}

func TestAFarSideThatRefreshesHasSomeTimeAfterARestart(t *testing.T) {
	bubble(t, func(r *rig) {
		c, _ := refreshed(r, knowsTimer+"Session-Expires: 600;refresher=uac\n")
		r.w.Abandon()
		r.pass(20 * time.Minute)
		r.rise()
		c.answer(c.asked("OPTIONS"), 200, "", "")
		r.pass(graceTime / 2)
		r.nothingReported()
		r.pass(graceTime)
		r.reported(call.Ended{Leg: "in-1", How: call.LegLost, Cause: call.Lost})
		c.asked("BYE")
	}, timers)
}

func TestABYEThatWasSentWhileTheGatewayWasDownIsAnsweredWhenItComesAgain(t *testing.T) {
	survives(t, func(r *rig, leg call.LegID, c *caller) {
		r.w.Abandon()
		if c.network == "UDP" {
			c.ask("BYE", "") // nobody listens
		}
		r.rise()
		if c.network == "UDP" {
			c.repeat("BYE", "")
		} else {
			c.comesBack()
			c.ask("BYE", "")
		}
		c.hears(200)
		r.reported(call.Ended{Leg: leg, How: call.HungUp, Cause: call.Normal})
	})
}

func TestACallOnRealSocketsGoesOnInAnotherProcess(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			loopback(t, func(r *rig) {
				p := (*peer)(nil)
				if transport == "udp" {
					p = r.peer("ana", "127.0.0.1:0")
				} else {
					p = r.connect("ana", "127.0.0.1")
				}
				p.polite.Store(true)
				_, c := phoned(r, p)
				r.calls.Store(true)
				for range 2 {
					c.ask("OPTIONS", "") // what was sent before was read then
					c.hears(200)
					r.restart()
					if transport == "tcp" {
						c.peer = r.connect("ana", "127.0.0.1")
						c.polite.Store(true)
						c.registersAgain("ana")
					}
					c.ask("INVITE", withSDP)
					c.hears(200)
					c.ask("ACK", "")
				}
				r.do(call.Hangup{Leg: "out", Cause: call.Normal})
				c.answer(c.asked("BYE"), 200, "", "")
				r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
			})
		})
	}
}

func TestATrunkThatWasDownIsDownUntilItAnswersAgain(t *testing.T) {
	bubble(t, func(r *rig) {
		r.reported(call.TrunkDown{Trunk: "north", Problem: "it does not answer"})
		r.restart()
		r.reported(call.TrunkDown{Trunk: "north", Problem: "it does not answer"})
		r.do(toPSTN)
		r.reported(call.Failed{Leg: "out", Cause: call.TrunkFault})
		p := r.peer("carrier", carrierAddr)
		p.answer(p.asked("OPTIONS"), 200, "x", "")
		r.reported(call.TrunkUp{Trunk: "north"})
	}, func(o *Options) { o.Trunks[0].Ping = 30 * time.Second })
}

func TestATrunkRegistersTheSameContactAfterARestart(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		first := registers(p, "300")
		r.reported(call.TrunkUp{Trunk: "north"})
		r.restart()
		if next := registers(p, "300"); next.Contact().Value() != first.Contact().Value() {
			t.Errorf("another contact:\n%v\n%v", first, next)
		}
		r.reported(call.TrunkUp{Trunk: "north"})
		go func() {
			for m := range p.got {
				p.answer(m.(*sip.Request), 200, "x", "")
			}
		}()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := r.w.Close(ctx); err != nil {
			t.Error(err)
		}
		close(p.got)
	}, enrolled)
}

func TestATransferThatWasAskedForBeforeARestartIsToldHowItWent(t *testing.T) {
	bubble(t, func(r *rig) {
		_, c := answered(r)
		c.ask("REFER", "Refer-To: <sip:ben@"+realm+">\n")
		c.hears(202)
		trying := c.told("100 Trying", asLongAsItTakes)
		r.reported(call.Referred{Leg: "out", To: "ben"})
		r.settle()
		r.calls.Store(true)
		r.restart()
		r.do(call.Progress{Leg: "out", Done: true, Cause: call.Normal})
		if done := c.told("200 OK", forGood); done.CSeq().SeqNo <= trying.CSeq().SeqNo || done.GetHeader("Event").Value() != "refer" {
			t.Errorf("wrong NOTIFY:\n%v", done)
		}
		r.do(call.Progress{Leg: "out", Done: true, Cause: call.Busy})
		c.hearsNothing()
	})
}

func TestAKeyOrATransferWhoseAnswerWasLostOverARestartCountsOnce(t *testing.T) {
	for method, extra := range map[string]string{
		"INFO": "Content-Type: application/dtmf-relay\n\nSignal=5\r\n", "REFER": "Refer-To: <sip:ben@" + realm + ">\n",
	} {
		t.Run(method, func(t *testing.T) {
			bubble(t, func(r *rig) {
				_, c := answered(r)
				c.ask(method, extra)
				status := 200
				if method == "REFER" {
					status = 202
				}
				c.hears(status)
				if method == "REFER" {
					c.told("100 Trying", asLongAsItTakes)
				}
				r.event()
				r.settle()
				r.calls.Store(true)
				r.restart()
				c.repeat(method, extra)
				c.hears(status)
				r.nothingReported()
				c.ask(method, extra)
				if method == "INFO" { // another one is another one
					c.hears(200)
					r.reported(call.Digit{Leg: "out", Key: "5"})
				} else {
					c.hears(491)
				}
			})
		})
	}
}

func TestWhoWasKnownBeforeARestartIsKeptWaitingByNoStranger(t *testing.T) {
	bubble(t, func(r *rig) {
		_, c := answered(r)
		r.settle()
		r.calls.Store(true)
		r.restart()
		for i := range 10 {
			r.w.gate.hears(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})) // strangers use up what they have together
		}
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
	}, func(o *Options) { o.Security.InAll = 1 })
}

func TestACallThatStandsSinceBeforeARestartCanBeTakenByReplaces(t *testing.T) {
	bubble(t, func(r *rig) {
		_, c := answered(r)
		r.settle()
		r.calls.Store(true)
		r.restart()
		desk := r.peer("desk", "203.0.113.22:5062").caller("ana")
		desk.prove("INVITE", fmt.Sprintf("Replaces: %s;to-tag=%s;from-tag=a\n", c.id, strings.SplitN(c.to, "tag=", 2)[1])+withSDP, "ana-desk")
		if in := r.event().(call.Invited); in.Replaces != "out" {
			t.Errorf("reported %+v", in)
		}
	})
}
