//go:build peers || outage

package outage

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"telagent-gateway/demo"
)

// judge prints a line for each call and says what was not as promised.
func (p *play) judge() {
	p.t.Helper()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "agent\tno packet ms\tnothing audible ms\ton comfort s\tkey to two-way ms\twith somebody again after s\toutcome")
	for _, who := range p.callers {
		p.row(w, who)
	}
	p.must(w.Flush())
	fmt.Printf("\n%s\n", b.String())
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Printf("channels of the trunk in use at once: %d of %d\n", p.most, p.o.agents+p.o.free)
	if p.most > p.o.agents+p.o.free {
		p.t.Errorf("%d channels in use, the trunk has %d", p.most, p.o.agents+p.o.free)
	}
	for _, fault := range p.carrier.Faults() {
		p.t.Error(fault)
	}
}

// The bounds of the form that asserts them: the product's promises, and some for a machine that plays all the phones too.
const (
	mostSilent = 2 * time.Second
	mostTwoWay = 200 * time.Millisecond
)

func (p *play) row(w *tabwriter.Writer, who *caller) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	over := who.leg.Since(demo.Over)
	tr := who.leg.Trace()
	gap := tr.LongestGap(p.cut, over)
	inaudible := tr.LongestWithout(p.cut, over, demo.SoftphoneTone, demo.PhoneTone, demo.DeskTone, demo.Other)
	comfort, _ := tr.FirstHeard(demo.Other, p.cut)
	outcome := who.outcome()
	fmt.Fprintf(w, "%s\t%d\t%d\t%.1f\t%d\t%.1f\t%s\n", who.agent, gap.Milliseconds(), inaudible.Milliseconds(),
		who.twoWay.Sub(comfort).Seconds(), who.twoWay.Sub(who.pressed).Milliseconds(), who.twoWay.Sub(p.cut).Seconds(), outcome)
	if e := who.leg.Ending(); e.By != demo.Near {
		p.t.Errorf("%s's customer did not hang up himself: %+v", who.agent, e)
	}
	if !moved(who) {
		p.t.Errorf("%s's customer was never served: %s", who.agent, outcome)
	}
	if who.wrong != "" {
		p.t.Errorf("%s's customer: %s", who.agent, who.wrong)
	}
	if changes := who.leg.Changes(); len(changes) > 0 {
		p.t.Errorf("%s's customer: his dialog was touched: %v", who.agent, changes)
	}
	if tr.Heard(demo.MachineTone, p.cut, over) {
		p.t.Errorf("%s's customer heard a phone that nobody had taken", who.agent)
	}
	if p.o.bounds && (gap > mostSilent || inaudible > mostSilent) {
		p.t.Errorf("%s's customer heard nothing for %v", who.agent, max(gap, inaudible))
	}
	if p.o.bounds && who.twoWay.Sub(who.pressed) > mostTwoWay {
		p.t.Errorf("%s's customer: %v from the key to two-way", who.agent, who.twoWay.Sub(who.pressed))
	}
}

// outcome is what became of a customer, in words.
func (who *caller) outcome() string {
	said := strings.Join(who.failed, ", ")
	switch {
	case !moved(who):
		return "not served (" + said + ")"
	case who.taker != who.agent && said == "":
		return "requeued, taken by " + who.taker
	case who.taker != who.agent:
		return said + "; requeued, taken by " + who.taker
	case said != "":
		return said + "; moved to the next number"
	}
	return "moved"
}
