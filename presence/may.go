package presence

import "fmt"

// Verb is what an agent may or may not do, or have done to him, in a status. An emergency call is none of them: it is
// always allowed.
type Verb uint8

// The verbs.
const (
	QueueCall    Verb = iota // a call of a queue is offered to him
	InternalCall             // a colleague's call rings at him
	Transfer                 // a transferred call rings at him
	DialOut                  // he dials out, to a number or to a colleague
)

var verbWords = []string{"queue_call", "internal_call", "transfer", "dial_out"}

// String returns the verb's stable word.
func (v Verb) String() string {
	if int(v) < len(verbWords) {
		return verbWords[v]
	}
	return fmt.Sprintf("invalid(%d)", uint8(v))
}

// standing is a status as far as it decides what an agent may do: the shown word, with the profiles that one word hides.
type standing uint8

const (
	isOffline standing = iota
	isAvailable
	isNotReady
	isTentative
	isInConference
	isOnBreak
	isAway
	isRinging
	isInLine
	isInACW
)

var standingWords = []string{
	"offline", "available", "not_ready", "not_ready (tentative)", "not_ready (conference)", "on_break", "away", "ringing", "in_line", "acw",
}

// may is who may do what: a verb that is missing is not allowed.
var may = map[standing][]Verb{
	isOffline:      {},
	isAvailable:    {QueueCall, InternalCall, Transfer, DialOut},
	isNotReady:     {InternalCall, Transfer, DialOut},
	isTentative:    {InternalCall, Transfer, DialOut},
	isInConference: {DialOut},
	isOnBreak:      {InternalCall, Transfer, DialOut},
	isAway:         {DialOut}, // nothing is delivered, the caller is told
	isRinging:      {},        // one call at a time
	isInLine:       {},
	isInACW:        {},
}

// standings is the standing of each shown status without a profile.
var standings = map[Status]standing{
	Offline: isOffline, NotReady: isNotReady, Available: isAvailable, Away: isAway, OnBreak: isOnBreak, Ringing: isRinging, InLine: isInLine, ACW: isInACW,
}

func (s State) standing() standing {
	word := s.Status()
	if word == NotReady {
		switch s.Profile.Type {
		case TentativeProfile:
			return isTentative
		case ConferenceProfile:
			return isInConference
		case NoProfile, AvailableProfile, AwayProfile, BreakProfile:
		}
	}
	return standings[word]
}

// May says whether a verb is allowed now, as far as presence goes.
func (s State) May(v Verb) bool {
	for _, allowed := range may[s.standing()] {
		if allowed == v {
			return true
		}
	}
	return false
}
