package gateway

import (
	"sync/atomic"
	"time"
)

// heartbeat is how often the loop looks at the clock when nothing comes in, so that it knows when it was kept from that.
const heartbeat = 250 * time.Millisecond

// stallAfter is how much later than by its heartbeat the loop may wake: beyond that the gateway was stopped, or its machine.
const stallAfter = time.Second

// waits tell how long inputs wait in the loop's mailbox. The loop writes them; anybody reads them.
type waits struct {
	born   time.Time
	awake  time.Time    // when the loop was seen awake last; the loop's alone
	least  atomic.Int64 // shortest wait since it was asked for last, plus 1; 0: nothing was taken
	since  atomic.Int64 // when the step under way began, as time since born, plus 1; 0: none is
	last   atomic.Int64 // when we woke from the last stall, likewise; 0: there was none
	lasted atomic.Int64 // how long that was
	stalls atomic.Uint64
}

func newWaits() waits {
	return waits{born: time.Now()}
}

// woke notes that the loop is awake and returns how long it was not, though it should have been; 0: it was.
func (w *waits) woke(now time.Time) (slept time.Duration) {
	gap := now.Sub(w.awake)
	w.awake = now
	if gap < heartbeat+stallAfter {
		return 0
	}
	w.lasted.Store(int64(gap))
	w.last.Store(int64(now.Sub(w.born)) + 1)
	w.stalls.Add(1)
	return gap
}

// began notes that the loop takes what waited since then. What waited while we slept did not wait for the loop.
func (w *waits) began(since time.Time) {
	now := time.Now()
	w.since.Store(int64(now.Sub(w.born)) + 1)
	if since.IsZero() {
		return
	}
	wait := now.Sub(since)
	if last := w.last.Load(); last > 0 {
		wait = min(wait, now.Sub(w.born)-time.Duration(last-1))
	}
	for {
		least := w.least.Load()
		if least > 0 && least <= int64(wait)+1 || w.least.CompareAndSwap(least, int64(wait)+1) {
			return
		}
	}
}

func (w *waits) ended() { w.since.Store(0) }

// delay returns how long everything waits, at least: the shortest wait since the last call, because one long step is no
// overload, but a queue that never empties is. waiting says that something is in the mailbox.
func (w *waits) delay(now time.Time, waiting bool) time.Duration {
	if least := w.least.Swap(0); least > 0 {
		return time.Duration(least - 1)
	}
	if since := w.since.Load(); since > 0 && waiting {
		return now.Sub(w.born) - time.Duration(since-1)
	}
	return 0
}

// stalled returns when the last stall ended and how long it was; false: there was none.
func (w *waits) stalled() (woke time.Time, slept time.Duration, ever bool) {
	last := w.last.Load()
	return w.born.Add(time.Duration(last - 1)), time.Duration(w.lasted.Load()), last > 0
}
