package console

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/telagent"
)

// Bounds of the sending.
const (
	webhookPatience = 15 * time.Second // for one attempt
	mostWaiting     = 1000             // messages for one receiver; then the oldest is dropped, which says the least by now
	firstPause      = 5 * time.Second  // after a failed attempt; each further one is three times as long
	longestPause    = time.Hour
	keptFor         = 24 * time.Hour // then a message is given up
	failuresToAlarm = 5              // in a row
)

// receiver is a Webhook at work: what waits for it, and how it does.
type receiver struct {
	Webhook
	client *http.Client
	outbox Outbox
	now    func() time.Time
	meters webhookMeters
	log    *zap.Logger
	raise  func(telagent.Change)
	wake   chan struct{} // something is due

	mu       sync.Mutex
	waiting  []*WebhookMessage // as they came
	gone     bool              // it answered 410
	unwell   bool              // the last attempt failed for a reason that is about no single message
	row      int               // failures in a row
	alarmed  bool
	sent     int
	failed   int
	dropped  int
	lastSent time.Time
	problem  string // of the last attempt, in words; empty: it succeeded
	since    time.Time
}

// add puts a message into the box and the outbox. It never blocks.
func (r *receiver) add(m WebhookMessage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone {
		r.drop("gone")
		return
	}
	if len(r.waiting) >= mostWaiting {
		r.outbox.DropMessage(r.Name, r.waiting[0].ID)
		r.waiting = slices.Delete(r.waiting, 0, 1)
		r.drop("full")
	}
	r.waiting = append(r.waiting, &m)
	r.outbox.KeepMessage(m)
	r.nudge()
}

// restore takes a message that waited when the gateway ended. From now on its times go on evenly, and where the clock was set back
// meanwhile it was made now.
func (r *receiver) restore(m WebhookMessage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	back := max(0, m.Created.Sub(now))
	m.Created, m.Next = now.Add(m.Created.Sub(now)-back), now.Add(m.Next.Sub(now)-back)
	r.waiting = append(r.waiting, &m)
}

// drop counts a message that is never delivered.
func (r *receiver) drop(why string) {
	r.dropped++
	r.meters.dropped.WithLabelValues(r.Name, why).Inc()
}

func (r *receiver) nudge() {
	select {
	case r.wake <- struct{}{}:
	default: // it is nudged already
	}
}

// run sends what is due, one message after the other, until the context ends.
func (r *receiver) run(ctx context.Context) {
	defer r.client.CloseIdleConnections()
	for ctx.Err() == nil {
		m, wait := r.next()
		if m == nil {
			r.rest(ctx, wait)
			continue
		}
		f := r.post(ctx, m.ID, m.Body)
		if ctx.Err() != nil {
			return // we ended it: it is tried again after the next start
		}
		r.raiseAll(r.done(m, f))
	}
}

func (r *receiver) raiseAll(alarms []telagent.Change) {
	for _, change := range alarms {
		r.raise(change)
	}
}

// next returns a message that is due, or how long none will be; -1: none waits.
func (r *receiver) next() (*WebhookMessage, time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	r.waiting = slices.DeleteFunc(r.waiting, func(m *WebhookMessage) bool {
		old := now.Sub(m.Created) >= keptFor
		if old {
			r.outbox.DropMessage(r.Name, m.ID)
			r.drop("late")
			r.log.Error("a message was given up after a day", zap.String("message", m.ID), zap.Int("tries", m.Tries))
		}
		return old
	})
	if len(r.waiting) == 0 {
		return nil, -1
	}
	first := slices.MinFunc(r.waiting, func(a, b *WebhookMessage) int { return a.Next.Compare(b.Next) })
	if wait := first.Next.Sub(now); wait > 0 {
		return nil, min(wait, r.waiting[0].Created.Add(keptFor).Sub(now))
	}
	return first, 0
}

func (r *receiver) rest(ctx context.Context, wait time.Duration) {
	var due <-chan time.Time
	if wait >= 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-r.wake:
	case <-due:
	}
}

