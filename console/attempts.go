package console

import (
	"sync"
	"time"
)

// Bounds of failed sign-ins. An attempt counts as failed until it has succeeded, so that parallel guesses count too.
const (
	attemptWindow   = 5 * time.Minute
	attemptsPerUser = 5     // from one address, for one user name
	attemptsPerHost = 100   // from one address
	attemptsKept    = 10000 // when full, an eighth is forgotten, what has ended first
)

type attempt struct {
	failed int
	ends   time.Time
}

// attempts counts failed sign-ins by user and address, and by address. Safe for concurrent use.
type attempts struct {
	now func() time.Time

	mu    sync.Mutex
	byKey map[string]attempt
}

func newAttempts(now func() time.Time) *attempts {
	return &attempts{now: now, byKey: make(map[string]attempt)}
}

// begin counts an attempt; wait > 0: there were too many and this one must not be made before that time has passed.
func (a *attempts) begin(user, host string) (wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	wait = max(a.wait(now, pairKey(user, host), attemptsPerUser), a.wait(now, host, attemptsPerHost))
	if wait > 0 {
		return wait
	}
	a.count(now, pairKey(user, host))
	a.count(now, host)
	return 0
}

// succeeded takes back what begin counted for this user.
func (a *attempts) succeeded(user, host string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.byKey, pairKey(user, host))
	if of, ok := a.byKey[host]; ok && of.failed > 0 {
		of.failed--
		a.byKey[host] = of
	}
}

func (a *attempts) wait(now time.Time, key string, most int) time.Duration {
	of, ok := a.byKey[key]
	if !ok || of.failed < most || !now.Before(of.ends) {
		return 0
	}
	return of.ends.Sub(now)
}

func (a *attempts) count(now time.Time, key string) {
	of, ok := a.byKey[key]
	if !ok || !now.Before(of.ends) {
		if !ok && len(a.byKey) >= attemptsKept {
			a.forget(now)
		}
		of = attempt{ends: now.Add(attemptWindow)}
	}
	of.failed++
	a.byKey[key] = of
}

// forget makes room: everything that has ended, and then whatever comes first until an eighth is free.
func (a *attempts) forget(now time.Time) {
	for key, of := range a.byKey {
		if !now.Before(of.ends) {
			delete(a.byKey, key)
		}
	}
	for key := range a.byKey {
		if len(a.byKey) <= attemptsKept*7/8 {
			return
		}
		delete(a.byKey, key)
	}
}

func pairKey(user, host string) string { return user + "\x00" + host }
