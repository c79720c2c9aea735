package telagent

import (
	"cmp"
	"time"

	"telagent-gateway/call"
)

// Drain lets what is under way end and takes nothing new: callers are sent elsewhere, and agents dial nobody but for help.
// Off takes everything again. Only an administrator may.
type Drain struct {
	By     string
	Off    bool
	Stop   bool          // the gateway ends when the last call has, see Drained
	Within time.Duration // with Stop: when it ends though there are calls; 0: as Settings.DrainFor says
}

// Draining is how far a drain is.
type Draining struct {
	On      bool
	By      string    // who asked for it; empty: the system
	Since   time.Time // zero: it is off
	Stop    bool      // the gateway ends when the last call has
	Until   time.Time // when it ends though there are calls; zero: it waits for the last one
	Calls   int       // that are up, those that wait among them
	Waiting int       // callers in queues, who are still served
}

// DrainAgain is the command by which another process goes on with the drain that is under way; nil: there is none.
func (f *Floor) DrainAgain(now time.Time) *Drain {
	d := f.drain.Draining
	if !d.On {
		return nil
	}
	c := Drain{By: d.By, Stop: d.Stop}
	if f.admin(c.By) != nil {
		c.By = "" // he is none any more, and what he asked for stands
	}
	if d.Stop && !d.Until.IsZero() {
		c.Within = max(d.Until.Sub(now), time.Second)
	}
	return &c
}

// DrainChanged says that a drain began or ended, or that the number of its calls is another now.
type DrainChanged struct{ Drain Draining }

// Drained says that a drain which was to end the gateway is done: it is to end now, and hang up the calls that are left.
type Drained struct{ Left int }

func (Drain) command()       {}
func (DrainChanged) change() {}
func (Drained) change()      {}

// mostDrain bounds how long a drain waits before it ends the gateway.
const mostDrain = 7 * 24 * time.Hour

// drainCommand begins or ends a drain. Asked for again it is as asked for last.
func (f *Floor) drainCommand(c Drain) error {
	if err := f.admin(c.By); err != nil {
		return err
	}
	switch {
	case c.Off && !f.drain.On:
		return refuse("not_draining", "The gateway is not being drained.")
	case c.Within < 0 || c.Within > mostDrain || c.Within > 0 && !c.Stop:
		return refuse("bad_time", "The time after which the gateway ends is out of range; take 1s to %v.", mostDrain)
	}
	was := f.drain.Draining
	f.drain.Draining = Draining{}
	if !c.Off {
		f.drain.Draining = Draining{On: true, By: c.By, Since: f.now, Stop: c.Stop}
		if was.On {
			f.drain.Since = was.Since
		}
		if within := cmp.Or(c.Within, f.set.DrainFor); c.Stop && within > 0 {
			f.drain.Until = f.now.Add(within)
		}
	}
	f.timers.set(&f.drain.timer, f.drain.Until, func(f *Floor) { f.drained() })
	f.drain.changed = true
	if f.drain.On != was.On {
		f.sayDrain()
	}
	return nil
}

// drain is a Draining at work.
type drain struct {
	Draining
	timer   timer
	changed bool // it has to be told of, whatever its numbers
}

// sayDrain raises the alarm of a drain, or clears it: nobody should wonder why no calls come.
func (f *Floor) sayDrain() {
	if !f.drain.On {
		f.say(AlarmCleared{Time: f.now, Code: "draining", Subject: "gateway"})
		return
	}
	f.say(AlarmRaised{Time: f.now, Code: "draining", Subject: "gateway", Sentence: "The gateway is being drained: it takes no new calls."})
}

// drains is the end of a step while a drain is under way: it tells how far it is, and when it is done.
func (f *Floor) drains() {
	d := &f.drain
	if !d.On && !d.changed {
		return
	}
	now := d.progress(f)
	if d.changed || now != d.Draining {
		d.Draining, d.changed = now, false
		f.say(DrainChanged{Drain: now})
	}
	if d.On && d.Stop && d.Calls == 0 && len(f.menus) == 0 {
		f.drained()
	}
}

// progress is a drain with its numbers of now.
func (d *drain) progress(f *Floor) Draining {
	p := d.Draining
	if !p.On {
		return p
	}
	p.Calls, p.Waiting = len(f.calls), 0
	for _, v := range f.calls {
		if v.waiting {
			p.Waiting++
		}
	}
	return p
}

// drained says, once, that the gateway is to end.
func (f *Floor) drained() {
	if f.drain.Stop {
		f.drain.Stop = false
		f.timers.set(&f.drain.timer, time.Time{}, nil)
		f.auditSystem("drained", "gateway", "the gateway ends")
		f.say(Drained{Left: len(f.calls)})
	}
}

// turnsAway refuses a caller from outside while a drain is under way.
func (f *Floor) turnsAway(e call.Invited) bool {
	if f.drain.On {
		f.reject(e, call.Draining)
	}
	return f.drain.On
}

// takesNew says why no new call may begin. One for help may always, and so may what belongs to a call that is up.
func (f *Floor) takesNew() error {
	if f.drain.On {
		return refuse("draining", "The gateway is being drained and takes no new calls; those that are up go on.")
	}
	return nil
}
