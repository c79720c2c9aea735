package media

import "time"

// driftEvery is how often a change is told that is found anew after a restart, as where a stream goes on after a pause.
const driftEvery = time.Second

// renew tells that a leg's LegState is another than was told last. Only the pacer calls it.
func (w *Wire) renew(l *leg, now time.Time) {
	if w.changed == nil {
		return
	}
	if !l.stale.Load() && (!l.drifted.Load() || now.Sub(l.renewed) < driftEvery) && !l.slot.outran(now) {
		return
	}
	l.stale.Store(false)
	l.drifted.Store(false)
	select {
	case w.changed <- l.id:
		l.renewed = now
	default:
		l.stale.Store(true) // at the next tick
	}
}
