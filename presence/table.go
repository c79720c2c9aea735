package presence

import (
	"fmt"
	"slices"
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
	return s.Word()
}

// word is what a declaration is looked up as in the table of effects.
func (d Declaration) word() Status {
	if word, ok := says[d.Type]; ok {
		return word
	}
	if d.Type == AvailableProfile && d.Status != NotReady {
		return Available
	}
	return d.Status
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
	Idle:     {Offered, Dialling, Talking}, // talking at once: a supervisor who barges in, a phone that picks up
	WrapUp:   {Idle, Dialling},             // dialling: an emergency number
	Offered:  {Talking, Idle},
	Dialling: {Talking, Idle},
	CutOff:   {Talking, WrapUp, Idle},
	Talking:  {CutOff, WrapUp, Idle},
}

// Declare applies a declaration and says what it did.
func (s *State) Declare(now time.Time, d Declaration) Effect {
	effect := EffectOf(s.Activity, d.word())
	switch effect {
	case Refused:
	case Later:
		s.Pending = &d
		if s.isSo(d) {
			s.Pending = nil
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

// DeclareAfterWork applies a declaration like Declare, but lets after-call work come to its end before it.
func (s *State) DeclareAfterWork(now time.Time, d Declaration) Effect {
	if s.Activity != WrapUp {
		return s.Declare(now, d)
	}
	s.Pending = &d
	return Later
}

// isSo says whether a declaration would change nothing.
func (s State) isSo(d Declaration) bool {
	if d.For != 0 || d.Everywhere && len(s.Offices) > 0 {
		return false
	}
	if d.Type != NoProfile {
		return d.Profile == s.Profile.Name && d.Until.Equal(s.Profile.Until) && (d.Status == Offline || d.Status == s.Declared.Status)
	}
	kept := s.Profile.Type == NoProfile || s.Profile.Type == AvailableProfile && d.Profile != Default
	return kept && d.Status == s.Declared.Status && d.Reason == s.Declared.Reason && d.Until.Equal(s.Declared.Until)
}

func (s *State) declare(now time.Time, d Declaration) {
	if d.For > 0 && d.Until.IsZero() {
		d.Until = now.Add(d.For)
	}
	d.For = 0
	was := s.Word()
	switch {
	case d.Type != NoProfile:
		s.wear(d)
	case d.Profile == Default && d.Status == s.Declared.Status:
		s.Profile = Worn{}
	default:
		s.say(d)
	}
	if d.Everywhere {
		s.Offices = nil
	}
	s.freed(now, was)
}

// say declares a word. It ends a profile that stands in its way.
func (s *State) say(d Declaration) {
	if s.Profile.Type != AvailableProfile || d.Profile == Default || d.Status == Offline {
		s.Profile = Worn{}
	}
	d.Profile, d.Everywhere = "", false
	if !d.Until.IsZero() && s.Declared.Until.IsZero() {
		s.Before = s.Declared.Status
	}
	switch d.Status {
	case Available:
		d.Until = time.Time{}
	case Offline: // a Telagent's session ends with it, and where he was away in it
		d.Until = time.Time{}
		s.Reach, s.Number, s.Shifts, s.Offices, s.Displaced = BySoftphone, "", nil, nil, time.Time{}
	default:
	}
	s.Declared = d
}

// freed notes since when he can be offered a call, if he could not before.
func (s *State) freed(now time.Time, was Status) {
	if was != Available && s.Word() == Available {
		s.IdleSince = now
	}
}

// Expire ends a declaration or a profile whose time has come, and says whether it did. The one leaves the other alone.
func (s *State) Expire(now time.Time) bool {
	over := func(until time.Time) bool { return !until.IsZero() && !now.Before(until) }
	was, any := s.Word(), false
	if over(s.Declared.Until) {
		s.Declared, any = Declaration{Status: s.Before}, true
	}
	if over(s.Profile.Until) {
		s.Profile, any = Worn{}, true
	}
	s.freed(now, was)
	return any
}

// Enter begins an activity. It panics when that cannot follow the present one: whoever asked is mistaken.
func (s *State) Enter(a Activity) {
	if !slices.Contains(follows[s.Activity], a) {
		panic(fmt.Sprintf("presence: %s cannot follow %s", a, s.Activity))
	}
	if s.Activity == WrapUp {
		s.WrapUpUntil = time.Time{}
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

// Then returns the declared word that what is pending brings; with nothing pending, the present one.
func (s State) Then() Status {
	if s.Pending != nil {
		s.declare(time.Time{}, *s.Pending)
	}
	return s.Word()
}

// Offerable says whether a queue call may be offered, as far as presence goes.
func (s State) Offerable() bool { return s.May(QueueCall) }

// BecomesAvailable says whether a switch makes the agent available: he is signed off, or the system set him away (S18).
func (s State) BecomesAvailable() bool {
	switch s.Word() {
	case Offline:
		return true
	case Away:
		r := s.Reason()
		return r == ReasonRNA || r == ReasonIdle || r == ReasonDeviceLost
	default:
		return false
	}
}
