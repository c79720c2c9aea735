package presence

import (
	"fmt"
	"time"
)

// Activity is what calls do to an agent.
type Activity uint8

// The activities. The zero value is idle.
const (
	Idle     Activity = iota
	WrapUp            // after-call work
	Offered           // a call rings at his device
	Dialling          // he dials out
	CutOff            // he is in a call and his leg went silent or died
	Talking           // he is in a call
)

var activityWords = []string{"idle", "wrap_up", "offered", "dialling", "cut_off", "talking"}

// String returns the activity's stable word.
func (a Activity) String() string {
	if int(a) < len(activityWords) {
		return activityWords[a]
	}
	return fmt.Sprintf("invalid(%d)", uint8(a))
}

// MarshalText implements encoding.TextMarshaler.
func (a Activity) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *Activity) UnmarshalText(text []byte) error {
	for i, w := range activityWords {
		if w == string(text) {
			*a = Activity(i)
			return nil
		}
	}
	return fmt.Errorf("unknown activity %q", text)
}

// Reach is how an agent is rung.
type Reach uint8

// The reaches. The zero value is the softphone; an agent who is reached by phone is a Telagent.
const (
	BySoftphone Reach = iota
	ByPhone
)

// String returns "softphone" or "phone".
func (r Reach) String() string {
	if r == ByPhone {
		return "phone"
	}
	return "softphone"
}

// MarshalText implements encoding.TextMarshaler.
func (r Reach) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Reach) UnmarshalText(text []byte) error {
	switch string(text) {
	case "softphone":
		*r = BySoftphone
	case "phone":
		*r = ByPhone
	default:
		return fmt.Errorf("unknown reach %q", text)
	}
	return nil
}

// Declaration is what an agent says of himself, or somebody else of him: a word, a profile beside it, or both. The zero
// value is signed off.
type Declaration struct {
	Status  Status        // a declared word; beside a profile: offline leaves what is declared, available and not_ready set it
	Reason  string        // of a break or of being away; empty: none
	Until   time.Time     // when what was before comes back; zero: never, unless For says so
	For     time.Duration // the same as a length, from its beginning; 0: none
	By      string        // user who said so; empty: the system
	Profile string        // name of the profile to wear, or Default to take it off; empty: none is chosen
	Type    ProfileType   // of that profile
	// Everywhere ends being away in offices too: what was said is a deliberate, global "available" (S51).
	Everywhere bool
}

// The reasons that the system gives for setting an agent away or off. With RNA, IDLE_TIMEOUT and DEVICE_LOST he becomes
// available by a switch.
const (
	ReasonRNA          = "RNA"
	ReasonIdle         = "IDLE_TIMEOUT"
	ReasonDeviceLost   = "DEVICE_LOST"
	ReasonSignOn       = "SIGN_ON" // after sign-in, before he says anything
	ReasonScheduleOver = "SCHEDULE_OVER"
	ReasonForcedOff    = "FORCED_LOGOUT_BY_SUPERVISOR"
)

// State is one agent's presence on its three axes: declared, activity, reach. It is a plain struct that encodes to JSON
// and back.
type State struct {
	Declared    Declaration
	Before      Status                // declared before a declaration with an end, and comes back at it
	Profile     Worn                  // beside what is declared; the zero value: the default one, which changes nothing
	Offices     map[string]OfficeAway // offices that he is away in, whatever he declares; never written to, only replaced
	Pending     *Declaration          // takes effect when the work ends; nil: none
	Activity    Activity
	Reach       Reach
	Displaced   time.Time // when an outage moved him to his phone, from a softphone that he may go back to; zero: none did
	Number      string    // E.164 that a Telagent is reached at instead of his own numbers; empty: none
	Untold      bool      // he became a Telagent, and no call to his phone said so yet
	Shifts      []Shift   // of the schedules that have him a Telagent, the oldest first; never written to, only replaced
	Since       time.Time // when the shown status began
	WrapUpUntil time.Time // end of the after-call work; zero while in it: no countdown
	IdleSince   time.Time // when he last became free for an offer
	Strikes     int       // unanswered offers in a row
	Version     uint64    // counts the changes of what is said of him; 0: none was counted yet
	PageClosed  time.Time // when he closed his last page; zero: one is open, or he never had one

	Sightings map[string]Sighting // what was learned of his stations, by target; never written to, only replaced
}

// Shift is one schedule that has an agent a Telagent.
type Shift struct {
	Schedule string    // its name
	Number   string    // E.164 that he is reached at; empty: his own phones
	Until    time.Time // its end
}
