package telagent

import (
	"slices"
	"strings"

	"telagent-gateway/presence"
)

// touch says that an agent may be another now; he is told of once, at the end of the step.
func (f *Floor) touch(a *agent) {
	if !a.isDirty {
		a.isDirty = true
		f.dirty = append(f.dirty, a)
	}
}

func (f *Floor) touchCall(v *visit) {
	if v != nil && !v.isMoved {
		v.isMoved = true
		f.moved = append(f.moved, v)
	}
}

func (f *Floor) touchQueue(q *line) {
	if !q.stale {
		q.stale = true
		f.stale = append(f.stale, q)
	}
}

// touchTelagents tells of everybody who is reached over a trunk, when trunks come and go.
func (f *Floor) touchTelagents() {
	for _, id := range sortedKeys(f.agents) {
		if a := f.agents[id]; a.Presence.Reach == presence.ByPhone {
			f.touch(a)
		}
	}
}

// feed lets a line be served at the end of the step.
func (f *Floor) feed(q *line) {
	if !q.hungry {
		q.hungry = true
		f.hungry = append(f.hungry, q)
	}
}

// place puts an agent among the free ones of his lines, or takes him out, and lets those be served where somebody waits
// for him. The lines keep their free agents so that no call looks through all of them.
func (f *Floor) place(a *agent) {
	offerable := f.offerable(a)
	for name := range a.Queues {
		q := f.queues[name]
		if q == nil {
			continue
		}
		free := offerable && f.eligible(a, q)
		switch {
		case free && q.free[a.ID] == nil:
			q.free[a.ID] = a
			f.touchQueue(q)
		case !free && q.free[a.ID] != nil:
			delete(q.free, a.ID)
			f.touchQueue(q)
		}
		if free && q.waiting.Len()+len(q.ringing) > 0 {
			f.feed(q)
		}
	}
}

// displace takes an agent out of all his lines, before his entry changes.
func (f *Floor) displace(a *agent) {
	for name := range a.Queues {
		if q := f.queues[name]; q != nil && q.free[a.ID] != nil {
			delete(q.free, a.ID)
			f.touchQueue(q)
		}
	}
}

// feedAll lets every line be served in which somebody waits.
func (f *Floor) feedAll() {
	for _, name := range sortedKeys(f.queues) {
		if q := f.queues[name]; q.waiting.Len()+len(q.ringing) > 0 {
			f.feed(q)
		}
	}
}

// serveAll serves the hungry lines, the one whose next caller comes first in all of them first.
func (f *Floor) serveAll() {
	for len(f.hungry) > 0 {
		best, first := 0, (*visit)(nil)
		for i, q := range f.hungry {
			if v := f.next(q); v != nil && (first == nil || v.caller.Before(first.caller)) {
				best, first = i, v
			}
		}
		if q := f.hungry[best]; first == nil || !f.serve(first) {
			q.hungry = false
			f.hungry = append(f.hungry[:best], f.hungry[best+1:]...)
		}
	}
}

// tell says what became of everybody and everything that was touched.
func (f *Floor) tell() {
	for _, v := range f.moved {
		if v.customer == nil && v.owner != nil { // he is shown with whom he talks
			f.touch(v.owner)
		}
		for _, l := range v.legs() { // whose nailed-up leg is shown beside his call
			if l.isLine() {
				f.touch(l.agent)
			}
		}
	}
	for _, a := range f.dirty {
		a.isDirty = false
		was, is := a.shown, a.Presence.Status()
		word := was.String()
		if a.isNew {
			word, a.isNew = "", false
		}
		f.workedAfter(a, was, is, a.Presence.Since)
		if was != is {
			a.Presence.Since, a.shown = f.now, is
		}
		a.count()
		f.say(AgentChanged{Agent: a.copied(), Shown: f.agentView(a), Was: word})
		f.tellReach(a)
		if a.missed && a.Presence.Reason() != presence.ReasonRNA {
			a.missed = false
			f.say(AlarmCleared{Time: f.now, Code: "rna", Subject: a.ID, Team: a.Team})
		}
		f.lineFound(a)
		f.keepAgent(a)
	}
	for _, v := range f.moved {
		v.isMoved = false
		f.timeHold(v, v.holds())
		if c := f.callView(v); f.calls[v.id] == v && !sameCall(c, v.told) {
			v.told = c
			f.say(CallChanged{Shown: c})
		}
		f.keepCall(v)
	}
	for _, b := range f.paced {
		b.isMoved = false
		b.settle(f.now)
		f.say(BatchChanged{Batch: b.view()})
		f.say(PartKept{Part: LivePart{Kind: BatchPart, ID: b.id, Batch: b.live()}})
	}
	slices.SortFunc(f.stale, func(a, b *line) int { return strings.Compare(a.Name, b.Name) })
	for _, q := range f.stale {
		q.stale = false
		f.say(QueueChanged{Queue: q.Queue, Shown: f.queueView(q)})
	}
	f.keepLearned()
	f.keepPhones()
}

func sameCall(a, b CallView) bool {
	return a.ID == b.ID && a.Queue == b.Queue && a.Priority == b.Priority && a.State == b.State && a.Agent == b.Agent &&
		a.Team == b.Team && a.Recording == b.Recording && slices.Equal(a.Guests, b.Guests) && slices.Equal(a.Legs, b.Legs)
}
