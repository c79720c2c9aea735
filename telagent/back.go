package telagent

import (
	"time"

	"telagent-gateway/presence"
)

// displaced notes, before an agent's reach moves, that it is an outage that moves him to his phone: he is offered the way
// back when it is over.
func (f *Floor) displaced(a *agent) {
	l := f.lives[a.ID]
	site := f.gatherings[siteDownAlarm+" "+f.siteOf(a)]
	if a.Presence.Reach == presence.BySoftphone && (!a.trouble.lost.IsZero() || l != nil && len(l.missed) > 0 || site != nil) {
		a.Presence.Displaced = f.now
	}
}

// steady returns for how long a softphone has to be there: longer each time that it has gone again.
func (f *Floor) steady(l *life) time.Duration {
	d, losses := f.set.Outage.BackAfter, 0
	if l != nil {
		losses = l.losses
	}
	for ; losses > 1 && d < f.set.Outage.BackLongest; losses-- {
		d *= 2
	}
	return min(d, max(f.set.Outage.BackLongest, f.set.Outage.BackAfter))
}

// flaps counts that a softphone goes; what was long ago is forgotten, one loss in each such time.
func (f *Floor) flaps(l *life) {
	if !l.gone.IsZero() {
		l.losses = max(0, l.losses-int(f.now.Sub(l.gone)/f.set.Outage.BackLongest))
	}
	l.losses++
	l.gone, l.well = f.now, time.Time{}
}

// wayBack offers an agent the way back to his softphone, or takes the offer back, and returns when it is to be offered;
// zero: it is already, or not yet to be foreseen. Nothing is moved: he or a supervisor decides.
func (f *Floor) wayBack(a *agent) time.Time {
	p, t := &a.Presence, &a.trouble
	if p.Reach == presence.BySoftphone {
		p.Displaced = time.Time{}
	}
	if p.Displaced.IsZero() || !a.isOn() || !f.isWell(a) {
		if !t.back.IsZero() {
			t.back = time.Time{}
			if p.Reach == presence.ByPhone && a.isOn() {
				f.notify(a, "switch_back_over", "Your softphone is gone again; stay on the phone.")
			}
			f.touchGatherings(a)
		}
		return time.Time{}
	}
	l := f.lives[a.ID]
	at := p.Displaced
	if l != nil && l.well.After(at) {
		at = l.well
	}
	if at = at.Add(f.steady(l)); at.After(f.now) || !t.back.IsZero() {
		if !t.back.IsZero() {
			return time.Time{}
		}
		return at
	}
	t.back = f.now
	f.notify(a, "switch_back", "Your softphone is there again; you can return to it.")
	if site := f.siteOf(a); site != "" {
		f.gather(siteBackAlarm, site, a)
	}
	return time.Time{}
}
