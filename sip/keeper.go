package sip

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"github.com/emiago/sipgo/sip"
)

// The clocks of a trunk's keeper.
const (
	questionTime = 4 * time.Second // for an answer to OPTIONS: in a datagram it was sent four times by then
	doubtTime    = 2 * time.Second // until the next question where the last one does not settle whether an address is there
	lookAgain    = time.Minute     // names are looked up, at the least; what is known of them is kept by their own time
)

// keeper asks the addresses of one trunk again and again whether they are there, and keeps the trunk registered. It is the
// queue of the Call-IDs of both.
type keeper struct {
	w       *Wire
	t       *trunk
	callID  string
	tag     string
	in      *inbox
	tx      transactions
	seq     uint32
	targets []*target // in the order in which they were found last
	unknown string    // why there are none
	looking bool      // they are being looked for
	look    time.Time // when they are to be looked for
	enrol   *enrolment
	told    bool // TrunkUp or TrunkDown was reported
	ending  bool
}

// target is one address of a trunk.
type target struct {
	destination
	up       bool
	asked    bool // it was asked once, and answered or not
	missed   int  // questions in a row
	answered int  // questions in a row
	problem  string
	waits    bool // for an answer
	due      time.Time
}

// newKeeper gives a trunk its keeper.
func newKeeper(w *Wire, t *trunk) {
	k := &keeper{w: w, t: t, callID: rand.Text(), tag: rand.Text(), in: newInbox(queueLimit)}
	k.tx = newTransactions(w, k.in)
	ids := []string{k.callID}
	if t.Register {
		k.enrol = newEnrolment(k)
		ids = append(ids, k.enrol.callID)
	}
	w.mu.Lock()
	for _, id := range ids {
		w.queues[id] = k.in
	}
	w.mu.Unlock()
	t.keeper = k
}

// run asks and registers until the wire closes.
func (k *keeper) run() {
	defer k.w.running.Done()
	defer k.tx.terminate()
	timer := time.NewTimer(0)
	defer timer.Stop()
	k.step(k.recall)
	for {
		select {
		case <-k.w.ctx.Done():
			return
		case <-timer.C:
			k.step(func() { k.round(time.Now()) })
		case <-k.in.wake:
			for item, ok := k.in.take(); ok; item, ok = k.in.take() {
				k.step(item)
			}
		}
		if k.ending && (k.enrol == nil || k.enrol.gone()) && k.retired() {
			return
		}
		timer.Reset(max(0, time.Until(k.due())))
	}
}

// retired takes the keeper out of the registry; false: something came in.
func (k *keeper) retired() bool {
	if k.enrol != nil {
		k.w.mu.Lock()
		delete(k.w.queues, k.enrol.callID)
		k.w.mu.Unlock()
	}
	return k.w.retire(k.callID, k.in)
}

func (k *keeper) step(item any) {
	defer k.w.survive("trunk", source{})
	switch item := item.(type) {
	case *message:
		if item.res != nil {
			k.tx.receive(item)
		} else {
			k.w.stray(item)
		}
	case serverGone:
		k.tx.ended(item)
	case clientGone:
		k.tx.failed(item)
	case flowGone:
		k.tx.lost(item.flow)
		if k.enrol != nil {
			k.enrol.lost(item.flow)
		}
	case func():
		item()
	case closing:
		k.ending = true
		if k.enrol != nil {
			k.enrol.leave()
		}
	}
}

// due returns when the next round is.
func (k *keeper) due() time.Time {
	due := time.Now().Add(lookAgain)
	earlier := func(t time.Time) {
		if t.Before(due) {
			due = t
		}
	}
	if k.ending {
		return due
	}
	if !k.looking {
		earlier(k.look)
	}
	for _, t := range k.targets {
		if !t.waits && k.t.Ping > 0 {
			earlier(t.due)
		}
	}
	if k.enrol != nil && !k.enrol.busy {
		earlier(k.enrol.due)
	}
	return due
}

// round does what is due.
func (k *keeper) round(now time.Time) {
	if k.ending {
		return
	}
	if !k.looking && !now.Before(k.look) {
		k.find()
	}
	for _, t := range k.targets {
		if k.t.Ping > 0 && !t.waits && !now.Before(t.due) {
			k.ask(t)
		}
	}
	if k.enrol != nil && !k.enrol.busy && !now.Before(k.enrol.due) {
		k.enrol.begin()
	}
}

// find looks for the addresses of the trunk.
func (k *keeper) find() {
	h, err := k.t.hop()
	if err != nil {
		k.found(nil, err)
		return
	}
	k.looking = true
	k.w.seek(k.in, func(ctx context.Context) func() {
		list, err := k.w.locate(ctx, h)
		return func() { k.found(list, err) }
	})
}

