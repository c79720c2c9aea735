package telagent

import (
	"cmp"
	"slices"
	"time"

	"telagent-gateway/queue"
)

// next returns who is served next by a line: of those who wait, as far as skills go, and of those for whom all ring and
// somebody more could; nil: nobody can be.
func (f *Floor) next(q *line) *visit {
	first := f.nextWaiting(q)
	for v := range q.ringing {
		if (first == nil || v.caller.Before(first.caller)) && len(f.joiners(v)) > 0 {
			first = v
		}
	}
	return first
}

// nextWaiting returns who is next of those who wait. Who may have no agent yet is passed by those who wait for longer
// than he.
func (f *Floor) nextWaiting(q *line) *visit {
	if q.Widen == 0 {
		first, _ := q.waiting.First()
		return f.calls[first.Call]
	}
	free := f.ringable(q)
	f.widenLater(q, free)
	for c := range q.waiting.InOrder() {
		if v := f.calls[c.Call]; f.stuckTo(v) != nil || slices.ContainsFunc(free, func(a *agent) bool { return q.skilled(a, c.Since, f.now) }) {
			return v
		}
	}
	return nil
}

// joiners returns who became free while all ring for a customer, and was not rung for him yet.
func (f *Floor) joiners(v *visit) (more []*agent) {
	if v.line.Strategy != queue.RingAll {
		return nil
	}
	for _, a := range f.choose(v, f.ringable(v.line)) {
		if v.tried[a.ID] == 0 && len(v.offers)+len(more) < queue.MostRung {
			more = append(more, a)
		}
	}
	return more
}

// rungOut takes a customer out of those for whom all ring, when nobody does any more.
func (f *Floor) rungOut(v *visit) {
	if v.line != nil && len(v.offers) == 0 {
		delete(v.line.ringing, v)
	}
}

// ringable returns who is free for a line and has a phone that can be rung now.
func (f *Floor) ringable(q *line) (free []*agent) {
	for _, a := range q.free {
		if len(f.targets(a)) > 0 {
			free = append(free, a)
		}
	}
	return free
}

// serve offers a waiting customer to an agent, or to all who are free, and says whether it could.
func (f *Floor) serve(v *visit) bool {
	q := v.line
	if a := f.stuckTo(v); a != nil && v.waiting {
		f.offer(v, cmp.Or(q.Patience, q.RingTime, f.set.RingTime), a)
		return true
	}
	var chosen []*agent
	if v.waiting {
		chosen = f.choose(v, f.ringable(q))
	} else {
		chosen = f.joiners(v)
	}
	for _, a := range chosen {
		q.turn++
		q.turns[a.ID] = q.turn
	}
	if len(chosen) > 0 {
		if q.Strategy == queue.RingAll {
			q.ringing[v] = true
		}
		f.offer(v, cmp.Or(q.RingTime, f.set.RingTime), chosen...)
	}
	return len(chosen) > 0
}

// choose returns who is offered a customer, of those who are free.
func (f *Floor) choose(v *visit, free []*agent) (chosen []*agent) {
	q := v.line
	var able []queue.Candidate
	for _, a := range free {
		if q.skilled(a, v.caller.Since, f.now) {
			able = append(able, queue.Candidate{
				Agent: a.ID, Idle: a.Presence.IdleSince, Tried: v.tried[a.ID], Level: a.Queues[q.Name], Handled: a.handled, Turn: q.turns[a.ID],
			})
		}
	}
	for _, id := range queue.Choose(q.Strategy, able) {
		chosen = append(chosen, f.agents[id])
	}
	return chosen
}

// skilled says whether an agent may be offered a customer who waits since a time: level 1 is best, and one more comes with
// each period of his wait.
func (q *line) skilled(a *agent, since, now time.Time) bool {
	return q.Widen == 0 || time.Duration(a.Queues[q.Name]-1)*q.Widen <= now.Sub(since)
}

// widenLater lets a line be served again when one of those who are free becomes skilled enough for who waits longest.
func (f *Floor) widenLater(q *line, free []*agent) {
	var at time.Time
	if longest := q.waiting.Longest(); !longest.IsZero() {
		for _, a := range free {
			if due := longest.Add(time.Duration(a.Queues[q.Name]-1) * q.Widen); due.After(f.now) {
				at = soonest(at, due)
			}
		}
	}
	f.timers.set(&q.timer, at, func(f *Floor) { f.feed(q) })
}

// lastTalk is with whom a customer talked last.
type lastTalk struct {
	agent *agent
	ended time.Time
}

// talks remembers the last agent of each customer's number, of the last ones only.
type talks struct {
	last map[string]lastTalk
	keys []string // in the order in which they came
}

// talksKept is how many customers' last agents are remembered. They are forgotten with the gateway's end.
const talksKept = 10_000

// remember notes who talked with a customer last.
func (t *talks) remember(number string, talk lastTalk) {
	if number == "" {
		return
	}
	if _, known := t.last[number]; !known {
		if len(t.keys) == talksKept {
			delete(t.last, t.keys[0])
			t.keys = append(t.keys[:0], t.keys[1:]...)
		}
		t.keys = append(t.keys, number)
	}
	t.last[number] = talk
}

// stuckTo returns the agent whom a customer talked with last, if his queue gives him to that one first and he is free; nil:
// anybody may have him. Who was with an agent in this call already, or was offered to his last one, is anybody's.
func (f *Floor) stuckTo(v *visit) *agent {
	q := v.line
	if q.Sticky == 0 || !v.answered.IsZero() {
		return nil
	}
	talk, known := f.talks.last[v.from.Number]
	if !known || v.caller.Since.Sub(talk.ended) > q.Sticky {
		return nil
	}
	a := talk.agent
	if q.free[a.ID] != a || v.tried[a.ID] > 0 || len(f.targets(a)) == 0 {
		return nil
	}
	return a
}
