//go:build peers || outage

package outage

import (
	"context"
	"fmt"
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
	phones   func(i int) []manner // of the i-th agent, in the order in which they are tried

	// The gateway's clocks, shorter than in life in the small form.
	ring, confirm, requeue time.Duration
	every                  time.Duration // between two customers who hang up, once they have talked on the phone
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
	p.outage()
	p.click()
	p.firstMove()
	p.theRest()
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
	for i := range p.o.agents {
		p.awaitAgent(i, "is cut off", func(a demo.Agent) bool { return a.Activity == "cut_off" })
	}
	p.say("every agent is shown as cut off")
}

// click is the supervisor's: everybody is switched.
func (p *play) click() {
	p.t.Helper()
	var all []string
	for i := range p.o.agents {
		all = append(all, agentID(i))
	}
	var got struct {
		Results []struct {
			OK     bool
			Detail string
		}
	}
	ask := map[string]any{"agents": all, "to": "telagent", "request_id": "the click"}
	p.must(p.boss.Do(p.within(bound), "POST", "/switch", ask, &got))
	accepted := 0
	for _, r := range got.Results {
		if r.OK {
			accepted++
		}
	}
	p.say("one click: %d of %d switches are accepted", accepted, len(got.Results))
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

// theRest lets those who have talked hang up, one after the other, so that channels come free for the others, until
// everybody was served.
func (p *play) theRest() {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	var leaving sync.WaitGroup
	defer func() { cancel(); leaving.Wait() }()
	leaving.Go(func() {
		for pause(ctx, p.o.every) == nil {
			if who := p.nextToLeave(); who != nil {
				_ = who.leg.Hangup(ctx) // the judge looks at how it ended
			}
		}
	})
	p.awaitFor(p.o.requeue+3*bound, "every customer was served", func() bool {
		return p.count(func(who *caller) bool { return who.leg.State() < demo.Over }) == 0
	})
	p.say("every customer was served, and hung up himself")
}

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
