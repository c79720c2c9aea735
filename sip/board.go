package sip

import (
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

const (
	boardLimit   = 1024   // SUBSCRIBEs, PUBLISHes and answers that wait at most; further requests get 503
	mostServing  = 8192   // requests that are kept as long as they may be repeated; further ones get 503
	watchesTotal = 20_000 // most subscriptions of all together: further ones get 503
	watchesOfOne = 256    // most subscriptions of one user: further ones get 403
)

// board is the goroutine that serves SUBSCRIBE and PUBLISH: what is shown of people, who watches it, and what their
// phones say of them. It owns all subscriptions, so that each is told of changes in their order.
//
// todo RFC 4662 §4: a list of people in one subscription
type board struct {
	w       *Wire
	in      *inbox
	tx      transactions
	watches map[string]*watch   // by the tag that we gave
	watched map[string][]*watch // by AOR
	byUser  map[string]int      // how many each user has
	said    map[string][]*publication
	turns   turns
	closing bool
	ended   chan struct{} // closed when the last watcher knows that we close, or had the time to

	mu     sync.Mutex
	people map[string]person
	fresh  map[string]news     // what spread has to tell
	asked  map[string]struct{} // keys of our NOTIFYs that have no answer yet
}

func newBoard(w *Wire, people map[string]Presence) *board {
	b := &board{
		w: w, in: newInbox(boardLimit), watches: make(map[string]*watch), watched: make(map[string][]*watch),
		byUser: make(map[string]int), turns: newTurns(), said: make(map[string][]*publication), ended: make(chan struct{}),
		people: make(map[string]person), fresh: make(map[string]news), asked: make(map[string]struct{}),
	}
	b.tx = newTransactions(w, b.in)
	for aor, p := range people {
		b.show(aor, p)
	}
	return b
}

// run serves until the wire closes.
func (b *board) run() {
	defer b.w.running.Done()
	defer b.tx.terminate()
	for {
		select {
		case <-b.w.ctx.Done():
			b.in.close()
			b.quiet()
			return
		case <-b.in.wake:
			for item, ok := b.in.take(); ok; item, ok = b.in.take() {
				b.step(item)
			}
		}
	}
}

func (b *board) step(item any) {
	from := source{}
	if m, ok := item.(*message); ok {
		from = m.from
	}
	defer b.w.survive("SUBSCRIBE or PUBLISH", from)
	switch item := item.(type) {
	case *message:
		if item.res != nil {
			b.tx.receive(item)
		} else {
			b.serve(item)
		}
	case serverGone:
		b.tx.ended(item)
	case clientGone:
		b.tx.failed(item)
	case flowGone:
		b.tx.lost(item.flow)
	case func():
		item()
	case reclaimed:
		b.passOver()
	case closing:
		b.close()
	}
}

// toBoard hands a SUBSCRIBE or PUBLISH over. Who cannot prove himself is answered right here: nothing is kept of him,
// and he takes no place in the board's inbox.
func (w *Wire) toBoard(m *message) {
	if !w.guard.trusts(m.req) {
		if _, challenge := w.guard.check(m.req); challenge != nil {
			w.answer(m.req, m.from, challenge)
		}
		return
	}
	w.crowded(m, w.board.in.offer(m))
}

// toBoardAsked hands over the answer to a NOTIFY of the board; false: it is none.
func (w *Wire) toBoardAsked(m *message) bool {
	if m.res.CSeq().MethodName != sip.NOTIFY {
		return false
	}
	key, err := sip.ClientTxKeyMake(m.res)
	if err != nil {
		return false
	}
	w.board.mu.Lock()
	_, asked := w.board.asked[key]
	w.board.mu.Unlock()
	if asked {
		w.board.in.offer(m) // what does not fit is a lost response
	}
	return asked
}

// serve answers one request. A refused one leaves nothing behind; a good one is kept as long as it may be repeated.
func (b *board) serve(m *message) {
	if b.tx.absorb(m) {
		return
	}
	user, challenge := b.w.guard.check(m.req)
	if challenge != nil {
		b.w.answer(m.req, m.from, challenge)
		return
	}
	m.from.flow.trusted()
	m.caller.AOR = user
	b.w.stirredBy(user, m.from)
	r := b.w.overload(m.req)
	switch {
	case b.closing || len(b.tx.servers) >= mostServing:
	case m.req.Method == sip.SUBSCRIBE:
		r = b.subscribed(m)
	default:
		r = b.published(m)
	}
	if r != nil {
		b.w.refuse(m.req, m.from, r)
	}
}

// closeTime is how long we wait for watchers when we close: some phone is always gone, and who does not hear it asks
// again when his subscription would expire.
const closeTime = time.Second

// close tells every watcher that there is nothing more to come.
func (b *board) close() {
	b.closing = true
	time.AfterFunc(closeTime, func() { b.in.put(b.letGo) })
	for _, s := range b.watches {
		b.leave(s, deactivated)
	}
	b.done()
}

// done lets Close go on when nobody has to be told any more.
func (b *board) done() {
	if b.closing && len(b.watches) == 0 {
		b.letGo()
	}
}

// letGo lets Close go on.
func (b *board) letGo() {
	select {
	case <-b.ended:
	default:
		close(b.ended)
	}
}

// quiet stops every timer.
func (b *board) quiet() {
	for _, s := range b.watches {
		s.expiry.Stop()
		s.pause()
	}
}
