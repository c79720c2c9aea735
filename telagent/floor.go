// Package telagent is the Floor: all agents, queues and calls together, and everything that is decided about them, the
// Switch to Telagent included.
//
// It is pure: time comes in as an argument, ids come from an injected func. It does no I/O and holds no lock; one
// goroutine owns a Floor (package gateway). It never sees an SDP body or a SIP header.
//
// Start with Floor: Handle takes facts, Do takes requests, Tick lets time pass; each answers with an Outcome.
package telagent

import (
	"time"

	"telagent-gateway/call"
)

// Outcome is what a step decided. Actions are carried out first, because people are listening; then Changes are told.
type Outcome struct {
	Actions []call.Action
	Changes []Change
}

// Floor holds every agent, queue and call. It is not safe for concurrent use.
type Floor struct{}

// New returns the Floor that the store's state describes. id gives a new unique name at each call.
func New(settings Settings, state State, id func() string) *Floor { return &Floor{} }

// Handle takes a fact. Facts about unknown or ended legs are ignored, but for a late answer, which is hung up.
func (f *Floor) Handle(now time.Time, e call.Event) Outcome { return Outcome{} }

// Do carries out a person's request. The error, if any, is a *Refusal; the Outcome then holds the audit line alone.
func (f *Floor) Do(now time.Time, c Command) (Outcome, error) { return Outcome{}, nil }

// Plan says what a Switch would do, without doing it. The error, if any, is a *Refusal.
func (f *Floor) Plan(now time.Time, s Switch) (SwitchPlan, error) { return SwitchPlan{}, nil }

// Tick lets everything happen that is due by now.
func (f *Floor) Tick(now time.Time) Outcome { return Outcome{} }

// Next returns when Tick has to be called next; false: there is nothing to wait for.
func (f *Floor) Next() (due time.Time, ok bool) { return time.Time{}, false }

// View returns a snapshot for readers.
func (f *Floor) View(now time.Time) *View { return &View{} }

// Check returns every broken invariant, each as a sentence; none: the Floor is sound.
func (f *Floor) Check() []string { return nil }