// done notes what came of an attempt, nil: it was taken, and returns the alarm that begins or ends by it.
func (r *receiver) done(m *WebhookMessage, f *failure) []telagent.Change {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if f == nil {
		r.remove(m)
		r.sent++
		r.meters.sent.WithLabelValues(r.Name).Inc()
		return r.healthy(now)
	}
	r.failed++
	r.row++
	r.meters.failed.WithLabelValues(r.Name).Inc()
	r.problem, r.since = f.words, now
	r.log.Warn("a webhook did not take a message", zap.String("message", m.ID), zap.Int("tries", m.Tries+1), zap.String("problem", f.words))
	switch {
	case f.gone:
		r.gone = true
		for _, m := range r.waiting {
			r.outbox.DropMessage(r.Name, m.ID)
			r.drop("gone")
		}
		r.waiting = nil
	default:
		if f.ofMessage {
			r.recovered(now)
		} else {
			r.unwell = true
		}
		r.again(m, now)
	}
	return r.alarm(now)
}

// works notes that an administrator's test was taken: what was given up as gone is told again.
func (r *receiver) works() []telagent.Change {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone = false
	return r.healthy(r.now())
}

func (r *receiver) healthy(now time.Time) []telagent.Change {
	r.lastSent, r.problem, r.row = now, "", 0
	r.recovered(now)
	r.nudge()
	return r.clear(now)
}

// again sets when a message is tried next: later each time, and not with all others at once.
func (r *receiver) again(m *WebhookMessage, now time.Time) {
	pause := firstPause
	for range min(m.Tries, 10) {
		pause = min(3*pause, longestPause)
	}
	m.Tries++
	m.Next = now.Add(time.Duration((0.8 + 0.4*rand.Float64()) * float64(pause)))
	if slices.Contains(r.waiting, m) { // it may have made room for newer ones meanwhile
		r.outbox.KeepMessage(*m)
	}
}

// recovered lets everything that waited for a receiver that was not well go at once.
func (r *receiver) recovered(now time.Time) {
	if !r.unwell {
		return
	}
	r.unwell = false
	for _, m := range r.waiting {
		if m.Next.After(now) {
			m.Next = now
		}
	}
}

func (r *receiver) remove(m *WebhookMessage) {
	if i := slices.Index(r.waiting, m); i >= 0 {
		r.waiting = slices.Delete(r.waiting, i, i+1)
	}
	r.outbox.DropMessage(r.Name, m.ID)
}

func (r *receiver) alarm(now time.Time) []telagent.Change {
	if !r.gone && (r.alarmed || r.row < failuresToAlarm) {
		return nil
	}
	r.alarmed = true
	words := fmt.Sprintf("Webhook %s fails: %s; %d messages wait.", r.Name, r.problem, len(r.waiting))
	if r.gone {
		words = fmt.Sprintf("Webhook %s is gone: %s. It is told nothing until a test of it succeeds or the gateway starts again.", r.Name, r.problem)
	}
	return []telagent.Change{telagent.AlarmRaised{Time: now, Code: "webhook_failing", Subject: r.Name, Sentence: words}}
}

func (r *receiver) clear(now time.Time) []telagent.Change {
	if !r.alarmed {
		return nil
	}
	r.alarmed = false
	return []telagent.Change{telagent.AlarmCleared{Time: now, Code: "webhook_failing", Subject: r.Name}}
}

// oldest returns how many messages wait, and since when the oldest does; zero: none.
func (r *receiver) oldest() (n int, since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.waiting {
		if since.IsZero() || m.Created.Before(since) {
			since = m.Created
		}
	}
	return len(r.waiting), since
}

func (r *receiver) shown() webhookShown {
	waiting, oldest := r.oldest()
	r.mu.Lock()
	defer r.mu.Unlock()
	s := webhookShown{
		Name: r.Name, Host: r.host(), Events: list(r.Events), Teams: list(r.Teams), State: "well", Waiting: waiting, Oldest: moment(oldest),
		Sent: r.sent, Failed: r.failed, Dropped: r.dropped, LastSent: moment(r.lastSent),
	}
	if r.problem != "" {
		s.State, s.Problem, s.ProblemAt = "failing", sentence(r.problem), moment(r.since)
	}
	if r.gone {
		s.State = "gone"
	}
	return s
}
