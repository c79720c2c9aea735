package sip

import (
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

// urgency is how much a subscription wants a NOTIFY.
type urgency uint8

const (
	unwanted urgency = iota
	whenDue          // as soon as the rate allows it
	atOnce           // it was asked for, or it is the last one
)

// wants asks for a NOTIFY. What is wanted already is not wanted less.
func (s *watch) wants(u urgency) { s.want = max(s.want, u) }

// pause stops waiting until the rate allows another NOTIFY.
func (s *watch) pause() {
	if s.delay != nil {
		s.delay.Stop()
		s.delay = nil
	}
}

// tell sends the NOTIFY that a subscription wants, or sees to it that it is sent later: never two at once, so that they
// cannot overtake each other, not more often than the event package allows, and few at once to one watcher. What changes
// meanwhile is in it.
//
// RFC 6665 §4.2.2, §5.4.10
func (b *board) tell(s *watch) {
	if s.want == unwanted || s.waits || s.queued || s.phase == hasLeft {
		return
	}
	if b.isAway(s) {
		b.later(s, awayLook)
		return
	}
	at := time.Now()
	earliest := s.pace.Add(-(burst - 1) * s.event.every)
	if s.want == whenDue && at.Before(earliest) {
		b.later(s, earliest.Sub(at))
		return
	}
	s.pause()
	if !b.turns.takes(s) {
		return
	}
	s.want = unwanted
	if s.pace.Before(at) {
		s.pace = at
	} else if most := at.Add(burst * s.event.every); s.pace.After(most) {
		s.pace = most // who asked often waits no longer for it
	}
	s.pace = s.pace.Add(s.event.every)
	b.send(s)
}

// later tells after a while.
func (b *board) later(s *watch, d time.Duration) {
	if s.delay != nil {
		return
	}
	s.delay = time.AfterFunc(d, func() {
		b.in.put(func() {
			s.delay = nil
			b.tell(s)
		})
	})
}

// send sends a NOTIFY. A phone is reached where its SUBSCRIBE came from; if that connection is gone, so is the watcher.
func (b *board) send(s *watch) {
	f := b.w.flowAt(s.dialog.Network, s.dialog.Local, s.dialog.Remote)
	req, err := b.notify(s)
	if f == nil || err != nil {
		b.drop(s)
		return
	}
	if b.w.reload != nil {
		s.dialog = b.w.reload(s.dialog)
	}
	if s.phase == leaving {
		s.phase = hasLeft
	} else if s.dialog.LocalSeq+spareSeq/2 > s.ceiling {
		b.keep(s)
	}
	// The answer may be here before the request was sent: a reader has to know it.
	req.SetTransport(f.network)
	req.PrependHeader(b.w.via(f))
	key, _ := sip.ClientTxKeyMake(req) // fails only without Via or CSeq
	b.mu.Lock()
	b.asked[key] = struct{}{}
	b.mu.Unlock()
	s.waits = true
	l := s.line()
	b.turns.under[l]++
	b.tx.resume(req, f, func(res *sip.Response) {
		if res != nil && res.IsProvisional() {
			return
		}
		b.mu.Lock()
		delete(b.asked, key)
		b.mu.Unlock()
		s.waits = false
		b.turn(l)
		b.answered(s, res)
	})
}

// notify makes a NOTIFY with the newest state, complete but for its Via.
//
// RFC 6665 §4.2.2, §8.2.3
func (b *board) notify(s *watch) (*sip.Request, error) {
	req, err := s.dialog.request(sip.NOTIFY)
	if err != nil {
		return nil, err
	}
	if uri, err := parseURI(s.dialog.Contact); err == nil {
		req.AppendHeader(&sip.ContactHeader{Address: uri})
	}
	event := s.event.name
	if s.id != "" {
		event += ";id=" + s.id
	}
	req.AppendHeader(sip.NewHeader("Event", event))
	state := "terminated;reason=" + s.reason
	if s.phase == watching {
		state = "active;expires=" + seconds(max(0, time.Until(s.expires)+time.Second-1))
	}
	req.AppendHeader(sip.NewHeader("Subscription-State", state))
	if p, known := b.find(s.aor); known {
		kind := sip.ContentTypeHeader(s.event.media)
		req.AppendHeader(&kind)
		req.SetBody(s.event.body(b, s, p))
	}
	return req, nil
}

// answered takes the final answer to a NOTIFY; nil: none came. Whoever does not take it is no watcher any more, unless
// he says when to try again.
//
// RFC 6665 §4.2.2
func (b *board) answered(s *watch, res *sip.Response) {
	status := 0
	if res != nil {
		status = res.StatusCode
	}
	switch wait, again := retryAfter(res); {
	case s.phase == hasLeft:
		b.drop(s)
	case status >= 200 && status < 300:
		s.unsure = false
		b.tell(s)
	case again && s.phase == watching:
		s.wants(whenDue)
		if least := time.Now().Add(wait + (burst-1)*s.event.every); s.pace.Before(least) {
			s.pace = least
		}
		b.tell(s)
	default:
		b.w.log.Info("a watcher is gone", zap.String("user", s.user), zap.String("aor", s.aor), zap.Int("status", status))
		b.drop(s)
	}
}

// retryAfter returns when a refused request may be tried again, within reason; false: never.
//
// RFC 3261 §20.33
func retryAfter(res *sip.Response) (time.Duration, bool) {
	if res == nil || res.IsSuccess() {
		return 0, false
	}
	text, has := value(res, "Retry-After")
	if !has {
		return 0, false
	}
	end := 0
	for end < len(text) && '0' <= text[end] && text[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(text[:end])
	if err != nil || n > int(leastExpires/time.Second) {
		return 0, false
	}
	return time.Duration(n) * time.Second, true
}
