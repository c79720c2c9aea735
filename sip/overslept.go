package sip

import "time"

// oversleep is how late we may come to something before it was we who were stopped: what should have come meanwhile may wait
// in a socket, so it is given this time once more.
const oversleep = time.Second

// overslept says that something was due for so long that we, or our machine, must have been stopped.
func overslept(due time.Time) bool { return time.Since(due) >= oversleep }
