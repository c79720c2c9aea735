package telagent

import (
	"time"

	"telagent-gateway/presence"
)

// noteActivity takes a key press: the idle clock begins anew (S53). The timer looks at it when it is due.
func (f *Floor) noteActivity(c NoteActivity) error {
	a, err := f.self(c.By, c.Agent)
	if err == nil {
		a.active = f.now
	}
	return err
}

// openPage counts an agent's pages (S54). Who never had one is not bothered: he works with his phone alone.
func (f *Floor) openPage(c OpenPage) error {
	a, err := f.self(c.By, c.Agent)
	if err != nil {
		return err
	}
	a.pages++
	if !a.Presence.PageClosed.IsZero() {
		a.Presence.PageClosed, a.gone = time.Time{}, false
		f.settled(a)
	}
	return nil
}

func (f *Floor) closePage(c ClosePage) error {
	a, err := f.self(c.By, c.Agent)
	if err != nil {
		return err
	}
	if a.pages == 0 {
		return refuse("no_page", "%s has no page open.", a.Name)
	}
	if a.pages--; a.pages == 0 {
		a.Presence.PageClosed = f.now
		f.settled(a)
	}
	return nil
}

// idleAt returns when an agent is set away because nothing was done; zero: never. The time does not run in a call or its
// wrap-up, nor for a Telagent, whose strikes do that job, nor for who has said that he is elsewhere.
func (f *Floor) idleAt(a *agent) time.Time {
	p := &a.Presence
	word := p.Word()
	elsewhere := p.Profile.Type == presence.TentativeProfile || p.Profile.Type == presence.ConferenceProfile
	if f.set.IdleTimeout < 0 || p.Activity != presence.Idle || p.Reach == presence.ByPhone || elsewhere ||
		word != presence.Available && word != presence.NotReady {
		return time.Time{}
	}
	if a.active.IsZero() {
		return p.Since // at once: then it begins
	}
	return a.active.Add(f.set.IdleTimeout)
}

// idled sets an agent away who has done nothing for too long, and says whether it did.
func (f *Floor) idled(a *agent) bool {
	if a.active.IsZero() {
		a.active = f.now
	}
	if at := f.idleAt(a); at.IsZero() || at.After(f.now) {
		return false
	}
	a.Presence.Declare(f.now, presence.Declaration{Status: presence.Away, Reason: presence.ReasonIdle})
	a.by = ""
	f.auditSystem("set_status", a.ID, "away "+presence.ReasonIdle+"; nothing was done for "+f.set.IdleTimeout.String())
	return true
}

// leavesAt returns when an agent whose last page is closed gets no offers any more; zero: never, or it is so already.
func (f *Floor) leavesAt(a *agent) time.Time {
	if a.Presence.PageClosed.IsZero() || a.gone || f.set.PageGrace < 0 {
		return time.Time{}
	}
	return a.Presence.PageClosed.Add(f.set.PageGrace)
}

// left notes that the grace time after an agent's last page is over, and says whether it just was.
func (f *Floor) left(a *agent) bool {
	if at := f.leavesAt(a); at.IsZero() || at.After(f.now) {
		return false
	}
	a.gone = true
	return true
}

// absent says whether an agent works with a page and has closed it for good. A Telagent needs none.
func (a *agent) absent() bool { return a.gone && a.Presence.Reach == presence.BySoftphone }
