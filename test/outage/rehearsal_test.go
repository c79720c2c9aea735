//go:build peers || outage

package outage

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"telagent-gateway/demo"
)

// rehearsal is one play: how many take part, what becomes of the line, who acts.
type rehearsal struct {
	title    string
	agents   int                  // softphones, each in a call
	free     int                  // channels of the trunk that are free when the line goes
	silently bool                 // the line loses everything and nobody is told; else it goes down
	policy   bool                 // the team's policy switches; else a supervisor clicks
	phones   func(i int) []manner // of the i-th agent, in the order in which they are tried

	// The gateway's clocks, shorter than in life in the small form.
	ring, confirm, requeue time.Duration
	ask, back              time.Duration // between two OPTIONS to a phone; how long it has to be there before the way back is offered
	every                  time.Duration // between two customers who hang up, once they have talked on the phone
	returns, flaps         bool          // whether the line comes back, and then goes and comes five times
	bounds                 bool          // whether times are asserted: not beside other tests
}

// play is a rehearsal on its stage.
type play struct {
	*stage
	*cast
	cut time.Time // the line
}

// rehearse plays one outage from the first call to the last, prints what became of each, and judges it.
func rehearse(t *testing.T, o rehearsal, at place) {
	t.Helper()
	fmt.Printf("\n%s\n", o.title)
	s := build(t, o, at)
	p := &play{stage: s, cast: s.enter()}
	p.callIn()
	if o.policy {
		p.must(p.boss.Do(p.within(bound), "PUT", "/policies/"+team, map[string]any{"cut_off": "switch", "grace_s": 3}, nil))
		p.say("the team's policy: who is cut off for 3 s is switched")
	}
	p.outage()
	p.alarm()
	if !o.policy {
		p.click()
	}
	p.firstMove()
	p.theRest()
	if o.returns {
		p.wayBack()
	}
	if o.flaps {
		p.flapping()
	}
	p.leave()
	p.judge()
}

// outage takes the line from the site while everybody talks.
func (p *play) outage() {
	p.t.Helper()
	p.must(pause(p.t.Context(), talks))
	p.cut = time.Now()
	if p.o.silently {
		p.must(p.place.line.silence())
		p.say("the site's line loses everything, silently")
	} else {
		p.must(p.place.line.cut())
		p.say("the site's line goes down")
	}
	ctx := p.within(bound)
	for _, who := range p.callers {
		_, err := who.leg.WaitHears(ctx, demo.Other, p.cut)
		p.must(err)
	}
	p.say("every customer hears comfort audio")
}

// alarm waits for the one alarm about the site; there are none about its agents.
func (p *play) alarm() {
	p.t.Helper()
	e, err := p.watch.Wait(p.within(bound), p.cut, func(e demo.Event) bool { return e.Name == "alarm.raised" })
	p.must(err)
	var first alarm
	p.must(json.Unmarshal(e.Data, &first))
	p.say("alarm %s: %s", first.Code, first.Sentence)
	if first.Code != "site_down" || first.Subject != p.place.site {
		p.t.Errorf("the first alarm is %s about %s, want site_down about %s", first.Code, first.Subject, p.place.site)
	}
}

// alarm is what the API tells of one; the same one is told again when its words change.
type alarm struct {
	Code, Subject, Sentence string
	Time                    time.Time
}

// alarms returns each alarm that was raised since a time once, with its first words.
func (p *play) alarms(since time.Time) (all []alarm) {
	for _, e := range p.watch.Events(since) {
		var a alarm
		if e.Name != "alarm.raised" || json.Unmarshal(e.Data, &a) != nil {
			continue
		}
		if !slices.ContainsFunc(all, func(b alarm) bool { return a.Code == b.Code && a.Subject == b.Subject && a.Time.Equal(b.Time) }) {
			all = append(all, a)
		}
	}
	return all
}