// found takes the addresses of the trunk; those that are known keep what is known of them.
func (k *keeper) found(list []destination, err error) {
	now := time.Now()
	k.looking, k.look, k.unknown = false, now.Add(lookAgain), ""
	if err != nil {
		k.look = now.Add(doubtTime * 2)
		if len(k.targets) == 0 || errors.Is(err, errNoRecord) {
			k.targets, k.unknown = nil, err.Error()
		}
		k.conclude()
		return
	}
	old := k.targets
	k.targets = nil
	for _, d := range list {
		if i := slices.IndexFunc(old, func(t *target) bool { return t.destination == d }); i >= 0 {
			k.targets = append(k.targets, old[i])
		} else if !slices.ContainsFunc(k.targets, func(t *target) bool { return t.destination == d }) {
			k.targets = append(k.targets, &target{destination: d, due: now})
		}
	}
	k.leadsNow(false, list)
	k.round(now)
	k.conclude()
}

// doubt lets an address be asked at once, because a call over it failed; none: the trunk's name be looked up.
func (k *keeper) doubt(p place) {
	now := time.Now()
	if p == (place{}) {
		k.look = now
	}
	for _, t := range k.targets {
		if t.place() == p && !t.waits {
			t.due, t.missed, t.answered = now, max(t.missed, 1), 0
		}
	}
	k.round(now)
}

// ask sends one OPTIONS.
//
// RFC 3261 §11.1
func (k *keeper) ask(t *target) {
	if until, alone := k.w.shunned.alone(t.place()); alone {
		k.heard(t, leftAlone{t.place(), until}.Error())
		t.due = until
		return
	}
	t.waits = true
	if f, ok := k.w.readyAt(t.destination); ok {
		k.send(t, f, nil)
		return
	}
	k.w.seek(k.in, func(ctx context.Context) func() {
		f, err := k.w.flowTo(ctx, t.destination)
		return func() { k.send(t, f, err) }
	})
}

func (k *keeper) send(t *target, f *flow, err error) {
	if err == nil {
		k.seq++
		var req *sip.Request
		if req, err = k.w.optionsFor(f, k.t.uri, k.callID, k.tag, k.seq, k.t.routes()...); err == nil {
			k.request(req, f, func(res *sip.Response) {
				if res == nil && t.missed > 0 {
					k.w.leave(f)
				}
				k.judged(t, res)
			})
			return
		}
	}
	k.heard(t, err.Error())
}

// request sends a request that is answered soon, or not at all.
func (k *keeper) request(req *sip.Request, f *flow, on func(*sip.Response)) {
	tx := k.tx.request(req, f, func(res *sip.Response) {
		if res == nil || !res.IsProvisional() {
			on(res)
		}
	})
	afterAwake(questionTime, func() {
		k.in.put(func() {
			if tx.final == 0 {
				tx.Terminate() // clientGone follows
			}
		})
	})
}

// judged takes what came of a question; nil: no answer.
func (k *keeper) judged(t *target, res *sip.Response) {
	switch {
	case res == nil:
		k.heard(t, "it does not answer")
	case res.StatusCode == sip.StatusServiceUnavailable && waitOf(res) > 0:
		k.w.shunned.refused(t.place(), res)
		until, _ := k.w.shunned.alone(t.place())
		k.heard(t, leftAlone{t.place(), until}.Error())
		t.due = until
	case res.StatusCode == sip.StatusServiceUnavailable || res.StatusCode == sip.StatusRequestTimeout:
		k.heard(t, fmt.Sprintf("it answers %d", res.StatusCode))
	default:
		k.heard(t, "") // whatever it says, it is there
	}
}

// heard counts what came of a question. problem is empty if all is well. An address that was up is down after some misses
// in a row, one that was down is up after some answers in a row, and between the two it is asked more often.
func (k *keeper) heard(t *target, problem string) {
	t.waits = false
	if problem == "" {
		t.missed, t.answered = 0, t.answered+1
	} else {
		t.missed, t.answered, t.problem = t.missed+1, 0, problem
	}
	switch {
	case !t.asked:
		t.asked, t.up = true, problem == ""
	case t.up && t.missed >= k.t.terms().DownAfter:
		t.up = false
	case !t.up && t.answered >= k.t.terms().UpAfter:
		t.up = true
		k.w.shunned.answers(t.place()) // what a call holds against one that was up all the time, its answers do not end
	}
	wait := k.t.Ping - k.t.Ping/10 + mathrand.N(k.t.Ping/5+1)
	if t.up && t.missed > 0 || !t.up && t.answered > 0 {
		wait = min(wait, doubtTime)
	}
	t.due = time.Now().Add(wait)
	switch {
	case !t.up:
		k.w.shunned.failedFor(t.place(), wait+2*questionTime)
	case t.missed == 0:
		t.problem = ""
	}
	k.conclude()
}
