package report

import (
	"cmp"
	"time"
)

// SwitchQuery is what a report about switches looks at.
type SwitchQuery struct {
	Query
	Direction Direction
	Limit     int // of those that are listed, the newest
}

// Direction says which switches are meant.
type Direction uint8

// The directions. The zero value is both.
const (
	BothWays Direction = iota
	ToPhone
	ToSoftphone
)

// Switch is one switch that is over. A measure that is not known is 0.
type Switch struct {
	Agent   string
	Call    string // that moved; empty: he was in none
	By      string // empty: a policy or a schedule
	To      string
	Back    bool
	Began   time.Time
	Ended   time.Time
	Result  string
	CutOver time.Duration
	TwoWay  time.Duration
	Gap     time.Duration
}

// Switches are those of a query with their sums.
type Switches struct {
	List    []Switch // the newest first, at most Limit
	Total   int      // of all, also of those that are not listed
	Results []Result
	CutOver Spread // of those that were measured
	TwoWay  Spread
	Gap     Spread
	Took    Spread // of a live call's switches that were done: from the click to the end
}

// Result is how many switches ended in a way.
type Result struct {
	Back   bool
	Live   bool // of an agent in a call
	Result string
	Count  int
}

// Compare orders results: to the phone first, in a call first, then by the word.
func (r Result) Compare(o Result) int {
	return cmp.Or(first(!r.Back, !o.Back), first(r.Live, o.Live), cmp.Compare(r.Result, o.Result))
}

func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// Spread says how a measure is spread.
type Spread struct {
	Count                   int
	Median, P95, P99, Worst time.Duration // 0: Count is
}
