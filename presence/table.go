package presence

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

var declaredWords = []Status{Offline, NotReady, Available, Away, OnBreak}

// shown is the status of an activity; where it is missing, the declared word is shown.
var shown = map[Activity]Status{
	WrapUp: ACW, Offered: Ringing, Dialling: InLine, CutOff: InLine, Talking: InLine,
}

// Status returns the word that everybody is shown.
func (s State) Status() Status {
	if word, ok := shown[s.Activity]; ok {
		return word
	}
	return s.Declared.Status
}

// Effect is what a declaration does at once.
type Effect uint8

// The effects. The zero value is a refusal: a pair that is missing in the table.
const (
	Refused Effect = iota
	Now            // it takes effect at once
	EndsACW        // it ends the after-call work and takes effect at once (S43, S57)
	Later          // it becomes pending and takes effect when the work ends (S41)
)

var effectWords = []string{"refused", "at once", "ends ACW, at once", "pending"}

// String returns the effect as the tables print it.
func (e Effect) String() string { return effectWords[e] }

// effects is what declaring a word does during an activity.
var effects = map[Activity]map[Status]Effect{
	Idle:     {Offline: Now, NotReady: Now, Available: Now, Away: Now, OnBreak: Now},
	WrapUp:   {Offline: EndsACW, NotReady: EndsACW, Available: EndsACW, Away: EndsACW, OnBreak: EndsACW},
	Offered:  {Offline: Later, NotReady: Later, Available: Later, Away: Later, OnBreak: Later},
	Dialling: {Offline: Later, NotReady: Later, Available: Later, Away: Later, OnBreak: Later},
	CutOff:   {Offline: Later, NotReady: Later, Available: Later, Away: Later, OnBreak: Later},
	Talking:  {Offline: Later, NotReady: Later, Available: Later, Away: Later, OnBreak: Later},
}

// EffectOf says what declaring a word does during an activity.
func EffectOf(a Activity, word Status) Effect { return effects[a][word] }

// follows is which activity may follow which. A pair that is missing cannot happen.
var follows = map[Activity][]Activity{
	Idle:     {Offered, Dialling},
	WrapUp:   {Idle},
	Offered:  {Talking, Idle},
	Dialling: {Talking, Idle},
	CutOff:   {Talking, WrapUp, Idle},
	Talking:  {CutOff, WrapUp, Idle},
}

// Declare applies a declaration and says what it did.
func (s *State) Declare(now time.Time, d Declaration) Effect {
	effect := EffectOf(s.Activity, d.Status)
	switch effect {
	case Refused:
	case Later:
		s.Pending = &d
		if d.Status == s.Declared.Status && d.Reason == s.Declared.Reason && d.Until.Equal(s.Declared.Until) {
			s.Pending = nil // it is so already
		}
	case EndsACW:
		s.Enter(Idle)
		s.Pending, s.WrapUpUntil, s.IdleSince = nil, time.Time{}, now
		s.declare(now, d)
	case Now:
		s.declare(now, d)
	}
	return effect
}

func (s *State) declare(now time.Time, d Declaration) {
	if !d.Until.IsZero() && s.Declared.Until.IsZero() {
		s.Before = s.Declared.Status
	}
	switch d.Status {
	case Available:
		d.Until = time.Time{}
		if s.Declared.Status != Available {
			s.IdleSince = now
		}
	case Offline: // a Telagent's session ends with it
		d.Until = time.Time{}
		s.Reach, s.Number = BySoftphone, ""
	default:
	}
	s.Declared = d
}

// Expire ends a declaration whose time has come, and says whether it did.
func (s *State) Expire(now time.Time) bool {
	if s.Declared.Until.IsZero() || now.Before(s.Declared.Until) {
		return false
	}
	s.declare(now, Declaration{Status: s.Before})
	return true
}

// Enter begins an activity. It panics when that cannot follow the present one: whoever asked is mistaken.
func (s *State) Enter(a Activity) {
	if !slices.Contains(follows[s.Activity], a) {
		panic(fmt.Sprintf("presence: %s cannot follow %s", a, s.Activity))
	}
	s.Activity = a
}

// Leave ends an offer or a dialling that came to nothing: what was before comes back, or what is pending.
func (s *State) Leave(now time.Time) {
	s.Enter(Idle)
	s.settle(now)
}

// EndWork ends a call. After a handled one, after-call work of that length follows; with none, what is pending or was
// before comes back at once.
func (s *State) EndWork(now time.Time, wrapUp time.Duration) {
	if wrapUp <= 0 {
		s.EndWrapUp(now)
		return
	}
	s.Enter(WrapUp)
	s.WrapUpUntil = now.Add(wrapUp)
}

// Continue lets the after-call work go on without a countdown (S44).
func (s *State) Continue() { s.WrapUpUntil = time.Time{} }

// EndWrapUp ends the after-call work: the pending declaration takes effect, never through available.
func (s *State) EndWrapUp(now time.Time) {
	s.Enter(Idle)
	s.WrapUpUntil, s.IdleSince = time.Time{}, now
	s.settle(now)
}

func (s *State) settle(now time.Time) {
	if s.Pending == nil {
		return
	}
	d := *s.Pending
	s.Pending = nil
	if d.Until.IsZero() || d.Until.After(now) { // what is over already does not begin
		s.declare(now, d)
	}
}

// Offerable says whether a queue call may be offered, as far as presence goes.
func (s State) Offerable() bool { return s.Activity == Idle && s.Declared.Status == Available }

// BecomesAvailable says whether a switch makes the agent available: he is signed off, or the system set him away (S18).
func (s State) BecomesAvailable() bool {
	switch s.Declared.Status {
	case Offline:
		return true
	case Away:
		r := s.Declared.Reason
		return r == ReasonRNA || r == ReasonIdle || r == ReasonDeviceLost
	default:
		return false
	}
}

// Document prints the tables as Markdown, for docs/presence.md.
func Document() string {
	var b strings.Builder
	b.WriteString("# Presence\n\nGenerated from package `presence`. What is shown is a function of what the agent declared and what calls do to him.\n\n")
	b.WriteString("## What is shown\n\n| activity |")
	for _, d := range declaredWords {
		fmt.Fprintf(&b, " declared %s |", d)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(declaredWords)) + "\n")
	for a := Idle; a <= Talking; a++ {
		fmt.Fprintf(&b, "| %s |", a)
		for _, d := range declaredWords {
			fmt.Fprintf(&b, " %s |", State{Declared: Declaration{Status: d}, Activity: a}.Status())
		}
		b.WriteString("\n")
	}
	b.WriteString("\n## What declaring a word does\n\n| during |")
	for _, d := range declaredWords {
		fmt.Fprintf(&b, " %s |", d)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(declaredWords)) + "\n")
	for a := Idle; a <= Talking; a++ {
		fmt.Fprintf(&b, "| %s |", a)
		for _, d := range declaredWords {
			fmt.Fprintf(&b, " %s |", EffectOf(a, d))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n## What follows what\n\n```mermaid\nstateDiagram-v2\n    [*] --> idle\n")
	for a := Idle; a <= Talking; a++ {
		for _, next := range follows[a] {
			fmt.Fprintf(&b, "    %s --> %s\n", a, next)
		}
	}
	b.WriteString("```\n\nA forced logout ends any of them. Whatever has no arrow is a bug, and stops the step that tried it.\n")
	return b.String()
}
