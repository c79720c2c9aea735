//go:build peers || chaos

package chaos

import (
	"testing"
	"time"
)

func TestABYEIsRightlyUnknownOnlyWhereItsCallWasOver(t *testing.T) {
	at := func(seconds float64) time.Time {
		return time.Unix(0, 0).Add(time.Duration(seconds * float64(time.Second)))
	}
	s := &soak{died: []time.Time{at(10), at(20)}}
	for _, c := range []struct {
		name           string
		sent, answered float64
		crossed        time.Time
		ended          []time.Time
		want           bool
	}{
		{"it ended before the process died that got the BYE", 9.9, 10.7, time.Time{}, []time.Time{at(9.95)}, true},
		{"the next process ended it, so it knew it", 9.9, 10.7, time.Time{}, []time.Time{at(10.2)}, false},
		{"it lives", 9.9, 10.7, time.Time{}, nil, false},
		{"the BYE was sent to the process that answered it", 11, 11.1, time.Time{}, []time.Time{at(9.95)}, false},
		{"no process died", 14, 14.1, time.Time{}, []time.Time{at(14)}, false},
		{"our BYE crossed it", 14, 14.1, at(14.05), nil, true},
		{"our BYE came later", 14, 14.1, at(14.2), nil, false},
	} {
		var of []record
		for _, ended := range c.ended {
			of = append(of, record{Ended: ended})
		}
		if got := s.wasOver(farewell{sent: at(c.sent), answered: at(c.answered)}, c.crossed, of); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
