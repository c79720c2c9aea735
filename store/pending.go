package store

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

var (
	errLate = errors.New("the store did not take the change in time; it is kept and written when the store is back")
	errFull = errors.New("too many changes wait for the store already")
)

// pending is what waits for the writer. Entries are coalesced: of each the newest is kept, none is ever dropped, and
// there are no more of them than the directory has. Lines of history and audit, and the beginnings of statuses, are all kept, in order, up to a bound;
// then the oldest are dropped and counted.
type pending struct {
	latest  map[key]telagent.Change
	lines   []entryLine
	waiters []*waiter
	outbox  map[messageKey]*Message // nil: it is forgotten
	bans    map[netip.Prefix]*call.Ban
	keys    map[keyName]*Key
	ladders []ladder
	kept    map[key]any // a body of Keep, a LiveCall or a LivePart; nil: it is forgotten
}

// key names an entry.
type key struct{ table, id string }

func (k key) compare(other key) int {
	return cmp.Or(strings.Compare(k.table, other.table), strings.Compare(k.id, other.id))
}

const ofStatus = -1

// entryLine is a line of the audit trail with its number, or the record of a call.
type entryLine struct {
	seq    int64 // 0: a record, or the end of a recording; ofStatus: the beginning of an agent's status
	change telagent.Change
}

func newPending() pending {
	return pending{
		latest: make(map[key]telagent.Change), outbox: make(map[messageKey]*Message), bans: make(map[netip.Prefix]*call.Ban), keys: make(map[keyName]*Key),
		kept: make(map[key]any),
	}
}

func (p *pending) rows() int {
	return len(p.latest) + len(p.lines) + len(p.outbox) + len(p.bans) + len(p.keys) + len(p.ladders) + len(p.kept)
}

// waiter is told once what became of a Write.
type waiter struct {
	tell     func(error)
	told     atomic.Bool
	patience *time.Timer
	timers   *sync.WaitGroup
}

func (s *Store) newWaiter(tell func(error)) *waiter {
	w := &waiter{tell: tell, timers: &s.timers}
	w.timers.Add(1)
	w.patience = time.AfterFunc(s.limits.patience, func() {
		defer w.timers.Done()
		w.once(errLate)
	})
	return w
}

func (w *waiter) done(err error) {
	w.once(err)
	if w.patience.Stop() {
		w.timers.Done()
	}
}

func (w *waiter) once(err error) {
	if w.told.CompareAndSwap(false, true) {
		w.tell(err)
	}
}

// Write takes what became true and returns at once; what is of no lasting interest is passed over. Committed, if any,
// is called once: with nil when everything written so far is in the database, or with an error when it is not after
// 5 seconds, at Close, or, at once and by this goroutine, when too many wait already or the store is closed. Also
// then the changes are kept and written when the database is back, unless the store is closed. It must not block: the
// writer calls it.
//
// While the database is away the newest state of each agent, user and queue is kept, and of history and audit the
// newest 50,000 lines; what is dropped is counted (Lost) and logged.
func (s *Store) Write(changes []telagent.Change, committed func(error)) {
	s.mutex.Lock()
	if s.closed {
		s.mutex.Unlock()
		if committed != nil {
			committed(errClosed)
		}
		return
	}
	for _, c := range changes {
		s.take(c)
	}
	dropped := s.drop()
	full := committed != nil && len(s.pending.waiters) >= s.limits.waiters
	if committed != nil && !full {
		s.pending.waiters = append(s.pending.waiters, s.newWaiter(committed))
		nudge(s.urgent)
	}
	nudge(s.wake)
	s.mutex.Unlock()

	if dropped > 0 {
		s.log.Error("lines of history and audit were dropped: too many wait for the store", zap.Int("lines", dropped))
	}
	if full {
		committed(errFull)
	}
}

