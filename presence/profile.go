package presence

import (
	"cmp"
	"fmt"
	"time"
)

// Profile is one of the answers to "where are you?" that the directory offers, like Lunch.
type Profile struct {
	Name     string // what the agent chooses
	Type     ProfileType
	Duration time.Duration // after it the default profile comes back; 0: it stays until it is left
	Queues   []string      // the queue group: he joins these of his queues only; empty: all of them
	Reason   string        // shown beside the status; empty: the name
	Order    int           // place in lists, lowest first
}

// Compare orders profiles as they are listed: by Order, then by name.
func (p Profile) Compare(other Profile) int {
	return cmp.Or(cmp.Compare(p.Order, other.Order), cmp.Compare(p.Name, other.Name))
}

// Default is the name under which a profile is taken off; no profile may be called so.
const Default = "default"

// ProfileType says what a profile does to what is declared.
type ProfileType uint8

// The types. The zero value is no profile at all, which is the default one.
const (
	NoProfile         ProfileType = iota
	AvailableProfile              // what is declared holds: ready or not ready
	AwayProfile                   // away
	TentativeProfile              // not ready: internal calls and transfers ring, queue calls do not
	ConferenceProfile             // not ready, and nothing rings: he is in a meeting
	BreakProfile                  // on break
)

var typeWords = []string{"", "available", "away", "tentative", "conference", "break"}

// String returns the type's stable word; no profile has the empty one.
func (t ProfileType) String() string {
	if int(t) < len(typeWords) {
		return typeWords[t]
	}
	return fmt.Sprintf("invalid(%d)", uint8(t))
}

// ParseProfileType returns the type with that word, as String prints it.
func ParseProfileType(s string) (ProfileType, error) {
	for i, w := range typeWords {
		if w == s {
			return ProfileType(i), nil
		}
	}
	return NoProfile, fmt.Errorf("unknown type of profile %q", s)
}

// MarshalText implements encoding.TextMarshaler.
func (t ProfileType) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *ProfileType) UnmarshalText(text []byte) (err error) {
	*t, err = ParseProfileType(string(text))
	return err
}

// says is the declared word that a type shows in place of what is declared; where it is missing, what is declared holds.
var says = map[ProfileType]Status{
	AwayProfile: Away, TentativeProfile: NotReady, ConferenceProfile: NotReady, BreakProfile: OnBreak,
}

// Worn is a profile that an agent has chosen.
type Worn struct {
	Name   string
	Type   ProfileType
	Reason string
	Until  time.Time // when the default profile comes back; zero: never
	By     string    // user who chose it; empty: the system
}

// Word returns the declared word with the profile taken into account: what is shown while no call is up.
func (s State) Word() Status {
	if word, ok := says[s.Profile.Type]; ok && s.Declared.Status != Offline {
		return word
	}
	return s.Declared.Status
}

// Reason returns the reason of Word; empty: none.
func (s State) Reason() string {
	if _, ok := says[s.Profile.Type]; ok && s.Declared.Status != Offline {
		return s.Profile.Reason
	}
	return s.Declared.Reason
}

// Until returns when what Word says ends by itself, or the profile beside it; zero: never.
func (s State) Until() time.Time {
	if _, ok := says[s.Profile.Type]; ok || s.Declared.Until.IsZero() {
		return s.Profile.Until
	}
	if !s.Profile.Until.IsZero() && s.Profile.Until.Before(s.Declared.Until) {
		return s.Profile.Until
	}
	return s.Declared.Until
}

// wear puts a profile on. The toggle stays what it was (S46), unless the declaration names it; only who is away, on
// break or signed off, and so has no toggle, becomes available by a profile of that type, else not ready.
func (s *State) wear(d Declaration) {
	s.Profile = Worn{Name: d.Profile, Type: d.Type, Reason: d.Reason, Until: d.Until, By: d.By}
	toggle := s.Declared.Status
	switch {
	case d.Status == Available || d.Status == NotReady:
		toggle = d.Status
	case d.Type == AvailableProfile && toggle != NotReady:
		toggle = Available
	case toggle == Offline:
		toggle = NotReady
	}
	if toggle != s.Declared.Status {
		s.Declared = Declaration{Status: toggle, By: d.By}
	}
}
