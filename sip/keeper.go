package sip

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// misses is how many questions in a row go unanswered until a trunk is down.
const misses = 2

// keeper asks one trunk again and again whether it is there. It is the queue of the Call-ID of its OPTIONS.
type keeper struct {
	w      *Wire
	t      *trunk
	callID string
	tag    string
	in     *inbox
	tx     transactions
	seq    uint32
	missed int
	asked  bool // TrunkUp or TrunkDown was reported
}

func newKeeper(w *Wire, t *trunk) *keeper {
	k := &keeper{w: w, t: t, callID: rand.Text(), tag: rand.Text(), in: newInbox(queueLimit)}
	k.tx = newTransactions(w, k.in)
	w.mu.Lock()
	w.queues[k.callID] = k.in
	w.mu.Unlock()
	return k
}

// run asks until the wire closes.
func (k *keeper) run() {
	defer k.w.running.Done()
	defer k.tx.terminate()
	tick := time.NewTicker(k.t.Ping)
	defer tick.Stop()
	k.ask()
	for {
		select {
		case <-k.w.ctx.Done():
			return
		case <-tick.C:
			k.ask()
		case <-k.in.wake:
			for item, ok := k.in.take(); ok; item, ok = k.in.take() {
				if _, end := item.(closing); end {
					for !k.w.retire(k.callID, k.in) {
						k.in.take()
					}
					return
				}
				k.step(item)
			}
		}
	}
}

func (k *keeper) step(item any) {
	defer k.w.survive("trunk", source{})
	switch item := item.(type) {
	case *message:
		if item.res != nil {
			k.tx.receive(item.res)
		} else {
			k.w.stray(item)
		}
	case serverGone:
		k.tx.ended(item)
	case clientGone:
		k.tx.failed(item)
	case flowGone:
		k.tx.lost(item.flow)
	case func():
		item()
	}
}

// ask sends one OPTIONS.
//
// RFC 3261 §11.1
func (k *keeper) ask() {
	if k.tx.waiting() { // it goes on being asked the last question; 32 s would be long to find out
		k.heard("it does not answer")
		return
	}
	h, err := hopOf(&k.t.uri)
	if err != nil {
		k.heard(err.Error())
		return
	}
	h.trunk = k.t.Name
	if f, ok := k.w.ready(h); ok {
		k.send(f, nil)
		return
	}
	k.w.route(k.in, h, k.send)
}

func (k *keeper) send(f *flow, err error) {
	if err != nil {
		k.heard(err.Error())
		return
	}
	k.seq++
	req, err := k.w.optionsFor(f, k.t.uri, k.callID, k.tag, k.seq)
	if err != nil {
		k.heard(err.Error())
		return
	}
	k.tx.request(req, f, func(res *sip.Response) {
		switch {
		case res == nil:
			k.heard("it does not answer")
		case res.IsProvisional():
		case res.StatusCode == sip.StatusServiceUnavailable || res.StatusCode == sip.StatusRequestTimeout:
			k.heard(fmt.Sprintf("it answers %d", res.StatusCode))
		default:
			k.heard("") // whatever it says, it is there
		}
	})
}

// heard counts what came of a question and reports when that changes something. problem is empty if all is well.
func (k *keeper) heard(problem string) {
	k.missed++
	if problem == "" {
		k.missed = 0
	}
	k.t.mu.Lock()
	was := k.t.up
	if problem == "" || k.missed >= misses || !k.asked {
		k.t.up, k.t.problem = problem == "", problem
	}
	is := k.t.up
	k.t.mu.Unlock()
	if is == was && k.asked {
		return
	}
	k.asked = true
	if is {
		k.w.report(call.TrunkUp{Trunk: k.t.Name})
	} else {
		k.w.report(call.TrunkDown{Trunk: k.t.Name, Problem: problem})
	}
}
