package directory

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// Queue is one entry of queues. What it does not name has its default.
type Queue struct {
	Name         string               `yaml:"name"`
	Numbers      []string             `yaml:"numbers"`  // dialled numbers that lead here, as trunks deliver them
	Strategy     string               `yaml:"strategy"` // one of telagent.Strategies; empty: the first
	Priority     *int                 `yaml:"priority"` // 1..10, 10 first; nil: 5
	Office       string               `yaml:"office"`
	CallingName  string               `yaml:"calling_name"`
	ShowCaller   bool                 `yaml:"show_caller"` // phones show the customer's number
	Record       bool                 `yaml:"record"`
	CallerID     string               `yaml:"caller_id"`    // E.164, shown when an agent of the queue calls somebody
	FallbackFor  []string             `yaml:"fallback_for"` // teams whose customers wait here who came by no queue
	Music        string               `yaml:"music"`
	Language     string               `yaml:"language"`  // that its callers are spoken to in: en, de; empty: as the gateway's policy says
	RingTime     time.Duration        `yaml:"ring_time"` // 0: as the gateway's policy says
	Widen        time.Duration        `yaml:"widen"`     // 0: all skill levels at once
	Sticky       time.Duration        `yaml:"sticky"`    // 0: nobody's last agent comes first
	Patience     time.Duration        `yaml:"patience"`  // 0: as ring_time
	MaxWait      time.Duration        `yaml:"max_wait"`  // 0: without end
	MaxWaiting   *int                 `yaml:"max_waiting"`
	Overflow     Overflow             `yaml:"overflow"`
	AnswerWithin time.Duration        `yaml:"answer_within"` // what reports count as a good answer; 0: as they are asked
	Announce     time.Duration        `yaml:"announce"`      // 0: never
	Hours        Hours                `yaml:"hours"`
	Unreachable  map[string]Unreached `yaml:"unreachable"` // cause to rule, instead of the gateway's policy for that cause
}

// Overflow is where a queue sends those whom it does not take: one of the two, or neither.
type Overflow struct {
	Queue  string `yaml:"queue"`
	Number string `yaml:"number"` // E.164
}

// Hours is when a queue takes callers.
type Hours struct {
	Zone   string   `yaml:"zone"`  // IANA name, which whoever decodes the file must have looked up; empty: UTC
	Week   []string `yaml:"week"`  // like "mon-fri 08:00-18:00"; none: always
	Dates  []string `yaml:"dates"` // like "2026-12-24 closed" or "12-31 08:00-12:00"
	Closed Overflow `yaml:"closed"`
}

// Unreached is what follows an offer that failed for a cause.
type Unreached struct {
	Delay  time.Duration `yaml:"delay"`
	Strike bool          `yaml:"strike"`
	Next   bool          `yaml:"next_number"`
	Status string        `yaml:"status"` // stay, not_ready or away; empty: stay
	Reason string        `yaml:"reason"` // of being away; empty: the cause
}

// stay is the status of a rule that leaves the agent's as it is.
const stay = "stay"

