package sip

import "time"

// oversleep is how late we may come to something before it was we who were stopped: what should have come meanwhile may wait
// in a socket, so it is given this time once more.
const oversleep = time.Second

// overslept says that something was due for so long that we, or our machine, must have been stopped.
func overslept(due time.Time) bool { return time.Since(due) >= oversleep }

// afterAwake is time.AfterFunc, but for what fell due while we were stopped: it waits for a moment more, so that what lies in
// the sockets is read first, and nobody counts as gone because we slept.
func afterAwake(d time.Duration, do func()) *time.Timer {
	due, late := time.Now().Add(d), false
	var t *time.Timer
	t = time.AfterFunc(time.Hour, func() {
		if overslept(due) && !late {
			late = true
			t.Reset(oversleep)
			return
		}
		do()
	})
	t.Reset(d) // not before t is known
	return t
}
