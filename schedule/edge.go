package schedule

import "time"

// farthest is more than any zone is ahead of UTC or behind it.
const farthest = 25 * time.Hour

// edge returns the first moment at which the clock on the wall of a zone shows a time, or a later one. The time is given
// as if the zone were UTC.
//
// So an edge in the hour that spring leaves out is the moment of the change, one in the hour that autumn has twice is the
// first of both; and where one schedule ends and the next begins at the same time by the clock, nobody is twice there and
// nobody is missing.
func edge(zone *time.Location, wall time.Time) time.Time {
	for t := wall.Add(-farthest).In(zone); ; { // the clock shows an earlier time here
		begins, ends := t.ZoneBounds()
		_, offset := t.Zone()
		at := wall.Add(-time.Duration(offset) * time.Second)
		if at.Before(begins) { // the clock jumped over it
			at = begins
		}
		if ends.IsZero() || at.Before(ends) {
			return at.UTC()
		}
		t = ends
	}
}
