package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// Call sends an INVITE to a SIP URI with an IP address in it, and returns at once; Wait tells what becomes of it. from
// is the number that the called side is shown; empty: the robot's user.
func (r *Robot) Call(from, uri string) (*Leg, error) {
	far, err := net.ResolveUDPAddr("udp4", hostOf(uri))
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", uri, err)
	}
	if from == "" {
		from = r.o.User
	}
	host := r.o.Domain
	if host == "" {
		host = r.at.IP.String()
	}
	l := &Leg{
		robot: r, callID: newToken() + "@" + r.at.IP.String(), number: userOf(uri), caller: from, far: far, target: uri,
		giveUp: make(chan struct{}), acked: make(chan struct{}),
		local: fmt.Sprintf("<sip:%s@%s>;tag=%s", from, host, newToken()), remote: "<" + uri + ">",
	}
	if err := l.open(r.o.Tone); err != nil {
		return nil, fmt.Errorf("call %s: %w", uri, err)
	}
	l.sdp = description{addr: l.audio.conn.LocalAddr().(*net.UDPAddr), laws: r.o.Laws, keys: keyPayload, direction: "sendrecv"}
	r.start(l.place)
	return l, nil
}

// open makes the leg's audio and enters it into the robot's book.
func (l *Leg) open(tone Sound) error {
	r := l.robot
	a, err := newAudio(r.at.IP, tone, &r.news)
	if err != nil {
		return err
	}
	a.quietKeys = r.o.QuietKeys
	l.audio = a
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || len(r.legs) == maxLegs {
		defer a.close()
		return fmt.Errorf("%s takes no more calls", r.o.Name)
	}
	r.legs[l.callID] = l
	l.since[Calling] = time.Now()
	return nil
}

// place carries an outbound leg from INVITE to its answer or its end.
func (l *Leg) place() {
	final, err := l.invite(l.robot.ctx, l.sdp.bytes(l.nextVersion()))
	switch {
	case err != nil:
		l.over(Ending{By: Nobody})
	case final.status/100 != 2:
		l.over(Ending{By: Far, Status: final.status, Reason: final.get("Reason")})
	default:
		l.robot.mu.Lock()
		gaveUp := l.gaveUp
		l.robot.mu.Unlock()
		if gaveUp { // RFC 3261 §9.1: the answer crossed our CANCEL
			_ = l.bye(l.robot.ctx) // nobody is left who could be told
			return
		}
		l.reach(Up)
	}
}

// invite sends an INVITE with that body, within the dialog if there is one, answers challenges, and returns the final
// response, acknowledged. What a 200 settles is taken over.
func (l *Leg) invite(ctx context.Context, body []byte) (*message, error) {
	authorization := header{}
	for range 2 {
		m := l.request("INVITE")
		m.add("Contact", l.robot.contact(l.caller))
		m.add("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS")
		if authorization.name != "" {
			m.headers = append(m.headers, authorization)
		}
		m.add("Content-Type", "application/sdp")
		m.body = body
		final, err := l.finish(ctx, m)
		if err != nil {
			return nil, err
		}
		l.acknowledge(m, final)
		ask, reply := "WWW-Authenticate", "Authorization"
		switch {
		case final.status/100 == 2:
			return final, l.settle(final)
		case final.status == 407:
			ask, reply = "Proxy-Authenticate", "Proxy-Authorization"
		case final.status != 401:
			return final, nil
		}
		if !l.robot.hasAccount() {
			return final, nil
		}
		value, err := l.robot.account().answer(whole(final, ask), "INVITE", m.uri)
		if err != nil {
			return nil, err
		}
		if authorization.name != "" {
			return final, nil
		}
		authorization = header{reply, value}
	}
	return nil, errors.New("challenged twice")
}

// finish waits for the final response to an INVITE. When the robot gives up meanwhile, it sends CANCEL once something
// came (RFC 3261 §9.1), and waits on.
func (l *Leg) finish(ctx context.Context, m *message) (*message, error) {
	t := l.robot.begin(m, l.peer())
	defer t.end()
	giveUp, unwanted := l.giveUp, false
	for {
		got, err := t.next(ctx, giveUp)
		switch {
		case errors.Is(err, errGaveUp):
			giveUp, unwanted = nil, true
		case err != nil:
			return nil, err
		case got.status >= 200:
			return got, nil
		case got.status > 100:
			l.reach(Ringing)
		}
		if unwanted && t.answered {
			unwanted = false
			l.cancel(m)
			var end context.CancelFunc
			ctx, end = context.WithTimeout(ctx, lifetime)
			defer end()
		}
	}
}

// cancel takes an INVITE back: same branch, same CSeq number (RFC 3261 §9.1).
func (l *Leg) cancel(invite *message) {
	m := &message{method: "CANCEL", uri: invite.uri}
	for _, name := range []string{"Via", "Max-Forwards", "From", "To", "Call-ID"} {
		m.add(name, invite.get(name))
	}
	n, _ := invite.cseq()
	m.add("CSeq", fmt.Sprintf("%d CANCEL", n))
	l.robot.send(m.bytes(), l.peer())
}

// acknowledge sends the ACK: to a 200 within the new dialog (RFC 3261 §13.2.2.4), to anything else as a part of the
// INVITE's transaction (§17.1.1.3).
func (l *Leg) acknowledge(invite, final *message) {
	n, _ := invite.cseq()
	r := l.robot
	r.mu.Lock()
	defer r.mu.Unlock()
	if final.status/100 == 2 {
		l.remote, l.remoteTag = final.get("To"), param(final.get("To"), "tag")
		l.learn(final)
		l.ack = l.within("ACK", n).bytes()
		r.send(l.ack, l.far)
		return
	}
	m := &message{method: "ACK", uri: invite.uri}
	for _, name := range []string{"Via", "Max-Forwards", "From"} {
		m.add(name, invite.get(name))
	}
	m.add("To", final.get("To"))
	m.add("Call-ID", invite.get("Call-ID"))
	m.add("CSeq", fmt.Sprintf("%d ACK", n))
	r.send(m.bytes(), l.far)
}

// settle takes the answer's description over into the audio.
func (l *Leg) settle(final *message) error {
	far, err := parseSDP(final.body)
	if err != nil {
		l.robot.fault("answer without usable SDP: %v", err)
		return fmt.Errorf("%s: read the answer's SDP: %w", l, err)
	}
	l.audio.agree(far, far.laws[0])
	return nil
}

func (l *Leg) nextVersion() int {
	l.robot.mu.Lock()
	defer l.robot.mu.Unlock()
	l.sdpVersion++
	return l.sdpVersion
}

// Hold puts the far side on hold by a re-INVITE (RFC 3264 §8.4), and Resume takes it off.
func (l *Leg) Hold(ctx context.Context) error { return l.modify(ctx, "sendonly") }

// Resume takes the far side off hold.
func (l *Leg) Resume(ctx context.Context) error { return l.modify(ctx, "sendrecv") }

func (l *Leg) modify(ctx context.Context, direction string) error {
	l.robot.mu.Lock()
	l.sdp.direction = direction
	d := l.sdp
	l.robot.mu.Unlock()
	final, err := l.invite(ctx, d.bytes(l.nextVersion()))
	if err != nil {
		return fmt.Errorf("%s: re-INVITE: %w", l, err)
	}
	if final.status/100 != 2 {
		return fmt.Errorf("%s: re-INVITE: %d %s", l, final.status, final.reason)
	}
	return nil
}
