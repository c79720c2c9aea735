//go:build peers || outage

package outage

import (
	"encoding/json"
	"slices"
	"time"

	"telagent-gateway/demo"
)

// wayBack mends the line. Whoever works by phone is offered the way back when his softphone has been there for long enough,
// and nobody is moved by that; one who is in a call takes it.
func (p *play) wayBack() {
	p.t.Helper()
	by := p.byPhone()
	p.must(p.place.line.mend())
	mended := time.Now()
	p.say("the line is there again; %d agents work by phone", len(by))
	for _, id := range by {
		_, err := p.watch.Wait(p.within(p.o.back+bound), mended, isTold(id, "switch_back"))
		p.must(err)
	}
	p.say("all of them are offered the way back")
	if took := time.Since(mended); took < p.o.back {
		p.t.Errorf("the way back was offered after %v already", took)
	}
	if still := p.byPhone(); !slices.Equal(by, still) {
		p.t.Errorf("by phone were %v and are %v; nobody moves until he or a supervisor says so", by, still)
	}
	p.goBack()
}

// byPhone returns who works by phone.
func (p *play) byPhone() (ids []string) {
	p.t.Helper()
	for i := range p.o.agents {
		a, err := p.boss.Agent(p.within(bound), agentID(i))
		p.must(err)
		if a.Reach == "phone" {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// goBack switches one agent who is in a call back to his softphone, as he or a supervisor would.
func (p *play) goBack() {
	p.t.Helper()
	for _, who := range p.callers {
		if !present(who) {
			continue
		}
		asked := time.Now()
		p.must(p.boss.Switch(p.within(bound), who.taker, "softphone"))
		_, err := who.leg.WaitHears(p.within(bound), demo.SoftphoneTone, asked)
		p.must(err)
		p.must(who.phone.Wait(p.within(bound), demo.Over))
		p.say("%s goes back in mid-call: his customer hears the softphone", who.taker)
		return
	}
	p.t.Error("nobody was in a call when the line came back")
}

// isTold fits an event that tells an agent something.
func isTold(id, code string) func(demo.Event) bool {
	return func(e demo.Event) bool {
		var told struct{ Agent, Code string }
		return e.Name == "agent.told" && json.Unmarshal(e.Data, &told) == nil && told.Agent == id && told.Code == code
	}
}

// The line flaps so often, so long each time.
const (
	flapTimes = 5
	flapDown  = 8 * time.Second
	flapUp    = 4 * time.Second
)

// flapping takes the line away and brings it back within a minute, several times. Nobody is offered the way back in between,
// and at most once in the time after it that was enough before.
func (p *play) flapping() {
	p.t.Helper()
	began := time.Now()
	for range flapTimes {
		p.must(p.place.line.silence())
		p.must(pause(p.t.Context(), flapDown))
		p.must(p.place.line.mend())
		p.must(pause(p.t.Context(), flapUp))
	}
	p.must(pause(p.t.Context(), p.o.back))
	offers, sites := 0, 0
	for i := range p.o.agents {
		fits, n := isTold(agentID(i), "switch_back"), 0
		for _, e := range p.watch.Events(began) {
			if fits(e) {
				n++
			}
		}
		if offers += n; n > 1 {
			p.t.Errorf("%s was offered the way back %d times", agentID(i), n)
		}
	}
	for _, a := range p.alarms(began) {
		if a.Code == "site_down" {
			sites++
		}
	}
	p.say("the line flapped %d times in %v: %d offers to %d agents, %d alarms of the site", flapTimes,
		flapTimes*(flapDown+flapUp), offers, p.o.agents, sites)
}