// queues returns the entries with their numbers as they are dialled.
func (c *check) queues(queues []Queue, names map[string]bool) []Queue {
	queues = slices.Clone(queues)
	for i, q := range queues {
		at := func(key string) string { return fmt.Sprintf("queues[%d].%s", i, key) }
		c.name(at("name"), q.Name)
		c.dids(at("numbers"), q.Numbers)
		if q.Strategy != "" {
			c.oneOf(at("strategy"), q.Strategy, strategies)
		}
		if q.Priority != nil && (*q.Priority < 1 || *q.Priority > 10) {
			c.no(at("priority"), "%d is out of range; write 1 to 10, 10 is served first", *q.Priority)
		}
		if q.MaxWaiting != nil && (*q.MaxWaiting < 1 || *q.MaxWaiting > mostWaiting) {
			c.no(at("max_waiting"), "%d is out of range; write 1 to %d", *q.MaxWaiting, mostWaiting)
		}
		if q.CallerID != "" && !e164.MatchString(q.CallerID) {
			c.no(at("caller_id"), "%q is not a number in E.164; write + and the country code first, like \"+49301234567\"", clip(q.CallerID))
		}
		c.texts(at("fallback_for"), q.FallbackFor)
		c.text(at("office"), q.Office)
		c.text(at("calling_name"), q.CallingName)
		c.language(at("language"), q.Language)
		if q.Music != "" {
			c.name(at("music"), q.Music)
		}
		c.span(at("ring_time"), q.RingTime, time.Second, 10*time.Minute)
		c.span(at("widen"), q.Widen, time.Second, longest)
		c.span(at("sticky"), q.Sticky, time.Second, longestSticky)
		c.span(at("patience"), q.Patience, time.Second, 10*time.Minute)
		c.span(at("max_wait"), q.MaxWait, time.Second, longest)
		c.span(at("answer_within"), q.AnswerWithin, time.Second, longest)
		c.span(at("announce"), q.Announce, 10*time.Second, longest)
		queues[i].Overflow = c.overflow(at("overflow"), q.Name, q.Overflow, names)
		c.hours(at("hours"), q.Hours)
		queues[i].Hours.Closed = c.overflow(at("hours.closed"), q.Name, q.Hours.Closed, names)
		c.unreachable(at("unreachable"), q.Unreachable)
	}
	return queues
}

