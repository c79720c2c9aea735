package presence

import "time"

// Threshold is how long a status may last before its timer is shown in a warning colour. 0: never.
type Threshold struct{ Amber, Red time.Duration }

// Thresholds are the thresholds of the shown statuses. A status that is missing has none.
type Thresholds map[Status]Threshold

// At returns when the timer of a status that began then turns amber and red; zero: never.
func (t Thresholds) At(s Status, since time.Time) (amber, red time.Time) {
	of := t[s]
	if of.Amber > 0 {
		amber = since.Add(of.Amber)
	}
	if of.Red > 0 {
		red = since.Add(of.Red)
	}
	return amber, red
}

// Level returns the colour of a timer: "red", "amber" or "" for none.
func Level(amber, red, now time.Time) string {
	switch {
	case !red.IsZero() && !now.Before(red):
		return "red"
	case !amber.IsZero() && !now.Before(amber):
		return "amber"
	}
	return ""
}
