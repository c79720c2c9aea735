package telagent

import (
	"reflect"
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/queue"
)

// Queue is where callers wait. The zero value of a time or a limit means its default.
type Queue struct {
	Name         string
	Numbers      []string // dialled numbers that lead here, as trunks deliver them
	Strategy     string   // one of Strategies
	Priority     int      // 1..10, 10 first; 11 is the system's own
	Office       string
	CallingName  string        // shown on the agent's phone; empty: the queue's name
	ShowCaller   bool          // a rung phone shows the customer's number; without it, our access number (S29)
	Record       bool          // its calls are recorded
	CallerID     string        // E.164 that customers are shown when an agent of the queue calls them; empty: the access number
	FallbackFor  []string      // teams whose customers wait here who came by no queue
	Music        string        // name of the sound that its callers hear; empty: the usual one
	Language     string        // that its callers are spoken to in; empty: as Settings say
	RingTime     time.Duration // how long an agent is rung; 0: as Settings say
	Widen        time.Duration // after each such time of waiting one skill level more is rung, from 1 on; 0: all are at once
	Sticky       time.Duration // for how long after a call a customer's last agent is rung first; 0: he is not
	Patience     time.Duration // how long that agent is rung; 0: as any
	MaxWait      time.Duration // 0: without end
	MaxWaiting   int           // most callers in line; 0: DefaultWaiting
	Overflow     Overflow      // for whom it is full, and who waited for MaxWait
	AnswerWithin time.Duration // what reports count as a good answer; 0: as they are asked
	Announce     time.Duration // how often a caller is told his place and wait; 0: never
	Hours        Hours
	Unreachable  map[call.Cause]Unreached // instead of what Settings say
}

// DefaultWaiting is the most callers in a line whose queue does not say.
const DefaultWaiting = 1000

// Overflow is where a queue sends a caller whom it does not take. Of the fields one is set; none: he hears a sentence and
// the call ends.
type Overflow struct {
	Queue  string
	Number string // E.164, rung over a trunk; if nobody answers he goes back to the queue, on top
}

// Hours says when a queue takes callers; who waits when it closes is served still. The zero value is always.
type Hours struct {
	Zone   string   // IANA name of the time zone; empty: UTC
	Week   []string // as queue.ParseHours reads them; empty: every day, all day
	Dates  []string // likewise, dates with times of their own
	Closed Overflow // for who calls outside of them
}

// Strategies returns the words for which agent gets a queue's calls; the first is the default.
func Strategies() []string { return queue.Strategies() }

// CheckHours says what is wrong with times of opening, as a sentence; nil: they can be read.
func CheckHours(week, dates []string) error {
	_, err := queue.ParseHours(week, dates)
	return err
}

func (f *Floor) putQueueCommand(c PutQueue) error {
	if err := f.admin(c.By); err != nil {
		return err
	}
	q := c.Queue
	if err := f.checkQueue(&q); err != nil {
		return err
	}
	if was := f.queues[q.Name]; was != nil && reflect.DeepEqual(was.Queue, q) {
		return nil
	}
	l := f.putQueue(q)
	f.touchQueue(l)
	f.revise(QueueEntry, q.Name, c.By)
	f.placeServing(l)
	f.feed(l)
	for _, id := range sortedKeys(f.calls) {
		if v := f.calls[id]; v.line == l {
			f.ruledAnew(v)
		}
	}
	return nil
}

// ruledAnew goes on for a customer whose queue has other rules now.
func (f *Floor) ruledAnew(v *visit) {
	if v.waiting {
		f.announceFrom(v)
	}
	f.mix(v)
	f.schedule(v)
	f.touchCall(v)
}

// checkQueue checks an entry and makes its numbers what is dialled.
func (f *Floor) checkQueue(q *Queue) (err error) {
	switch {
	case q.Name == "":
		return refuse("bad_queue", "A queue needs a name.")
	case q.Priority < 1 || q.Priority > 10:
		return refuse("bad_queue", "The priority of %s is not within 1 and 10.", q.Name)
	case !contains(queue.Strategies(), q.Strategy):
		return refuse("bad_queue", "The strategy %q of %s does not exist; take one of %s.", q.Strategy, q.Name, strings.Join(queue.Strategies(), ", "))
	case q.MaxWaiting < 0:
		return refuse("bad_queue", "The most callers in line of %s are below 0.", q.Name)
	case f.zone(q.Hours.Zone) == nil:
		return refuse("bad_queue", "There is no time zone %q; write one like Europe/Berlin.", q.Hours.Zone)
	}
	if err := CheckHours(q.Hours.Week, q.Hours.Dates); err != nil {
		return refuse("bad_queue", "The hours of %s cannot be read: %s.", q.Name, err)
	}
	for _, d := range []time.Duration{q.RingTime, q.Widen, q.Sticky, q.Patience, q.MaxWait, q.Announce} {
		if d < 0 {
			return refuse("bad_queue", "A time of %s is below 0.", q.Name)
		}
	}
	for _, cause := range sortedKeys(q.Unreachable) {
		if err := CheckUnreached(cause, q.Unreachable[cause]); err != nil {
			return refuse("bad_queue", "The unreachable policy of %s: %s.", q.Name, err)
		}
	}
	for _, o := range []*Overflow{&q.Overflow, &q.Hours.Closed} {
		if o.Queue == q.Name {
			return refuse("bad_queue", "%s cannot overflow into itself.", q.Name)
		}
		if o.Number == "" {
			continue
		}
		if o.Number, err = f.phoneNumber(o.Number); err != nil {
			return err
		}
	}
	for _, n := range q.Numbers {
		if a := f.direct[n]; a != nil {
			return refuse("number_taken", "%s leads to %s already.", n, a.Name)
		}
		if owner := f.numbers[n]; owner != nil && owner.Name != q.Name {
			return refuse("number_taken", "%s leads to the queue %s already.", n, owner.Name)
		}
	}
	return nil
}

// zone returns the time zone with a name; nil: there is none.
func (f *Floor) zone(name string) *time.Location {
	if name == "" || name == "UTC" {
		return time.UTC
	}
	if f.set.Zone == nil {
		return nil
	}
	return f.set.Zone(name)
}

func (f *Floor) putQueue(q Queue) *line {
	l := f.queues[q.Name]
	if l == nil {
		l = &line{free: map[string]*agent{}, turns: map[string]int{}}
		l.ringing = map[*visit]bool{}
		f.queues[q.Name] = l
	}
	for _, n := range l.Numbers {
		delete(f.numbers, n)
	}
	l.Queue = q
	l.hours, _ = queue.ParseHours(q.Hours.Week, q.Hours.Dates) // it was checked; a stored one that cannot be read is always open
	if l.zone = f.zone(q.Hours.Zone); l.zone == nil {
		l.zone = time.UTC
	}
	for _, n := range q.Numbers {
		f.numbers[n] = l
	}
	return l
}
