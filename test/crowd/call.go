package crowd

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Call sends an INVITE to the gateway and returns at once; Wait tells what becomes of it. from is the number that the called
// side is shown.
func (p *Peer) Call(from, number string) (*Leg, error) {
	at := p.Addr()
	l := p.newLeg(number, from, token()+"@"+at.Addr().String())
	l.far = p.Gateway
	l.target = fmt.Sprintf("sip:%s@%s", number, p.Gateway)
	l.local, l.remote = fmt.Sprintf("%q <sip:%s@%s>;tag=%s", l.Name(), from, at.Addr(), token()), "<"+l.target+">"
	if p.Secure {
		l.mine = newKey("1", "AES_CM_128_HMAC_SHA1_80")
	}
	if err := l.enter(); err != nil {
		return nil, err
	}
	p.work.Go(l.place)
	return l, nil
}

// Name is the display name of one who calls; no two are the same.
func (l *Leg) Name() string { return fmt.Sprintf("Customer %d", l.ID) }

func (p *Peer) newLeg(number, caller, callID string) *Leg {
	id := lastID.Add(1)
	l := &Leg{
		ID: id, Number: number, Caller: caller, peer: p, callID: callID, acked: make(chan struct{}), giveUp: make(chan struct{}),
		voice: newVoice(id, p.Tone, p.Clock), acks: map[uint32][]byte{},
	}
	l.since[Calling] = time.Now()
	return l
}

// enter gives the leg its ports and writes it into the peer's book.
func (l *Leg) enter() error {
	p := l.peer
	if err := l.voice.open(p.Bind, p.Addr().Addr()); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.legs[l.callID] = l
	return nil
}

// place carries a leg that we dialled from its INVITE to the answer or the end.
func (l *Leg) place() {
	p := l.peer
	b, branch, far := l.request("INVITE", l.describe("sendrecv"))
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	heard := make(chan struct{}, 1)
	p.work.Go(func() { l.cancel(ctx, branch, heard) })
	r, err := p.ask(ctx, "INVITE", branch, b, far, func(r *sip.Response) {
		select {
		case heard <- struct{}{}:
		default:
		}
		if r.StatusCode > 100 {
			l.reach(Ringing)
		}
	})
	if err != nil {
		l.over(End{})
		return
	}
	l.acknowledge(r, branch)
	if r.StatusCode/100 != 2 {
		p.refused(r)
		l.over(End{Far: true, Status: r.StatusCode, Reason: header(r, "Reason")})
		return
	}
	p.mu.Lock()
	unwanted := l.gaveUp
	p.mu.Unlock()
	if unwanted || l.settle(r.Body()) != nil { // RFC 3261 §9.1: the answer crossed our CANCEL
		_, _ = l.bye(p.ctx) // nobody is left who could be told
		return
	}
	l.reach(Up)
}

// cancel takes the INVITE back when the leg is given up, once something came (RFC 3261 §9.1).
func (l *Leg) cancel(ctx context.Context, branch string, heard <-chan struct{}) {
	select {
	case <-l.giveUp:
	case <-ctx.Done():
		return
	}
	select {
	case <-heard:
	case <-ctx.Done():
		return
	}
	l.peer.mu.Lock()
	b, far := l.write("CANCEL", branch, l.invite, nil), l.far
	l.peer.mu.Unlock()
	_, _ = l.peer.ask(ctx, "CANCEL", branch, b, far, nil) // the INVITE's own answer counts
}

// acknowledge sends the ACK: to a 200 within the dialog (RFC 3261 §13.2.2.4), to anything else as a part of the INVITE's
// transaction (RFC 3261 §17.1.1.3).
func (l *Leg) acknowledge(r *sip.Response, branch string) {
	p, n := l.peer, r.CSeq().SeqNo
	p.mu.Lock()
	if r.StatusCode/100 == 2 {
		l.remote = header(r, "To")
		l.learn(r, true, l.far)
		branch = "z9hG4bK" + token()
	}
	b, far := l.write("ACK", branch, n, nil), l.far
	if r.StatusCode/100 == 2 {
		l.acks[n] = b
	}
	p.mu.Unlock()
	p.send(b, far)
}

