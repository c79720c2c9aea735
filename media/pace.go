package media

import (
	"time"

	"telagent-gateway/call"
)

// tick is the pacer's step: half the usual frame, so that a bridge that falls quiet is noticed soon. A slot sends its
// own audio at every second one, and as slots begin at different ones the load is spread.
const tick = 10 * time.Millisecond

// catchUp is how far the pacer catches up after it was held up, packet by packet; what is longer is left out.
const catchUp = 200 * time.Millisecond

// pace ticks on a schedule that does not drift, until the wire closes.
func (w *Wire) pace() {
	buf := make([]byte, rtpHeader+longestFrame+sealRoom)
	due, sweep := time.Now(), time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-timer.C:
		}
		now := time.Now()
		w.stalled(now)
		w.awake.ticks(now)
		if now.Sub(due) > catchUp {
			due = now
		}
		w.pacing.Lock()
		for ; !due.After(now); due = due.Add(tick) {
			if !w.still.Load() {
				w.tick(due, buf)
			}
		}
		w.pacing.Unlock()
		if now.Sub(sweep) > placeKept {
			w.forget(now)
			sweep = now
		}
		timer.Reset(time.Until(due))
	}
}

// tick lets every leg have what the pacer owes it at now: its frame, its RTCP report, and a look at its silence.
func (w *Wire) tick(now time.Time, buf []byte) {
	for _, l := range *w.legs.Load() {
		out, to, played := l.slot.pace(now, buf)
		if out != nil {
			l.send(out, to)
		}
		if played != "" {
			w.report(call.Played{Leg: l.id, Prompt: played})
		}
		if e, over := l.slot.spliced(); over {
			w.report(e)
		}
		w.listen(l, now)
		l.sendReport(now)
		l.follow(now)
		w.renew(l, now)
	}
}
