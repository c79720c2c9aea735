package telagent

import "time"

// drowsy is how long nothing is due after a stall. What fell due in it, or meanwhile, happens then, once and in its order:
// the answer of a phone that we slept over is taken before its ringing is given up.
const drowsy = time.Second

// stalled takes that we did not run for a while. Whoever was heard, or answered, in that time was not taken note of, so the
// evidence against phones lasts for as much longer; what counted before we slept still does.
func (f *Floor) stalled(d time.Duration) {
	if d <= 0 {
		return
	}
	f.woke = f.now
	later := func(since *time.Time) {
		if !since.IsZero() {
			if *since = since.Add(d); since.After(f.now) {
				*since = f.now
			}
		}
	}
	for _, l := range f.legs {
		later(&l.silent)
		later(&l.reports)
	}
	for _, id := range sortedKeys(f.calls) {
		v := f.calls[id]
		later(&v.cut) // his agent could not come back while we slept
		f.schedule(v)
		f.touchCall(v)
	}
	for _, aor := range sortedKeys(f.lives) {
		l := f.lives[aor]
		if !l.lost.IsZero() {
			continue
		}
		for what, since := range l.missed {
			later(&since)
			l.missed[what] = since
		}
		f.weigh(l)
	}
}

// isDrowsy says whether nothing is due yet at that time, because we ran again only just before. A clock that was set back
// since makes nobody wait.
func (f *Floor) isDrowsy(at time.Time) bool {
	return !f.woke.IsZero() && at.Before(f.woke.Add(drowsy)) && f.woke.Sub(f.now) <= drowsy
}
