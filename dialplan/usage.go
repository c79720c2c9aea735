package dialplan

import (
	"encoding/json"
	"time"
)

// Limits bound what one person, or one trunk, dials. Zero is no limit.
type Limits struct {
	Calls       int           // most at once
	PerHour     int           // most within an hour, to the minute
	MaxDuration time.Duration // longest call
}

// Usage counts the calls that one person, or one trunk, dialled. The zero value has counted none; its size never
// changes. It is not safe for concurrent use.
type Usage struct {
	calls  int
	minute int64 // the last one that was counted in, since 1970
	begun  [60]uint16
}

// Begin counts a call that was dialled. Every Begin is followed by one End.
func (u *Usage) Begin(now time.Time) {
	u.pass(now)
	u.calls++
	if n := &u.begun[u.minute%60]; *n < ^uint16(0) {
		*n++
	}
}

// End counts a call that is over.
func (u *Usage) End() { u.calls = max(0, u.calls-1) }

// Calls returns how many are up or ring.
func (u *Usage) Calls() int { return u.calls }

// LastHour returns how many began in this minute and the 59 before it.
func (u *Usage) LastHour(now time.Time) int {
	u.pass(now)
	sum := 0
	for _, n := range u.begun {
		sum += int(n)
	}
	return sum
}

// pass forgets the minutes that are an hour old. A clock that was set back forgets nothing.
func (u *Usage) pass(now time.Time) {
	minute := max(now.Unix()/60, 0)
	if minute-u.minute >= 60 {
		u.begun, u.minute = [60]uint16{}, minute
	}
	for u.minute < minute {
		u.minute++
		u.begun[u.minute%60] = 0
	}
}

// Again counts a call that was counted before a restart and is still up: it begins in no hour anew.
func (u *Usage) Again() { u.calls++ }

// kept is a Usage as it is encoded: calls that are up are counted by who has them.
type kept struct {
	Minute int64          `json:",omitempty"`
	Begun  map[int]uint16 `json:",omitempty"`
}

// MarshalJSON encodes how many calls began lately. How many are up is not in it, see Again.
func (u Usage) MarshalJSON() ([]byte, error) {
	k := kept{Minute: u.minute, Begun: map[int]uint16{}}
	for i, n := range u.begun {
		if n > 0 {
			k.Begun[i] = n
		}
	}
	return json.Marshal(k)
}

// UnmarshalJSON is the other way round.
func (u *Usage) UnmarshalJSON(data []byte) error {
	var k kept
	if err := json.Unmarshal(data, &k); err != nil {
		return err
	}
	*u = Usage{minute: k.Minute}
	for i, n := range k.Begun {
		if i >= 0 && i < len(u.begun) {
			u.begun[i] = n
		}
	}
	return nil
}