// take keeps a change that lasts. The caller holds the mutex.
func (s *Store) take(c telagent.Change) {
	p := &s.pending
	switch c := c.(type) {
	case telagent.AgentChanged:
		p.latest[key{"agents", c.Agent.ID}] = c
		if since := c.Agent.Presence.Since; !since.IsZero() && !since.Equal(s.since[c.Agent.ID]) {
			s.since[c.Agent.ID] = since
			p.lines = append(p.lines, entryLine{ofStatus, c})
		}
	case telagent.UserChanged:
		p.latest[key{"users", c.User.Name}] = c
	case telagent.QueueChanged:
		p.latest[key{"queues", c.Queue.Name}] = c
	case telagent.ProfileChanged:
		p.latest[key{"profiles", c.Profile.Name}] = c
	case telagent.ReasonsChanged:
		p.latest[key{"meta", reasonsKey}] = c
	case telagent.PolicyChanged:
		p.latest[key{"policies", c.Policy.Team}] = c
	case telagent.ScheduleChanged:
		p.latest[key{"schedules", c.Schedule.Name}] = c
	case telagent.SiteChanged:
		p.latest[key{"sites", c.Site.Name}] = c
	case telagent.EntryChanged:
		s.takeEntry(c)
	case telagent.CallKept:
		s.takeLive(key{liveTable, string(c.Call.ID)}, c.Call)
	case telagent.PartKept:
		s.takePart(c)
	case telagent.CallEnded:
		s.takeLive(key{liveTable, string(c.Record.ID)}, nil) // in the commit of its record
		p.lines = append(p.lines, entryLine{0, c})
	case telagent.RecordingEnded, telagent.LegMeasured, telagent.Worked, telagent.SwitchDone, telagent.SwitchFailed, telagent.SwitchMeasured:
		p.lines = append(p.lines, entryLine{0, c})
	case telagent.Audited:
		s.seq++
		p.lines = append(p.lines, entryLine{s.seq, c})
	case telagent.CallChanged, telagent.SwitchBegun, telagent.BatchChanged, telagent.TelagentBegan, telagent.TelagentEnded,
		telagent.AlarmRaised, telagent.AlarmCleared,
		telagent.AgentTold, telagent.DrainChanged, telagent.Drained:
	}
}

// drop keeps the lines within their bound and returns how many had to go. The caller holds the mutex.
func (s *Store) drop() int {
	over := len(s.pending.lines) - s.limits.lines
	if over <= 0 {
		return 0
	}
	clear(s.pending.lines[:over]) // the memory goes with the next growth of the slice, what it held goes now
	s.pending.lines = s.pending.lines[over:]
	s.lost += uint64(over)
	return over
}

// takeAll empties what is pending for the writer.
func (s *Store) takeAll() pending {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	p := s.pending
	s.pending = newPending()
	s.flying = p.kept
	select {
	case <-s.urgent: // whoever it was is in p
	default:
	}
	return p
}

// putBack returns what could not be written. What came meanwhile is newer.
func (s *Store) putBack(older pending, why error) {
	s.mutex.Lock()
	for k, c := range older.latest {
		if _, newer := s.pending.latest[k]; !newer {
			s.pending.latest[k] = c
		}
	}
	for k, m := range older.outbox {
		if _, newer := s.pending.outbox[k]; !newer {
			s.pending.outbox[k] = m
		}
	}
	for k, b := range older.bans {
		if _, newer := s.pending.bans[k]; !newer {
			s.pending.bans[k] = b
		}
	}
	for name, k := range older.keys {
		if _, newer := s.pending.keys[name]; !newer {
			s.pending.keys[name] = k
		}
	}
	for k, body := range older.kept {
		if _, newer := s.pending.kept[k]; !newer {
			s.pending.kept[k] = body
		}
	}
	s.flying = nil
	s.pending.ladders = append(older.ladders, s.pending.ladders...)
	s.pending.shorten()
	s.pending.lines = append(older.lines, s.pending.lines...)
	s.pending.waiters = slices.DeleteFunc(append(older.waiters, s.pending.waiters...), func(w *waiter) bool { return w.told.Load() })
	s.health.failure = why
	dropped := s.drop()
	s.mutex.Unlock()
	if dropped > 0 {
		s.log.Error("lines of history and audit were dropped: too many wait for the store", zap.Int("lines", dropped))
	}
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is nudged already
	}
}
