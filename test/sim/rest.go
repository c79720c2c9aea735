package sim

import "time"

// judgeRest judges the end of a day: everybody is gone, nothing is left over.
func (w *world) judgeRest() {
	for id, l := range w.legs {
		if l.state != over {
			w.fault("leg " + string(id) + " to " + l.target.String() + " never ends")
		}
	}
	v := w.judge.view
	if len(v.Calls) > 0 {
		w.fault("call " + string(v.Calls[0].ID) + " never ends")
	}
	for _, a := range v.Agents {
		if a.Activity != "idle" {
			w.fault("agent " + a.ID + " is left " + a.Activity)
		}
		if a.Status != a.Declared {
			w.fault("agent " + a.ID + " declares " + a.Declared + " and is left " + a.Status)
		}
	}
	for _, t := range v.Trunks {
		if t.InUse != 0 {
			w.fault("trunk " + t.Name + " is left with channels in use")
		}
	}
	// Timers of tomorrow are left alone, see tickAt, however soon after the end of the day they are.
	due, ok := w.floor.Next()
	if ok && due.Before(w.time().Add(time.Second)) && due.Sub(epoch)+latest <= w.horizon {
		w.fault("a timer is left over")
	}
}
