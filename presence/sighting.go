package presence

import "time"

// Sighting is what was learned last about one of an agent's stations. The zero value: nothing was.
type Sighting struct {
	At       time.Time // when; zero: never
	Reached  bool      // it answered, rang, was busy or is registered; or it could not be reached
	By       Means     // what it was learned by
	Machines int       // calls there in a row that were answered and nobody pressed a key
}

// Means is what something was learned by about a station. It is a stable word.
type Means string

// The means.
const (
	ByRegistration Means = "registration" // it came or went
	ByOptions      Means = "options"      // it was asked whether it is there, and answered or did not
	ByCall         Means = "call"
	ByTestCall     Means = "test_call"
)
