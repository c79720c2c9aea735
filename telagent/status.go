package telagent

import (
	"strings"
	"time"
	"unicode"

	"telagent-gateway/presence"
)

// signOn signs an agent on by his own act. A Telagent without a call goes back to his softphone by it (S11); with one,
// the call stays on the phone until he asks for it (S12). If he wanted to be signed off after it, he no longer does.
func (f *Floor) signOn(c SignOn) error {
	a, err := f.self(c.By, c.Agent)
	if err != nil {
		return err
	}
	if a.Presence.Declared.Status == presence.Offline && a.visit == nil {
		f.comeIn(a, c.By)
	}
	if p := a.Presence.Pending; p != nil && a.Presence.Then() == presence.Offline {
		a.Presence.Pending = nil
	}
	a.Presence.Shifts = nil // his own act ends what schedules have him do
	if a.Presence.Reach == presence.ByPhone && a.visit == nil {
		f.moveReach(a, true, "", c.By)
		f.switched(a, SwitchRecord{Agent: a.ID, By: c.By, To: a.ID + "@softphone", Began: f.now})
	}
	a.hand, a.active = c.By, f.now
	f.isBack(a)
	f.settled(a)
	return nil
}

// comeIn gives an agent the status that he has after sign-in. Unless that is available, he is away in every office.
func (f *Floor) comeIn(a *agent, by string) {
	status := a.SignsOnAs
	if status == presence.Offline {
		status = f.set.SignsOnAs
	}
	d := presence.Declaration{Status: status, Reason: presence.ReasonSignOn, By: by}
	if status == presence.Available {
		d.Reason = ""
	}
	a.Presence.Declare(f.now, d)
	a.by, a.hand = by, by
	if status == presence.Available {
		return
	}
	for _, office := range a.Offices {
		a.Presence.SetOffice(f.now, office, true, by)
	}
}

// setStatus declares a status, at once or for the time after the work.
func (f *Floor) setStatus(c SetStatus) error {
	if c.Office != "" {
		return f.setInOffice(c)
	}
	a, err := f.selfOrSupervised(c.By, c.Agent)
	if err != nil {
		return err
	}
	if err := f.current(a, c.Seen, c.By); err != nil {
		return err
	}
	d, err := f.declaration(a, c)
	if err != nil {
		return err
	}
	switch a.Presence.Declare(f.now, d) {
	case presence.Refused:
		return refuse("bad_status", "%s cannot be declared; take available, not_ready, on_break, away or offline.", c.Status)
	case presence.Later:
		f.remark = "from the end of the call on"
	case presence.EndsACW:
		f.remark = "the after-call work ended by it"
	case presence.Now:
	}
	a.by, a.hand, a.active = c.By, c.By, f.now
	if c.Status == presence.Available && c.By == a.ID {
		f.isBack(a)
	}
	if a.Presence.Then() == presence.Available {
		a.Presence.Strikes, a.rest = 0, time.Time{}
	}
	f.settled(a)
	return nil
}

// declaration checks what is asked for and puts it into the words of presence.
func (f *Floor) declaration(a *agent, c SetStatus) (d presence.Declaration, err error) {
	if !c.Until.IsZero() && !c.Until.After(f.now) {
		return d, refuse("past", "The end of the status is in the past.")
	}
	if strings.ContainsFunc(c.Reason, unicode.IsControl) {
		return d, refuse("bad_status", "The reason has a line break or another control character; write plain words.")
	}
	d = presence.Declaration{Status: c.Status, Reason: c.Reason, Until: c.Until, By: c.By, Profile: c.Profile}
	switch c.Profile {
	case "":
		if c.Status == presence.OnBreak && c.Reason != "" && len(f.reasons) > 0 && !contains(f.reasons, c.Reason) {
			return d, refuse("unknown_reason", "%q is no reason for a break; take one of %s.", c.Reason, strings.Join(f.reasons, ", "))
		}
	case presence.Default:
		if c.Status == presence.Offline {
			d.Status = a.Presence.Declared.Status
		}
	default:
		if d, err = f.wearing(d); err != nil {
			return d, err
		}
	}
	fresh := d.Type == presence.AvailableProfile && a.Presence.Word() != presence.NotReady && a.Presence.Word() != presence.Available
	d.Everywhere = (c.Status == presence.Available || fresh) && f.mayFree(c.By, a)
	return d, nil
}

// wearing completes the declaration of a profile.
func (f *Floor) wearing(d presence.Declaration) (presence.Declaration, error) {
	p, known := f.profiles[d.Profile]
	if !known {
		return d, refuse("unknown_profile", "There is no profile %s.", d.Profile)
	}
	d.Type = p.Type
	switch {
	case d.Status == presence.Offline || d.Status == presence.Available || d.Status == presence.NotReady:
	case d.Status == (presence.State{Declared: presence.Declaration{Status: presence.Available}, Profile: presence.Worn{Type: p.Type}}).Word():
		d.Status = presence.Offline // the profile says so itself
	default:
		return d, refuse("bad_status", "The profile %s is not one of being %s.", d.Profile, d.Status)
	}
	if d.Until.IsZero() {
		d.For = p.Duration
	}
	for _, reason := range []string{p.Reason, p.Name} {
		if d.Reason == "" {
			d.Reason = reason
		}
	}
	return d, nil
}

func (f *Floor) cancelPending(c CancelPending) error {
	a, err := f.selfOrSupervised(c.By, c.Agent)
	if err != nil {
		return err
	}
	if err := f.current(a, c.Seen, c.By); err != nil {
		return err
	}
	if a.Presence.Pending == nil {
		return refuse("nothing_pending", "%s has asked for nothing that is still to come.", a.Name)
	}
	a.Presence.Pending, a.hand = nil, c.By
	f.touch(a)
	return nil
}

func (f *Floor) wrapUpCommand(c WrapUp) error {
	a, err := f.selfOrSupervised(c.By, c.Agent)
	if err != nil {
		return err
	}
	if err := f.current(a, c.Seen, c.By); err != nil {
		return err
	}
	if a.Presence.Activity != presence.WrapUp {
		return refuse("not_in_acw", "%s is not in after-call work.", a.Name)
	}
	if c.Continue {
		a.Presence.Continue()
	} else {
		a.Presence.EndWrapUp(f.now)
	}
	a.hand, a.active = c.By, f.now
	f.settled(a)
	return nil
}