func (l *Leg) acknowledgeAgain() {
	l.peer.mu.Lock()
	b, far := l.acks[l.invite], l.far
	l.peer.mu.Unlock()
	if b != nil {
		l.peer.send(b, far)
	}
}

func (p *Peer) legWith(callID string) *Leg {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.legs[callID]
}

// gotInvite begins a leg that came in.
func (p *Peer) gotInvite(r *sip.Request, from netip.AddrPort) {
	tag := token()
	number := r.Recipient.User
	d, err := readSDP(r.Body())
	if err != nil || p.Secure != d.secure {
		p.reply(r, from, 488, tag, nil)
		return
	}
	l := p.newLeg(number, userOf(header(r, "From")), r.CallID().Value())
	l.inbound, l.invited, l.source = true, r, from
	l.local, l.remote = header(r, "To")+";tag="+tag, header(r, "From")
	l.learn(r, false, from)
	var theirs *key
	if p.Secure {
		theirs = d.keys[0]
		l.mine = newKey(theirs.tag, theirs.suite)
	}
	err = l.enter()
	if err == nil {
		err = l.voice.agree(d.at, l.mine, theirs)
	}
	if err != nil {
		p.fault("%v", err)
		p.reply(r, from, 480, tag, nil)
		return
	}
	p.reply(r, from, 100, "", nil)
	p.mu.Lock()
	p.called = append(p.called, l)
	if len(p.called) > 1000 { // nobody fetches them
		p.called = p.called[500:]
	}
	p.ring()
	p.mu.Unlock()
	m := Manner{}
	if p.Answers != nil {
		m = p.Answers(number)
	}
	p.work.Go(func() { l.play(m, tag) })
}

// play does with a leg that came in what its phone's manner is.
func (l *Leg) play(m Manner, tag string) {
	p := l.peer
	p.reply(l.invited, l.source, 180, tag, nil, l.contact())
	l.reach(Ringing)
	if m.Never {
		m.Rings = time.Hour
	}
	if !l.pause(m.Rings) {
		if l.over(End{Near: true, Status: 480}) {
			p.reply(l.invited, l.source, 480, tag, nil)
		}
		return
	}
	if m.Refuses != 0 {
		if l.over(End{Near: true, Status: m.Refuses}) {
			p.reply(l.invited, l.source, m.Refuses, tag, nil)
		}
		return
	}
	if !l.answer(tag) || !l.pause(m.Thinks) {
		return
	}
	for i := range len(m.Presses) {
		if l.Press(p.ctx, m.Presses[i]) != nil {
			return
		}
	}
}

func (l *Leg) contact() string {
	l.peer.mu.Lock()
	defer l.peer.mu.Unlock()
	return strings.TrimSpace(l.peer.contact(l.user()))
}

// pause lets a phone's time pass; false: the leg ended, or is given up.
func (l *Leg) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return l.State() != Over
	case <-l.giveUp:
	case <-l.peer.ctx.Done():
	}
	return false
}

// answer sends 200 and repeats it until ACK (RFC 3261 §13.3.1.4); false: the leg ended.
func (l *Leg) answer(tag string) bool {
	p := l.peer
	if l.State() == Over {
		return false
	}
	b := p.reply(l.invited, l.source, 200, tag, l.describe("sendrecv"), l.contact(), "Content-Type: application/sdp", "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS")
	l.reach(Up)
	wait := t1
	again, late := time.NewTimer(wait), time.NewTimer(lifetime)
	defer again.Stop()
	defer late.Stop()
	for {
		select {
		case <-l.acked:
			return true
		case <-again.C:
			p.send(b, l.source)
			wait = min(2*wait, t2)
			again.Reset(wait)
		case <-late.C:
			_, _ = l.bye(p.ctx) // nobody is left who could be told
			return false
		case <-l.giveUp:
			return false
		case <-p.ctx.Done():
			return false
		}
	}
}