// e164 is the form of a number that is shown; it need not be one that the dial rules allow.
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{2,14}$`)

const (
	mostWaiting   = 10_000
	longestSticky = 90 * 24 * time.Hour
)

// span checks a length of time that may be missing.
func (c *check) span(path string, value, from, to time.Duration) {
	if value != 0 && (value < from || value > to) {
		c.no(path, "%v is out of range; write a time from %v to %v, or remove it", value, from, to)
	}
}

func (c *check) overflow(path, queue string, o Overflow, names map[string]bool) Overflow {
	switch {
	case o.Queue != "" && o.Number != "":
		c.no(path, "it names a queue and a number; keep one of them")
	case o.Queue == queue && queue != "":
		c.no(path+".queue", "it is the queue itself; write another one")
	case o.Queue != "" && !names[o.Queue]:
		c.no(path+".queue", "there is no queue %q; add it to queues, or correct the name", clip(o.Queue))
	case o.Number != "":
		o.Number, _ = c.phone(path+".number", o.Number)
	}
	return o
}

func (c *check) hours(path string, h Hours) {
	for i, text := range h.Week {
		if err := telagent.CheckHours([]string{text}, nil); err != nil {
			c.no(fmt.Sprintf("%s.week[%d]", path, i), "%v", err)
		}
	}
	for i, text := range h.Dates {
		if err := telagent.CheckHours(nil, []string{text}); err != nil {
			c.no(fmt.Sprintf("%s.dates[%d]", path, i), "%v", err)
		}
	}
}

func (c *check) unreachable(path string, rules map[string]Unreached) {
	for _, word := range slices.Sorted(maps.Keys(rules)) {
		below := path + "." + word
		cause, err := call.ParseCause(word)
		if _, can := telagent.DefaultUnreached()[cause]; err != nil || !can {
			c.no(below, "%q is no cause with a rule; write one of %s", clip(word), strings.Join(causes(), ", "))
			continue
		}
		c.text(below+".reason", rules[word].Reason)
		if err := telagent.CheckUnreached(cause, rules[word].rule()); err != nil {
			c.no(below, "%v", err)
		}
	}
}

// causes are the words of the causes that a rule may be for.
func causes() (words []string) {
	for cause := range telagent.DefaultUnreached() {
		words = append(words, cause.String())
	}
	slices.Sort(words)
	return words
}

func (u Unreached) rule() telagent.Unreached {
	r := telagent.Unreached{Delay: u.Delay, Strike: u.Strike, Next: u.Next, Status: u.Status, Reason: u.Reason}
	if r.Status == stay {
		r.Status = ""
	}
	return r
}

// entry is the queue as the Floor takes it.
func (e Queue) entry() telagent.Queue {
	q := telagent.Queue{
		Name: e.Name, Numbers: e.Numbers, Strategy: e.Strategy, Priority: defaultPriority, Office: e.Office, CallingName: e.CallingName,
		ShowCaller: e.ShowCaller, Record: e.Record, CallerID: e.CallerID, FallbackFor: e.FallbackFor, Music: e.Music, Language: e.Language, RingTime: e.RingTime, Widen: e.Widen, Sticky: e.Sticky,
		Patience: e.Patience, MaxWait: e.MaxWait, Overflow: telagent.Overflow(e.Overflow), Announce: e.Announce, AnswerWithin: e.AnswerWithin,
		Hours: telagent.Hours{Zone: e.Hours.Zone, Week: e.Hours.Week, Dates: e.Hours.Dates, Closed: telagent.Overflow(e.Hours.Closed)},
	}
	if q.Strategy == "" {
		q.Strategy = strategies[0]
	}
	if e.Priority != nil {
		q.Priority = *e.Priority
	}
	if e.MaxWaiting != nil {
		q.MaxWaiting = *e.MaxWaiting
	}
	for word, u := range e.Unreachable {
		cause, err := call.ParseCause(word)
		if err != nil {
			panic("directory: an unchecked cause " + word)
		}
		if q.Unreachable == nil {
			q.Unreachable = make(map[call.Cause]telagent.Unreached)
		}
		q.Unreachable[cause] = u.rule()
	}
	return q
}

func (p *planner) queues(entries []Queue, present []telagent.Queue) {
	known := make(map[string]telagent.Queue, len(present))
	for _, q := range present {
		known[q.Name] = q
	}
	for _, e := range entries {
		q := e.entry()
		was, is := known[q.Name]
		p.add(telagent.PutQueue{By: p.by, Queue: q}, "queue "+q.Name, is, queueDifferences(q, was))
	}
}

func queueDifferences(q, was telagent.Queue) (d differences) {
	d.unless(slices.Equal(q.Numbers, was.Numbers), "numbers")
	d.unless(q.Strategy == was.Strategy, "strategy")
	d.unless(q.Priority == was.Priority, "priority")
	d.unless(q.Office == was.Office, "office")
	d.unless(q.CallingName == was.CallingName, "calling name")
	d.unless(q.ShowCaller == was.ShowCaller, "shown caller")
	d.unless(q.Record == was.Record, "recording")
	d.unless(q.CallerID == was.CallerID, "caller id")
	d.unless(slices.Equal(q.FallbackFor, was.FallbackFor), "fallback")
	d.unless(q.Music == was.Music, "music")
	d.unless(q.Language == was.Language, "language")
	d.unless(q.RingTime == was.RingTime, "ring time")
	d.unless(q.Widen == was.Widen, "widening")
	d.unless(q.Sticky == was.Sticky && q.Patience == was.Patience, "last agent first")
	d.unless(q.MaxWait == was.MaxWait && q.MaxWaiting == was.MaxWaiting && q.Overflow == was.Overflow, "limits")
	d.unless(q.Announce == was.Announce, "announcements")
	d.unless(q.AnswerWithin == was.AnswerWithin, "the time for a good answer")
	d.unless(sameHours(q.Hours, was.Hours), "hours")
	d.unless(len(q.Unreachable) == 0 && len(was.Unreachable) == 0 || reflect.DeepEqual(q.Unreachable, was.Unreachable), "unreachable policy")
	return d
}

func sameHours(a, b telagent.Hours) bool {
	return a.Zone == b.Zone && slices.Equal(a.Week, b.Week) && slices.Equal(a.Dates, b.Dates) && a.Closed == b.Closed
}
