package demo

import (
	"fmt"
	"net"
	"slices"
	"time"
)

// gotRequest answers a request. It runs on the robot's reader, so that requests are handled in the order they came.
func (r *Robot) gotRequest(m *message, from *net.UDPAddr) {
	l := r.legOf(m)
	if m.method == "ACK" {
		r.gotACK(m, l)
		return
	}
	if r.repeated(m, from) {
		return
	}
	r.judgeRequest(m)
	inDialog := param(m.get("To"), "tag") != ""
	switch {
	case m.method == "CANCEL":
		r.gotCancel(m, from, l)
	case m.method == "OPTIONS":
		r.reply(m, from, 200, newToken(), allowed)
	case inDialog && l == nil: // RFC 3261 §12.2.2
		r.reply(m, from, 481, newToken(), nil)
	case inDialog:
		l.gotInDialog(m, from)
	case m.method == "INVITE":
		r.gotInvite(m, from)
	case m.method == "REGISTER" && r.o.bound != nil:
		r.o.bound(address(m.get("Contact")))
		r.reply(m, from, 200, newToken(), func(ok *message) { ok.add("Contact", m.get("Contact")) })
	default:
		r.reply(m, from, 405, newToken(), allowed)
	}
}

func allowed(m *message) { m.add("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS") }

// legOf returns the live leg that a request belongs to. RFC 3261 §12.2.2: by Call-ID and the tag that is ours; a CANCEL
// and the ACK to a refusal go by the transaction.
func (r *Robot) legOf(m *message) *Leg {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.legs[m.get("Call-ID")]
	if l == nil || m.method == "CANCEL" || m.method == "ACK" {
		return l
	}
	if param(m.get("To"), "tag") != param(l.local, "tag") {
		return nil
	}
	return l
}

