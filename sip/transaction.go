package sip

import (
	"log/slog"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

// quiet is the log that sipgo's machines get; what they would say is in our own trace.
var quiet = slog.New(slog.DiscardHandler)

// transactions are the open transactions of one owner, who alone touches them. Their timers fire elsewhere and reach
// the owner as items of his inbox.
type transactions struct {
	w       *Wire
	in      *inbox
	servers map[string]*serverTx
	clients map[string]*clientTx
}

func newTransactions(w *Wire, in *inbox) transactions {
	return transactions{w: w, in: in, servers: make(map[string]*serverTx), clients: make(map[string]*clientTx)}
}

// serverTx is one request that we answer.
type serverTx struct {
	*sip.ServerTx
	key  string
	req  *sip.Request
	from source
	last int  // status of our last answer; 0: none yet
	done bool // a refused INVITE was acknowledged
}

// serverGone and clientGone tell the owner that a transaction is over.
type (
	serverGone struct{ tx *serverTx }
	clientGone struct {
		tx  *clientTx
		err error
	}
)

// serve begins a transaction for a request that is no retransmission.
func (t *transactions) serve(m *message) (*serverTx, error) {
	tx := &serverTx{key: m.key, req: m.req, from: m.from}
	tx.ServerTx = sip.NewServerTx(m.key, m.req, m.from.flow, quiet)
	tx.OnTerminate(func(string, error) { t.in.put(serverGone{tx}) })
	if err := tx.Init(); err != nil {
		return nil, err
	}
	t.servers[m.key] = tx
	return tx, nil
}

// answer sends a response, once or, for a 2xx to an INVITE, as often as its sender wants.
func (tx *serverTx) answer(res *sip.Response) {
	tx.last = res.StatusCode
	// A response that cannot be sent is a lost response: the other side asks again or gives up.
	_ = tx.Respond(res)
}

// absorb gives a retransmitted request, or the ACK of a refused INVITE, to its transaction; false: there is none.
//
// RFC 3261 §17.2.3
func (t *transactions) absorb(m *message) bool {
	tx := t.servers[m.key]
	if tx == nil {
		return false
	}
	if m.req.IsAck() && tx.last < 300 {
		return false // the ACK of a 2xx belongs to the dialog
	}
	// An error only says that the method does not fit, which the key excludes.
	_ = tx.Receive(m.req)
	if m.req.IsAck() && !tx.done {
		tx.done = true
		// sipgo's machine hands the first ACK up, from a goroutine that would stay as long as the transaction.
		select {
		case <-tx.Acks():
		case <-tx.Done():
		}
	}
	return true
}

// clientTx is one request of ours. It is also the Connection that sipgo's machine writes to: so we see the ACK that it
// makes for a refused INVITE.
type clientTx struct {
	*sip.ClientTx
	*flow
	key   string
	req   *sip.Request
	final int                 // status of the final response; 0: none yet
	ack   *sip.Request        // what a refused INVITE was acknowledged with
	sent  bool                // another process sent it already
	on    func(*sip.Response) // called for each new response; nil: there will be none
}

// WriteMsg implements sipgo's Connection.
func (tx *clientTx) WriteMsg(m sip.Message) error {
	if req, ok := m.(*sip.Request); ok && req.IsAck() {
		tx.ack = req
	} else if tx.sent {
		return nil
	}
	return tx.flow.WriteMsg(m)
}

// request begins a transaction for a request that is complete but for its Via. on is called on the owner's goroutine
// for each new response, and with nil when there will be none: it timed out or could not be sent.
func (t *transactions) request(req *sip.Request, f *flow, on func(*sip.Response)) *clientTx {
	req.PrependHeader(t.w.via(f))
	return t.resume(req, f, on)
}

// resume is request with the Via that is there: a CANCEL goes by the Via of its INVITE.
func (t *transactions) resume(req *sip.Request, f *flow, on func(*sip.Response)) *clientTx {
	return t.begin(&clientTx{flow: f, req: req, on: on})
}

// adopt is resume for an INVITE that another process sent: it is not sent again, and waits for as long as it takes.
func (t *transactions) adopt(req *sip.Request, f *flow, on func(*sip.Response)) *clientTx {
	tx := t.begin(&clientTx{flow: f, req: req, on: on, sent: true})
	tx.Receive(reply(req, sip.StatusTrying, "Trying"))
	return tx
}

func (t *transactions) begin(tx *clientTx) *clientTx {
	req, f := tx.req, tx.flow
	req.SetTransport(f.network)
	t.w.gate.befriend(f.remote.Addr())
	tx.key, _ = sip.ClientTxKeyMake(req) // fails only without Via or CSeq
	key := tx.key
	tx.ClientTx = sip.NewClientTx(key, req, tx, quiet)
	tx.OnTerminate(func(_ string, err error) { t.in.put(clientGone{tx, err}) })
	t.clients[key] = tx
	t.w.running.Add(1)
	go tx.drain(t.w)
	if err := tx.Init(); err != nil {
		tx.Terminate()
		t.in.put(clientGone{tx, err})
	} else if !f.watch(t.in) {
		t.in.put(flowGone{f})
	}
	return tx
}

// drain takes what sipgo's machine hands up: it does so under its lock, so that nobody else may be waited for. What a
// response means is decided in receive.
func (tx *clientTx) drain(w *Wire) {
	defer w.running.Done()
	for {
		select {
		case <-tx.Done():
			return
		case res := <-tx.Responses():
			if res.StatusCode >= 200 {
				return // nothing is handed up after the final response
			}
		}
	}
}

// receive gives a response to its transaction and, if it is a new one, to the sender of the request; false: there is no such
// transaction.
//
// RFC 3261 §17.1.1.2, §17.1.2.2, RFC 6026 §8.4
func (t *transactions) receive(m *message) bool {
	res := m.res
	key, err := sip.ClientTxKeyMake(res)
	tx := t.clients[key]
	if err != nil || tx == nil {
		return false // RFC 3261 §18.1.2: a stray response is dropped
	}
	if isChallenge(res) && !tx.wentTo(m.from) {
		t.w.log.Warn("a challenge is dropped: it comes from elsewhere than the request went to", zap.Stringer("remote", m.from.remote),
			zap.Stringer("sent_to", tx.flow.remote))
		return true
	}
	invite := tx.req.IsInvite()
	switch {
	case tx.final == 0:
		if res.StatusCode >= 200 {
			tx.final = res.StatusCode
		}
		tx.Receive(res)
		if tx.final != 0 && !invite {
			tx.Terminate() // further copies of the response are strays
		}
	case invite && res.IsSuccess():
		// Another 2xx: the same again, or one from another branch of a fork.
	case invite && tx.final >= 300 && res.StatusCode >= 300:
		// sipgo's machine would wait here for T2 with its lock held.
		if tx.ack != nil {
			_ = tx.flow.WriteMsg(tx.ack) // its loss brings the response again
		}
		return true
	default:
		return true
	}
	if tx.on != nil {
		tx.on(res)
	}
	return true
}

// ended forgets a server transaction.
func (t *transactions) ended(e serverGone) {
	if t.servers[e.tx.key] == e.tx {
		delete(t.servers, e.tx.key)
	}
}

// failed forgets a client transaction and tells its sender, if he still waits.
func (t *transactions) failed(e clientGone) {
	if t.clients[e.tx.key] != e.tx {
		return
	}
	delete(t.clients, e.tx.key)
	e.tx.flow.unwatch(t.in)
	if e.tx.final == 0 {
		e.tx.final = sip.StatusRequestTimeout // RFC 3261 §8.1.3.1
		if e.tx.on != nil {
			e.tx.on(nil)
		}
	}
}

// lost ends the transactions that wait for an answer on a connection that is gone.
func (t *transactions) lost(f *flow) {
	for _, tx := range t.clients {
		if tx.flow == f && tx.final == 0 {
			tx.Terminate() // clientGone follows
		}
	}
}

// waiting says whether any request of ours has no final answer yet.
func (t *transactions) waiting() bool {
	for _, tx := range t.clients {
		if tx.final == 0 {
			return true
		}
	}
	return false
}

// terminate ends all transactions, whatever they wait for.
func (t *transactions) terminate() {
	for _, tx := range t.servers {
		tx.Terminate()
	}
	for _, tx := range t.clients {
		tx.Terminate()
	}
}

// giveUp is how long anything is waited for that the other side has to do.
//
// RFC 3261 §17.1.1.2, §13.3.1.4: 64*T1
func giveUp() time.Duration { return 64 * sip.T1 }
