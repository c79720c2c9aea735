package sip

import (
	"encoding/json"
	"slices"
	"testing"

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
	"over TCP": func(r *rig) (call.LegID, *caller) {
		p := r.connect("ana", "203.0.113.20")
		p.registers("ana")
		r.do(toAna)
		in := p.asked("INVITE")
		p.answer(in, 200, "a", withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		return "out", p.callee(in, "a")
	},
}

// survives runs a test with a call of each kind after the gateway was killed and started again.
func survives(t *testing.T, run func(r *rig, leg call.LegID, c *caller), change ...func(*Options)) {
	t.Helper()
	for name, begin := range begun {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				leg, c := begin(r)
				r.settle()
				r.calls.Store(true)
				r.restart()
				if !slices.Equal(r.w.Legs(), []call.LegID{leg}) {
					r.Fatalf("taken up: %v", r.w.Legs())
				}
				if c.network == "TCP" {
					c.comesBack()
				}
				run(r, leg, c)
			}, change...)
		})
	}
}

// comesBack lets a phone whose connection was cut connect and register again.
func (c *caller) comesBack() {
	c.r.Helper()
	c.peer = c.r.connect(c.name, c.addr.Addr().String())
	c.peer.registersAgain("ana")
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
