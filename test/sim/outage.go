package sim

import (
	"fmt"
	"net/netip"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// sites is how many places the softphones are at; agents take turns.
const sites = 2

// site returns the place of an agent.
func (a *agent) site() int { return a.index % sites }

// address is where a softphone registers from: each site has a network of its own.
func (a *agent) address() netip.Addr {
	return netip.AddrFrom4([4]byte{203, 0, byte(a.site()), byte(10 + a.index)})
}

// outage takes the line of a site away for a while: nothing comes from its softphones, and nothing gets to them. Some of it
// is noticed at once, some after its time, some never.
func (w *world) outage() {
	if w.over() {
		return
	}
	w.after(w.between(time.Minute, 6*time.Minute), w.outage)
	if !w.chance(w.nasty) {
		return
	}
	w.seen["outage of a site"]++
	site, length := w.rng.IntN(sites), w.between(time.Second, 90*time.Second)
	closes := w.chance(0.5) // the link goes down and connections break, or packets are dropped without a word
	for _, a := range w.agents {
		if a.site() == site {
			w.cutOff(a, length, closes)
		}
	}
}

// cutOff is the outage as one softphone has it.
func (w *world) cutOff(a *agent, length time.Duration, closes bool) {
	aor := a.entry.ID
	for _, l := range w.sorted() {
		if l.target.AOR != aor || l.target.Device != call.Softphone || l.state != up || l.mute || l.held || l.deaf {
			continue
		}
		w.falter(l, length)
		l.deaf = true
		w.during(l, length, func() { l.deaf = false })
		if length > 40*time.Second && w.chance(0.5) {
			w.during(l, w.between(32*time.Second, 40*time.Second), func() { w.end(l, call.LegLost, call.Lost, 408) })
		}
	}
	if !w.bound[aor] {
		return
	}
	if closes {
		w.after(w.between(0, 2*time.Second), func() { w.sign(aor, call.Flow, length) })
	}
	w.after(w.between(2*time.Second, 20*time.Second), func() { w.sign(aor, call.Answers, length) })
	w.after(w.between(5*time.Second, 60*time.Second), func() { w.sign(aor, call.Registration, length) })
}

// sign tells that a sign of life was missed, and that it was seen again when the outage is over. Now and then the phone is
// unbound meanwhile.
func (w *world) sign(aor string, sign call.Sign, left time.Duration) {
	if !w.bound[aor] {
		return
	}
	w.seen["missed "+sign.String()]++
	w.tellPhone(aor, call.Missed{Sign: sign, AOR: aor})
	if w.chance(0.3) {
		w.phoneGoes(aor)
		return
	}
	w.after(left, func() { w.tellPhone(aor, call.Seen{Sign: sign, AOR: aor}) })
}

// switchMany asks for a mass switch, perhaps after a dry run, and now and then takes it back.
func (w *world) switchMany() {
	by := w.bosses[w.rng.IntN(len(w.bosses))]
	c := telagent.SwitchMany{By: by.Name, RequestID: w.requestID(), Back: w.chance(0.25)}
	switch w.pick(3, 3, 2, 3, 2) {
	case 0:
		for _, a := range w.agents {
			if w.chance(0.7) {
				c.Who.Agents = append(c.Who.Agents, a.entry.ID)
			}
		}
	case 1:
		c.Who.Team = []string{"support", "sales"}[w.rng.IntN(2)]
	case 2:
		c.Who.Office = offices[w.rng.IntN(len(offices))]
	case 3:
		c.Who.CutOff = true
	case 4:
		c.Who.Site = fmt.Sprintf("203.0.%d.0/24", w.rng.IntN(sites))
		c.Who.CutOff = w.chance(0.5)
	}
	if w.chance(0.3) {
		w.planMany(c)
	}
	w.repeatable(c)
	if batches := w.judge.view.Batches; len(batches) > 0 && w.chance(0.3) {
		b := batches[len(batches)-1]
		w.later(70*time.Second, func() { w.try(telagent.UndoSwitch{By: by.Name, Batch: b.ID}) })
	}
}

// planMany is a dry run: it changes nothing.
func (w *world) planMany(c telagent.SwitchMany) {
	before := w.floor.View(w.time())
	plan, err := w.floor.PlanMany(w.time(), c)
	if err != nil && refusalCode(err) == "" {
		w.fault("PlanMany refuses without a *Refusal: " + err.Error())
	}
	if !same(before, w.floor.View(w.time())) {
		w.fault("PlanMany changes what is shown: " + commandLine(c))
	}
	if err == nil && plan.Now+plan.Later > len(plan.Agents) {
		w.fault(fmt.Sprintf("PlanMany counts %d now and %d later of %d", plan.Now, plan.Later, len(plan.Agents)))
	}
	w.judge.planned(w.time(), c, plan, err)
}