func (r *Robot) gotACK(m *message, l *Leg) {
	if l == nil || !l.inbound {
		return // of a re-INVITE that we answered, or of a refusal: nothing is repeated for it
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	want, _ := l.invited.cseq()
	if n, _ := m.cseq(); n != want {
		return
	}
	select {
	case <-l.acked:
	default:
		close(l.acked)
	}
}

// gotCancel is RFC 3261 §9.2.
func (r *Robot) gotCancel(m *message, from *net.UDPAddr, l *Leg) {
	if l == nil || !l.inbound || l.invited.branch() != m.branch() {
		r.reply(m, from, 481, newToken(), nil)
		return
	}
	r.reply(m, from, 200, param(l.local, "tag"), nil)
	if l.end(Ending{By: Far, Status: 487, Reason: m.get("Reason")}, Up) {
		// todo RFC 3261 §17.2.1: a refusal is not repeated until its ACK; loopback loses nothing
		r.reply(l.invited, l.source, 487, param(l.local, "tag"), nil)
	}
}

// gotInDialog answers a request within a dialog, and remembers whether it could change it.
func (l *Leg) gotInDialog(m *message, from *net.UDPAddr) {
	l.judgeDialog(m)
	r := l.robot
	if m.method == "BYE" {
		l.over(Ending{By: Far, Reason: m.get("Reason")})
		r.reply(m, from, 200, "", nil)
		return
	}
	r.mu.Lock()
	l.changes = append(l.changes, m.method)
	if m.method == "INVITE" {
		l.retarget(m)
	}
	d := l.sdp
	r.mu.Unlock()
	if m.method != "INVITE" {
		r.reply(m, from, 405, "", allowed)
		return
	}
	if len(m.body) > 0 {
		far, err := parseSDP(m.body)
		if err == nil {
			d, err = d.agree(far)
		}
		if err != nil {
			r.reply(m, from, 488, "", nil)
			return
		}
		l.audio.agree(far, d.laws[0])
	}
	l.replyUp(m, from, d)
}

// gotInvite begins an inbound leg and hands it to its script.
func (r *Robot) gotInvite(m *message, from *net.UDPAddr) {
	tag := newToken()
	if r.o.AskUser != "" && !r.proven(m) {
		r.reply(m, from, 407, tag, func(m *message) {
			for _, a := range []string{"SHA-256", "MD5"} {
				m.add("Proxy-Authenticate", fmt.Sprintf(`Digest realm="%s", nonce="%s", qop="auth", algorithm=%s`, r.o.Name, r.nonce, a))
			}
		})
		return
	}
	r.mu.Lock()
	s, known := r.phones[userOf(m.uri)]
	r.mu.Unlock()
	if !known && r.o.Script != nil {
		s, known = *r.o.Script, true
	}
	if !known {
		r.reply(m, from, 404, tag, nil)
		return
	}
	n, _ := m.cseq()
	l := &Leg{
		robot: r, inbound: true, callID: m.get("Call-ID"), number: userOf(m.uri), caller: userOf(address(m.get("From"))),
		shown: m.get("From"), giveUp: make(chan struct{}), acked: make(chan struct{}), far: from, source: from, invited: m,
		local: m.get("To") + ";tag=" + tag, remote: m.get("From"), remoteTag: param(m.get("From"), "tag"), remoteSeq: n,
	}
	l.learn(m)
	if s.Tone == 0 {
		s.Tone = r.o.Tone
	}
	if err := l.open(s.Tone); err != nil {
		r.reply(m, from, 486, tag, nil)
		return
	}
	r.reply(m, from, 100, "", nil)
	select {
	case r.incoming <- l:
	default: // nobody fetches them
	}
	r.start(func() { l.play(s) })
}

func (r *Robot) proven(m *message) bool {
	c := credentials{user: r.o.AskUser, password: r.o.AskPassword}
	return slices.ContainsFunc(whole(m, "Proxy-Authorization"), func(v string) bool { return c.proves(v, r.nonce, m.method) })
}

// play carries an inbound leg through its script.
func (l *Leg) play(s Script) {
	r, tag := l.robot, param(l.local, "tag")
	offer, err := parseSDP(l.invited.body)
	mine := description{addr: l.audio.conn.LocalAddr().(*net.UDPAddr), laws: r.o.Laws, keys: keyPayload}
	if err == nil {
		mine, err = mine.agree(offer)
	}
	if err != nil {
		r.fault("INVITE without usable SDP: %v", err)
		l.refuse(488)
		return
	}
	l.audio.agree(offer, mine.laws[0])
	if s.Refuses == 0 || s.Rings > 0 {
		r.reply(l.invited, l.source, 180, tag, func(m *message) { m.add("Contact", r.contact(l.number)) })
		l.reach(Ringing)
	}
	if !l.pause(s.Rings) {
		l.refuse(480)
		return
	}
	if s.Refuses != 0 {
		l.refuse(s.Refuses)
		return
	}
	if !l.answer(mine) {
		return
	}
	if !l.pause(s.Thinks) {
		return
	}
	for _, key := range s.Presses {
		if _, err := l.Press(r.ctx, string(key)); err != nil {
			return // the leg ended under the finger
		}
	}
	if s.Talks > 0 && l.pause(s.Talks) {
		_ = l.bye(r.ctx) // nobody is left who could be told
	}
}

// pause lets a phone's time pass; false: the leg ended, or the robot wants to end it.
func (l *Leg) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.giveUp:
	case <-l.audio.quit:
	case <-l.robot.ctx.Done():
	}
	return false
}

// refuse sends a final refusal, unless the leg is over already.
func (l *Leg) refuse(status int) {
	if l.end(Ending{By: Near, Status: status}, Up) {
		l.robot.reply(l.invited, l.source, status, param(l.local, "tag"), nil)
	}
}

// answer sends 200 and repeats it until ACK (RFC 3261 §13.3.1.4); false: the leg ended.
func (l *Leg) answer(d description) bool {
	r := l.robot
	r.mu.Lock()
	if l.state == Over { // cancelled this moment
		r.mu.Unlock()
		return false
	}
	l.state, l.since[Up], l.sdp = Up, time.Now(), d
	r.mu.Unlock()
	b := l.replyUp(l.invited, l.source, d)
	l.reach(Up)
	wait, timer := t1, time.NewTimer(t1)
	defer timer.Stop()
	late := time.NewTimer(lifetime)
	defer late.Stop()
	for {
		select {
		case <-l.acked:
			return true
		case <-timer.C:
			r.send(b, l.source)
			wait = min(2*wait, t2)
			timer.Reset(wait)
		case <-late.C:
			r.fault("200 never acknowledged")
			_ = l.bye(r.ctx) // nobody is left who could be told
			return false
		case <-l.audio.quit:
			return false
		case <-r.ctx.Done():
			return false
		}
	}
}

func (l *Leg) replyUp(m *message, from *net.UDPAddr, d description) []byte {
	body := d.bytes(l.nextVersion())
	return l.robot.reply(m, from, 200, param(l.local, "tag"), func(m *message) {
		m.add("Contact", l.robot.contact(l.number))
		m.add("Content-Type", "application/sdp")
		m.body = body
	})
}