// click is the supervisor's, once everybody is shown as cut off: everybody at the site is switched. A dry run says before how many can move at once.
func (p *play) click() {
	p.t.Helper()
	for i := range p.o.agents {
		p.awaitAgent(i, "is cut off", func(a demo.Agent) bool { return a.Activity == "cut_off" })
	}
	ask := map[string]any{"site": p.place.site, "cut_off": true, "to": "telagent", "dry_run": true}
	var plan struct {
		Plan struct{ Now, Later, Free int }
	}
	p.must(p.boss.Do(p.within(bound), "POST", "/switch", ask, &plan))
	p.say("the dry run says: %d of %d now, %d free channels", plan.Plan.Now, p.o.agents, plan.Plan.Free)
	if plan.Plan.Now != p.o.free || plan.Plan.Later != p.o.agents-p.o.free {
		p.t.Errorf("the dry run says %+v, want %d now", plan.Plan, p.o.free)
	}
	ask["dry_run"], ask["request_id"] = false, "the click"
	var got struct {
		Results []struct{ State string }
	}
	p.must(p.boss.Do(p.within(bound), "POST", "/switch", ask, &got))
	count := map[string]int{}
	for _, r := range got.Results {
		count[r.State]++
	}
	p.say("a supervisor clicks once: %v", count)
	if count["moving"] != p.o.free || count["waiting"] != p.o.agents-p.o.free {
		p.t.Errorf("the click began %v, want %d to move and the others to wait", count, p.o.free)
	}
}

// firstMove waits until as many as there were free channels talk on their phones. Nobody has hung up yet.
func (p *play) firstMove() {
	p.t.Helper()
	p.await("the first have moved", func() bool { return p.count(moved) == p.o.free })
	p.say("%d customers and their agents' phones hear each other", p.o.free)
	if here := p.count(func(who *caller) bool { return who.leg.State() == demo.Up }); here != p.o.agents {
		p.t.Errorf("%d customers are there, want all %d", here, p.o.agents)
	}
}

// stay is how many customers still talk on phones when the line comes back.
const stay = 2

// theRest lets those who have talked hang up, one after the other, so that channels come free for the others, until
// everybody was served and only the last ones talk.
func (p *play) theRest() {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	var leaving sync.WaitGroup
	defer func() { cancel(); leaving.Wait() }()
	leaving.Go(func() {
		for every := p.o.every; pause(ctx, every) == nil; {
			if p.count(moved) == p.o.agents {
				every = time.Second / 5 // nobody waits for a channel any more
			}
			if who := p.nextToLeave(); who != nil && p.count(present) > stay {
				_ = who.leg.Hangup(ctx) // the judge looks at how it ended
			}
		}
	})
	p.awaitFor(p.o.requeue+2*bound, "every customer was served", func() bool {
		return p.count(moved) == p.o.agents && p.count(present) == stay
	})
	p.say("every customer was served; %d still talk", stay)
	p.progress()
	for _, a := range p.alarms(p.cut)[1:] {
		p.t.Errorf("a further alarm, %s about %s: %s", a.Code, a.Subject, a.Sentence)
	}
}

// progress looks at what the gateway says of the mass switch: nobody of it is forgotten.
func (p *play) progress() {
	p.t.Helper()
	var list struct {
		Switches []struct{ Count map[string]int }
	}
	p.must(p.boss.Do(p.within(bound), "GET", "/switches", nil, &list))
	count := map[string]int{}
	for _, s := range list.Switches {
		for state, n := range s.Count {
			count[state] += n
		}
	}
	p.say("mass switches: %d, of agents: %v", len(list.Switches), count)
	over := count["done"] + count["failed"]
	if over != p.o.agents {
		p.t.Errorf("%d switches are over, want all %d", over, p.o.agents)
	}
}

// present says whether a customer is there.
func present(who *caller) bool { return who.leg.State() < demo.Over }

// nextToLeave returns the customer who talks on a phone for longest, once he has for long enough; nil: nobody yet.
func (p *play) nextToLeave() (next *caller) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, who := range p.callers {
		if who.leg.State() == demo.Up && moved(who) && (next == nil || who.twoWay.Before(next.twoWay)) {
			next = who
		}
	}
	if next != nil && time.Since(next.twoWay) < talks {
		return nil
	}
	return next
}

// leave lets the last customers hang up.
func (p *play) leave() {
	p.t.Helper()
	for _, who := range p.callers {
		if present(who) {
			p.must(who.leg.Hangup(p.within(bound)))
		}
	}
	p.say("the last customers hang up")
}
