package sip

import (
	"testing"
	"testing/synctest"

	"telagent-gateway/call"
)

// The stored form of a dialog is all that another process needs to go on with the call.
func TestACallGoesOnInAnotherProcessFromItsStoredDialog(t *testing.T) {
	for name, begin := range map[string]func(r *rig) (leg call.LegID, c *caller){
		"as callee": func(r *rig) (call.LegID, *caller) { return "in-1", talking(r) },
		"as caller": func(r *rig) (call.LegID, *caller) {
			_, c := answered(r)
			return "out", c
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var stored []byte
				keep := func(d *Dialog) *Dialog {
					raw, err := d.encode()
					if err != nil {
						t.Error(err)
					}
					stored = raw
					return d
				}
				inRig(t, keep, func(r *rig) {
					leg, c := begin(r)
					r.settle()
					r.kill()
					r.again(leg, stored)

					c.ask("INVITE", withSDP)
					c.hears(200)
					c.ask("ACK", "")
					r.settle()
					r.do(call.Hangup{Leg: leg, Cause: call.Normal})
					bye := c.asked("BYE")
					if bye.To().Value() != c.from && bye.To().Params.GetOr("tag", "") == "" || bye.From().Params.GetOr("tag", "") == "" {
						t.Errorf("wrong BYE:\n%v", bye)
					}
					c.answer(bye, 200, "", "")
					r.reported(call.Ended{Leg: leg, How: call.HungUp, Cause: call.Normal})
				})
			})
		})
	}
}

// kill ends the wire as the end of its process would: nobody is told.
func (r *rig) kill() {
	w := r.w
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.halt()
	for _, l := range w.listeners {
		l.close()
	}
	w.running.Wait()
}

// again starts another wire and gives it a leg that was up.
func (r *rig) again(id call.LegID, stored []byte) {
	r.Helper()
	r.audio = newFakeAudio()
	w, err := start(r.options(), r.net, nil)
	if err != nil {
		r.Fatal(err)
	}
	r.w = w
	r.reported(call.TrunkUp{Trunk: "north"})
	d, err := decodeDialog(stored)
	if err != nil {
		r.Fatal(err)
	}
	q := &queue{w: w, callID: d.CallID, in: newInbox(queueLimit)}
	q.tx = newTransactions(w, q.in)
	q.legs = []*leg{{q: q, id: id, phase: up, dialog: d, audio: true}}
	w.mu.Lock()
	w.queues[d.CallID], w.legs[id] = q.in, q.in
	w.running.Add(1)
	w.mu.Unlock()
	go q.run()
}
