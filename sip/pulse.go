package sip

import (
	"crypto/rand"
	"maps"
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// pulse asks phones again and again whether they are there (OPTIONS), each over the flow that it registered over: all of
// them in turn, spread over the time that Options.AskPhones says, and at once those that somebody doubts. It is the queue of
// the Call-ID of its questions.
//
// Any final answer is a sign of life, also one that comes when it is not waited for any more. One that is not answered in time is asked once more right then; twice in a row is
// Missed, if it ever answered before: a phone that knows no OPTIONS says nothing by its silence.
//
// RFC 3261 §11
type pulse struct {
	w      *Wire
	every  time.Duration
	callID string
	tag    string
	in     *inbox
	tx     transactions
	seq    uint32

	turn    []string            // addresses of record in the order in which they are asked
	inTurn  map[string]struct{} // those in it
	doubted []string            // those to be asked first
	inDoubt map[string]struct{}
	asking  map[question]*clientTx // no answer yet
	late    lateAnswers
	swept   map[netip.Prefix]time.Time
	share   float64 // of a question that the last ticks left
}

// question is whom one OPTIONS asks.
type question struct{ aor, contact string }

const (
	pulseTick    = 100 * time.Millisecond
	answerTime   = 2 * time.Second // a question is sent three times in it, see RFC 3261 §17.1.2.2
	mostAsking   = 500             // questions a second: with more phones than that allows, a turn takes longer
	doubtsAtMost = 10_000          // further doubts are left to the phone's turn
	sweepEvery   = 10 * time.Second
)

func newPulse(w *Wire) *pulse {
	p := &pulse{
		w: w, every: w.o.AskPhones, callID: rand.Text(), tag: rand.Text(), in: newInbox(boardLimit), inTurn: make(map[string]struct{}),
		inDoubt: make(map[string]struct{}), asking: make(map[question]*clientTx), swept: make(map[netip.Prefix]time.Time),
	}
	p.tx = newTransactions(w, p.in)
	w.mu.Lock()
	w.queues[p.callID] = p.in
	w.mu.Unlock()
	return p
}

// What the pulse is told: something speaks against an address of record's being there; one is bound that was not before; a
// phone at an IP address is gone, so that its neighbours behind the same line may be as well.
type (
	doubt    struct{ aor string }
	newcomer struct{ aor string }
	loss     struct{ at netip.Addr }
)

// run asks until the wire closes.
func (p *pulse) run() {
	defer p.w.running.Done()
	defer p.tx.terminate()
	tick := time.NewTicker(pulseTick)
	defer tick.Stop()
	for {
		select {
		case <-p.w.ctx.Done():
			return
		case <-tick.C:
			p.beat()
		case <-p.in.wake:
			for item, ok := p.in.take(); ok; item, ok = p.in.take() {
				if _, end := item.(closing); end {
					for !p.w.retire(p.callID, p.in) {
						p.in.take()
					}
					return
				}
				p.step(item)
			}
		}
	}
}

func (p *pulse) step(item any) {
	defer p.w.survive("answer of a phone", source{})
	switch item := item.(type) {
	case *message:
		if q, late := p.late.take(item.res, time.Now()); late {
			p.answered(q, item.res.StatusCode)
		} else if item.res != nil {
			p.tx.receive(item)
		} else {
			p.w.stray(item)
		}
	case serverGone:
		p.tx.ended(item)
	case clientGone:
		p.tx.failed(item)
	case flowGone:
		p.tx.lost(item.flow)
	case doubt:
		p.doubts(item.aor)
	case newcomer:
		if _, is := p.inTurn[item.aor]; !is {
			p.inTurn[item.aor] = struct{}{}
			p.turn = append(p.turn, item.aor)
		}
		p.doubts(item.aor)
	case loss:
		p.sweep(item.at, time.Now())
	case func():
		item()
	}
}

// doubts lets an address of record be asked before its turn.
func (p *pulse) doubts(aor string) {
	if _, is := p.inDoubt[aor]; is || len(p.doubted) >= doubtsAtMost {
		return
	}
	p.inDoubt[aor] = struct{}{}
	p.doubted = append(p.doubted, aor)
}

// sweep doubts every phone that registered from the same address, or IPv6 network, unless that was done a moment ago.
func (p *pulse) sweep(at netip.Addr, now time.Time) {
	bits := 64
	if at.Is4() {
		bits = 32
	}
	line, err := at.Prefix(bits)
	if err != nil || now.Sub(p.swept[line]) < sweepEvery {
		return
	}
	maps.DeleteFunc(p.swept, func(_ netip.Prefix, t time.Time) bool { return now.Sub(t) >= sweepEvery })
	p.swept[line] = now
	for _, aor := range p.w.desk.registrar.within(line) {
		p.doubts(aor)
	}
}

// beat asks those who are doubted, and as many of the others as are due in a tick.
func (p *pulse) beat() {
	defer p.w.survive("list of phones", source{})
	room := int(mostAsking * pulseTick / time.Second)
	for room > 0 && len(p.doubted) > 0 {
		aor := p.doubted[0]
		p.doubted = p.doubted[1:]
		delete(p.inDoubt, aor)
		room -= p.ask(aor, p.w.desk.registrar.contacts(aor), true)
	}
	p.share += float64(len(p.turn)) * float64(pulseTick) / float64(p.every)
	for ; p.share >= 1 && len(p.turn) > 0; p.share-- {
		if room <= 0 {
			p.share = 0
			return
		}
		aor := p.turn[0]
		p.turn = p.turn[1:]
		contacts := p.w.desk.registrar.contacts(aor)
		if len(contacts) == 0 {
			delete(p.inTurn, aor) // it is a newcomer again when it comes back
			continue
		}
		p.turn = append(p.turn, aor)
		room -= p.ask(aor, contacts, false)
	}
}

// ask asks the contacts of an address of record, out of doubt alone those that do not serve OPTIONS, and returns how many.
func (p *pulse) ask(aor string, contacts []contact, doubted bool) (asked int) {
	for _, c := range contacts {
		if c.serves || doubted {
			p.send(aor, c)
			asked++
		}
	}
	return asked
}

// send sends one OPTIONS, over the flow that the phone registered over and no other.
//
// RFC 3261 §11.1, RFC 5626 §5.3
func (p *pulse) send(aor string, c contact) {
	q := question{aor, c.text}
	f := c.src.flow
	if c.src.network == "UDP" {
		f = p.w.flowAt("UDP", c.src.local, c.src.remote)
	}
	if p.asking[q] != nil || f == nil || !f.alive() {
		return
	}
	p.seq++
	req, err := p.w.optionsFor(f, c.uri, p.callID, p.tag, p.seq, c.path...)
	if err != nil {
		return // its path was read when it was bound
	}
	tx := p.tx.request(req, f, func(res *sip.Response) {
		if res != nil && !res.IsProvisional() {
			p.answered(q, res.StatusCode)
		}
	})
	p.asking[q] = tx
	// A question that could not be sent is one without an answer.
	afterAwake(answerTime, func() { p.in.put(func() { p.unanswered(q, tx) }) })
}

// answered notes an answer, whatever it says.
func (p *pulse) answered(q question, status int) {
	delete(p.asking, q)
	serves := status != sip.StatusMethodNotAllowed && status != sip.StatusNotImplemented
	p.w.desk.registrar.answered(q, serves)
}

// unanswered gives a question up when its time is over and nothing came.
func (p *pulse) unanswered(q question, tx *clientTx) {
	if p.asking[q] != tx {
		return
	}
	delete(p.asking, q)
	p.late.giveUp(tx.key, q, time.Now())
	tx.on = nil
	tx.Terminate()
	again, lost := p.w.desk.registrar.unanswered(q)
	if lost.IsValid() {
		p.sweep(lost, time.Now())
	}
	for _, c := range p.w.desk.registrar.contacts(q.aor) {
		if again && c.text == q.contact {
			p.send(q.aor, c)
		}
	}
}

// optionsFor makes an OPTIONS outside of all dialogs, complete but for its Via.
//
// RFC 3261 §11.1
func (w *Wire) optionsFor(f *flow, target sip.Uri, callID, tag string, seq uint32, routes ...string) (*sip.Request, error) {
	req := sip.NewRequest(sip.OPTIONS, target)
	hops := sip.MaxForwardsHeader(70)
	id := sip.CallIDHeader(callID)
	req.AppendHeader(&hops)
	sips := target.IsEncrypted()
	for i, text := range routes {
		r, err := parseURI(text)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			sips = sips || r.IsEncrypted()
		}
		req.AppendHeader(&sip.RouteHeader{Address: r})
	}
	us := w.contact(f, sips)
	req.AppendHeader(&sip.FromHeader{Address: us, Params: sip.HeaderParams{{K: "tag", V: tag}}})
	req.AppendHeader(&sip.ToHeader{Address: target})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: sip.OPTIONS})
	req.AppendHeader(&sip.ContactHeader{Address: us})
	req.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
	req.AppendHeader(sip.NewHeader("User-Agent", product))
	req.SetBody(nil)
	return req, nil
}

// Ask asks the far side of a leg at once whether it is there, because something speaks against it, such as silence. Of a phone
// what comes of it is told as Missed or Seen of its Answers, where phones are asked at all. A leg over a trunk is asked again
// and again until it is Heard, and has Ended when there is no answer. It never blocks.
func (w *Wire) Ask(leg call.LegID) {
	w.mu.Lock()
	in := w.legs[leg]
	w.mu.Unlock()
	if in != nil {
		in.put(inquiry{leg})
	}
}

// doubt tells the pulse something, where there is one.
func (w *Wire) doubt(what any) {
	if w.pulse != nil {
		w.pulse.in.put(what)
	}
}

// inquiry asks a leg's phone whether it is there.
type inquiry struct{ leg call.LegID }

// inquire hands the question on, with the phone's name, or asks the trunk.
func (q *queue) inquire(id call.LegID) {
	switch l := q.leg(id); {
	case l == nil || l.dialog == nil:
	case l.dialog.AOR != "":
		q.w.doubt(doubt{l.dialog.AOR})
	default:
		l.doubt()
	}
}
