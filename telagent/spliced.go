package telagent

import (
	"slices"

	"telagent-gateway/call"
)

// spliced notes how the customer heard that a leg came into his call by a switch. Of other listeners nothing is kept, nor of
// a leg that was heard again without one.
func (f *Floor) spliced(l *leg, e call.Spliced) {
	v := l.visit
	if v == nil || v.customer == nil || v.customer.id != e.To {
		return
	}
	i := slices.IndexFunc(v.record.Switches, func(r SwitchRecord) bool { return r.Leg == e.Leg })
	if i < 0 {
		return
	}
	v.record.Switches = slices.Clone(v.record.Switches) // a View may have them
	r := &v.record.Switches[i]
	r.Gap, r.CutOver, r.TwoWay = e.Gap, e.CutOver, e.TwoWay
	if a := l.agent; a != nil && a.last != nil && a.last.Leg == e.Leg {
		last := *r // a View may have the one before
		a.last = &last
		f.touch(a)
	}
	f.touchCall(v)
	f.say(SwitchMeasured{Switch: *r})
}