// gotRequest answers a request. It runs on the peer's reader, so that requests are handled in the order they came.
func (p *Peer) gotRequest(r *sip.Request, from netip.AddrPort) {
	if r.CallID() == nil || r.To() == nil || r.From() == nil || r.CSeq() == nil || r.Via() == nil {
		p.fault("got a request without a header that it must have: %s", r.Short())
		return
	}
	l := p.legWith(r.CallID().Value())
	if r.Method == sip.ACK {
		l.gotACK(r)
		return
	}
	p.mu.Lock()
	b, repeated := p.replies[transaction(r)]
	p.mu.Unlock()
	if repeated {
		p.send(b, from)
		return
	}
	_, inDialog := r.To().Params.Get("tag")
	switch {
	case r.Method == sip.CANCEL:
		p.gotCancel(r, from, l)
	case r.Method == sip.NOTIFY && p.gotNotify(r):
		p.reply(r, from, 200, "", nil)
	case inDialog && l == nil:
		if r.Method == sip.BYE {
			p.crosses(r.CallID().Value())
		}
		p.reply(r, from, 481, "", nil)
	case inDialog:
		l.gotInDialog(r, from)
	case r.Method == sip.INVITE:
		p.gotInvite(r, from)
	case r.Method == sip.OPTIONS || r.Method == sip.NOTIFY:
		p.reply(r, from, 200, token(), nil)
	default:
		p.reply(r, from, 405, token(), nil)
	}
}

func (l *Leg) gotACK(r *sip.Request) {
	if l == nil || !l.inbound || r.CSeq().SeqNo != l.invited.CSeq().SeqNo {
		return
	}
	l.peer.mu.Lock()
	defer l.peer.mu.Unlock()
	select {
	case <-l.acked:
	default:
		close(l.acked)
	}
}

// gotCancel is RFC 3261 §9.2.
func (p *Peer) gotCancel(r *sip.Request, from netip.AddrPort, l *Leg) {
	if l == nil || !l.inbound {
		p.reply(r, from, 481, token(), nil)
		return
	}
	p.reply(r, from, 200, token(), nil)
	if l.State() < Up && l.over(End{Far: true, Status: 487, Reason: header(r, "Reason")}) {
		tag := l.local[len(header(l.invited, "To"))+len(";tag="):]
		p.reply(l.invited, l.source, 487, tag, nil)
	}
}

func (l *Leg) gotInDialog(r *sip.Request, from netip.AddrPort) {
	p := l.peer
	switch r.Method {
	case sip.BYE:
		l.over(End{Far: true, Reason: header(r, "Reason")})
		p.reply(r, from, 200, "", nil)
	case sip.INVITE:
		p.mu.Lock()
		l.touched++
		l.target = uriOf(header(r, "Contact"))
		p.mu.Unlock()
		if len(r.Body()) > 0 {
			if err := l.settle(r.Body()); err != nil {
				p.reply(r, from, 488, "", nil)
				return
			}
		}
		d, _ := readSDP(r.Body()) // an INVITE without a description is answered with an offer
		p.reply(r, from, 200, "", l.describe(mirrored(d.direction)), l.contact(), "Content-Type: application/sdp")
	case sip.OPTIONS, sip.NOTIFY, sip.INFO:
		p.reply(r, from, 200, "", nil)
	default:
		p.reply(r, from, 405, "", nil)
	}
}

func mirrored(direction string) string {
	switch direction {
	case "sendonly":
		return "recvonly"
	case "recvonly":
		return "sendonly"
	case "inactive":
		return "inactive"
	}
	return "sendrecv"
}
