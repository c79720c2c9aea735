//go:build peers || chaos

package chaos

import (
	"context"
	"fmt"
	"sync"
	"time"

	"telagent-gateway/test/crowd"
)

// onTheWay is how long after a kill packets of before it may be read at most.
const onTheWay = 100 * time.Millisecond

// judged is what became of the calls that were up when a fault struck.
type judged struct {
	up, lost int
	longest  time.Duration // in which one of a pair did not hear the other
	late     time.Duration // by how much the crowd's own clock was late: what this machine adds
	faults   []string      // each as a sentence; none: all is well
}

func (j *judged) fault(format string, args ...any) {
	if len(j.faults) < 12 {
		j.faults = append(j.faults, fmt.Sprintf(format, args...))
	}
}

// heal waits until all pairs have heard each other after from, or are over, and judges them two seconds later: a
// call is lost when one of its legs ended, or one does not hear the other any more.
func (h *house) heal(pairs []pair, from time.Time) (j judged) {
	healed := func(p pair, since time.Time) bool {
		return !p.customer.Ear().After(p.agent.ID, since).IsZero() && !p.agent.Ear().After(p.customer.ID, since).IsZero()
	}
	await(bound, func() bool {
		for _, p := range pairs {
			if p.customer.State() != crowd.Over && p.agent.State() != crowd.Over && !healed(p, from.Add(onTheWay)) {
				return false
			}
		}
		return true
	})
	last := time.Now()
	h.pause(2 * time.Second) // what breaks a moment later counts
	to := time.Now()
	j.up, j.late = len(pairs), h.clock.Late(from, to)
	for _, p := range pairs {
		over := false
		for _, l := range []*crowd.Leg{p.customer, p.agent} {
			if l.State() == crowd.Over {
				over = true
				j.fault("%s ended: %+v", l, l.Ended())
			}
		}
		switch {
		case over:
			j.lost++
			continue
		case !healed(p, last):
			j.lost++
			j.fault("%s and %s do not both hear each other: %s; %s", p.customer, p.agent, p.customer.Ear(), p.agent.Ear())
			continue
		}
		j.longest = max(j.longest, p.customer.Ear().Longest(p.agent.ID, from, to), p.agent.Ear().Longest(p.customer.ID, from, to))
		j.odd(p)
	}
	return j
}

// odd says what a pair heard twice, or too late to be of use.
func (j *judged) odd(p pair) {
	for _, l := range []*crowd.Leg{p.customer, p.agent} {
		if doubled, stale, unread := l.Ear().Odd(); doubled+stale+unread > 0 {
			j.fault("%s got %d packets twice, %d too late, %d that it cannot decrypt", l, doubled, stale, unread)
		}
	}
}

// leave ends all pairs, every second by its customer, the others by their agents, and checks that the far side says 200
// and that the other leg is told.
func (h *house) leave(pairs []pair) (faults []string) {
	ctx, cancel := context.WithTimeout(h.t.Context(), bound)
	defer cancel()
	var all sync.WaitGroup
	said := make([]string, len(pairs))
	for i, p := range pairs {
		all.Go(func() {
			one, other := p.customer, p.agent
			if i%4 > 1 {
				one, other = other, one
			}
			if one.State() == crowd.Over {
				return // judged by heal
			}
			status, err := one.Hangup(ctx)
			if err != nil || status != 200 {
				said[i] = fmt.Sprintf("BYE of %s is answered %d (%v)", one, status, err)
			} else if err := other.Wait(ctx, crowd.Over); err != nil {
				said[i] = fmt.Sprintf("nobody told %s that it is over: %v", other, err)
			}
		})
	}
	all.Wait()
	for _, s := range said {
		if s != "" && len(faults) < 12 {
			faults = append(faults, s)
		}
	}
	return faults
}

// settle waits until no call lives and all agents are done with it, and checks that each call of a customer has exactly one
// final record.
func (h *house) settle(calls int) (faults []string) {
	if !await(bound, func() bool { return h.LiveCalls() == 0 }) {
		faults = append(faults, fmt.Sprintf("%d calls live on", h.LiveCalls()))
	}
	var records []record
	await(bound, func() bool {
		records = h.history()
		return len(records) >= calls
	})
	ids, customers := map[string]int{}, map[string]int{}
	for _, r := range records {
		ids[r.ID]++
		customers[r.From.Name+r.From.Number]++ // a phone without a name has a number
	}
	for id, n := range ids {
		if n != 1 {
			faults = append(faults, fmt.Sprintf("call %s has %d final records", id, n))
		}
	}
	if len(customers) != calls || len(records) != calls {
		faults = append(faults, fmt.Sprintf("%d calls were placed; there are %d final records of %d customers", calls, len(records), len(customers)))
	}
	return faults
}
