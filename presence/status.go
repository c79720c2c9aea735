// Package presence is one agent's status: tables of declared × activity × reach, profiles, offices and timers, and the
// names that other systems give the same state.
//
// It is pure. It knows neither calls nor queues: what happened to an agent comes in as an activity.
//
// Start with State and its Status.
package presence

import "fmt"

// Status is the one word that everybody is shown; a pure function of the three axes of State.
type Status uint8

// The statuses. The zero value is offline.
const (
	Offline Status = iota
	NotReady
	Available
	Away
	OnBreak
	Ringing
	InLine
	ACW
)

var statusWords = []string{"offline", "not_ready", "available", "away", "on_break", "ringing", "in_line", "acw"}

// String returns the status's stable word, used in the API, the store and records.
func (s Status) String() string {
	if int(s) < len(statusWords) {
		return statusWords[s]
	}
	return fmt.Sprintf("invalid(%d)", uint8(s))
}

// ParseStatus returns the status with that word, as String prints it.
func ParseStatus(s string) (Status, error) {
	for i, w := range statusWords {
		if w == s {
			return Status(i), nil
		}
	}
	return Offline, fmt.Errorf("unknown status %q", s)
}

// MarshalText implements encoding.TextMarshaler.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Status) UnmarshalText(text []byte) (err error) {
	*s, err = ParseStatus(string(text))
	return err
}
