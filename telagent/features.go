package telagent

import (
	"strconv"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// Feature is what a code does that an agent dials on his phone, like *71.
type Feature struct {
	Does   string          // "status", "end_wrap_up", "continue_wrap_up" or, by keys in a call, "hang_up"
	Status presence.Status // with "status": the word that is declared
	Reason string          // with "status": of a break or of being away
}

// DefaultFeatures returns the codes where the settings name none.
func DefaultFeatures() map[string]Feature {
	return map[string]Feature{
		"*70": {Does: "hang_up"},
		"*71": {Does: "status", Status: presence.Available}, "*72": {Does: "status", Status: presence.NotReady},
		"*73": {Does: "status", Status: presence.OnBreak}, "*74": {Does: "end_wrap_up"}, "*75": {Does: "continue_wrap_up"},
		"*76": {Does: "status", Status: presence.Away}, "*79": {Does: "status", Status: presence.Offline},
	}
}

// featureOf returns what a dialled code does. One or two digits more after the code of a break without a reason take a
// reason of the directory, the first one with 1; what is none of them is refused as a reason.
func (f *Floor) featureOf(code string) (Feature, bool) {
	if feature, ok := f.set.Features[code]; ok || len(f.reasons) == 0 {
		return feature, ok
	}
	for more := 1; more <= 2 && more < len(code); more++ {
		digits := code[len(code)-more:]
		feature, ok := f.set.Features[code[:len(code)-more]]
		n, err := strconv.ParseUint(digits, 10, 8)
		if !ok || err != nil || feature.Status != presence.OnBreak || feature.Reason != "" {
			continue
		}
		feature.Reason = digits
		if n >= 1 && int(n) <= len(f.reasons) {
			feature.Reason = f.reasons[n-1]
		}
		return feature, true
	}
	return Feature{}, false
}

// command returns what an agent would ask for at his page instead of a code. Hanging up is none.
func (feature Feature) command(a *agent) Command {
	switch feature.Does {
	case "end_wrap_up", "continue_wrap_up":
		return WrapUp{By: a.ID, Agent: a.ID, Continue: feature.Does == "continue_wrap_up"}
	default:
		return SetStatus{By: a.ID, Agent: a.ID, Status: feature.Status, Reason: feature.Reason}
	}
}

// useFeature does what an agent dialled a code for, as if he had asked at his page, and says to the phone whether it was
// done. The leg belongs to no call.
func (f *Floor) useFeature(a *agent, e call.Invited, feature Feature) {
	c := feature.command(a)
	err := f.do(c)
	f.audit(c, err)
	f.remark = ""
	prompt := call.Done
	if err != nil {
		prompt = call.NotDone
	}
	l := &leg{id: e.Leg, seat: call.CustomerSeat, agent: a, phase: leaving, since: f.now, began: f.now, farewell: call.Normal}
	f.legs[l.id] = l
	f.act(call.Answer{Leg: l.id}, call.Park{Leg: l.id, Audio: call.Silence})
	f.speak(l, prompt, 0)
	f.timers.set(&l.timer, f.now.Add(leavingTime), func(f *Floor) { f.hang(l, call.Normal, "") })
}

// rescue frees a call that got stuck (RescueCall): its agents are free, and its customer waits on top of a queue.
func (f *Floor) rescue(c RescueCall) error {
	v := f.calls[c.Call]
	if v == nil {
		return refuse("unknown_call", "There is no live call %s.", c.Call)
	}
	if err := f.seesCall(c.By, v); err != nil {
		return err
	}
	if err := noEmergency(v.emergency); err != nil {
		return err
	}
	if v.parting != "" {
		return refuse("not_talking", "The caller hears a last sentence; the call ends by itself.")
	}
	if v.customer == nil || v.customer.phase < up {
		f.endCall(v, call.Forced, who(c.By))
		return nil
	}
	f.toldEnd(v, "call_taken", who(c.By)+" took the customer back to the queue.")
	f.unline(v)
	f.withdraw(v, call.Forced)
	if v.owner != nil {
		f.leaveSeat(v, call.Forced, "The customer was taken back to the queue")
	}
	v.tried = map[string]int{}
	f.back(v, call.Requeued)
	return nil
}

// pullOut takes an agent out of whatever he is in, for something that cannot wait; his customer is not lost by it.
func (f *Floor) pullOut(a *agent, cause call.Cause) {
	v := a.visit
	switch {
	case v == nil:
	case v.offerTo(a) != nil:
		o := v.offerTo(a)
		f.dropOffer(v, o, cause.String())
		f.hangAll(&o.rung, cause)
		if len(v.offers) == 0 {
			f.wait(v, v.line)
		}
	case a.guest != nil:
		f.guestOut(a.guest, cause)
	case v.customer == nil || v.customer.phase < up:
		f.endCall(v, cause, a.ID)
	default:
		next := v.successor()
		if next != nil {
			f.askedAlone(v)
		}
		f.leaveSeat(v, cause, "")
		if next != nil {
			f.seatGuest(next)
		} else {
			f.back(v, call.Requeued)
		}
	}
}
