package gateway

import (
	"context"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// stillness is a loop that stands still between two steps.
type stillness struct {
	l      *loop
	goOn   chan struct{}
	waited []letter        // that unheard took out of the mailbox
	drain  *telagent.Drain // that is under way; nil: none
}

// pause lets the loop stand still when everything that is in the mailbox is handled. The error is that of ctx, or says that
// it ends.
func (l *loop) pause(ctx context.Context) (*stillness, error) {
	s, stands := &stillness{l: l, goOn: make(chan struct{})}, make(chan struct{})
	err := l.put(ctx, reading(func(now time.Time, f *telagent.Floor) {
		s.drain = f.DrainAgain(now)
		l.waits.ended() // who waits for it to go on does not wait because there is too much to do
		close(stands)
		select {
		case <-s.goOn:
			for _, m := range s.waited { // before anything that came since
				l.step(m.in)
			}
		case <-l.quit:
		}
	}))
	if err != nil {
		return nil, err
	}
	select {
	case <-stands:
		return s, nil
	case <-l.done:
		return nil, errStopped
	}
}

// unheard takes the facts out of the mailbox that came since.
func (s *stillness) unheard() (facts []call.Event) {
	for {
		select {
		case m := <-s.l.inbox:
			s.waited = append(s.waited, letter{in: m.in})
			if e, is := m.in.(call.Event); is {
				facts = append(facts, e)
			}
		default:
			return facts
		}
	}
}

// resume lets the loop go on with what waited.
func (s *stillness) resume() { close(s.goOn) }
