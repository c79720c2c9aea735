package demo

import "time"

// Forever is a Script's Rings when nobody ever answers.
const Forever time.Duration = 1<<63 - 1

// Script is what a robot does with a call that comes in. The zero value rings, and answers at once.
type Script struct {
	Rings   time.Duration // from 180 to the answer or the refusal; Forever: until the caller gives up
	Refuses int           // SIP status that is sent instead of an answer; 0: it answers
	Thinks  time.Duration // from the answer to the first key
	Presses string        // keys, one after the other; empty: none
	Talks   time.Duration // from the last key to its hanging up; 0: the other side has to
	Tone    Sound         // what it says; 0: the robot's own tone
}

// AnswerAndPress1 is an agent's phone: it rings for a while, is answered, listens, and takes the call.
func AnswerAndPress1(rings, thinks time.Duration) Script {
	return Script{Rings: rings, Thinks: thinks, Presses: "1"}
}

// Voicemail answers, speaks its greeting and never presses a key.
func Voicemail(rings time.Duration) Script { return Script{Rings: rings, Tone: MachineTone} }

// Busy refuses with 486 at once.
func Busy() Script { return Script{Refuses: 486} }

// NoAnswer rings until the caller gives up.
func NoAnswer() Script { return Script{Rings: Forever} }

// Reject rings for a while, then its owner declines with 603.
func Reject(rings time.Duration) Script { return Script{Rings: rings, Refuses: 603} }
