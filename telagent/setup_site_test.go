package telagent_test

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"telagent-gateway/telagent"
)

// site reads a site: its name and its networks.
func (p *play) site(o options) telagent.Site {
	s := telagent.Site{Name: o.at(0)}
	for network := range strings.SplitSeq(o.at(1), ",") {
		s.Networks = append(s.Networks, netip.MustParsePrefix(network))
	}
	return s
}

// policy reads a team's policy: TEAM alert|switch [after D] [by-phone].
func (p *play) policy(o options) telagent.Policy {
	rule, err := telagent.ParseCutOffRule(o.at(1))
	if err != nil {
		p.t.Fatalf("%s: %v", p.where, err)
	}
	policy := telagent.Policy{Team: o.at(0), CutOff: rule, PhoneSignOn: slices.Contains(o, "by-phone")}
	if d := o.after("after"); d != "" {
		policy.Grace = p.duration(d)
	}
	return policy
}

// clocks reads the clocks of evidence and the rules of outages, each by its name.
func (p *play) clocks(o options) {
	c, r := &p.settings.Clocks, &p.settings.Outage
	for name, d := range map[string]*time.Duration{
		"flow": &c.Flow, "registration": &c.Registration, "answers": &c.Answers, "contact": &c.Contact, "reports": &c.Reports,
		"media": &c.Media, "hold-off": &c.HoldOff, "window": &r.Window, "hold": &r.Hold, "back": &r.BackAfter, "longest": &r.BackLongest,
	} {
		if v := o.after(name); v != "" {
			*d = p.duration(v)
		}
	}
	for name, n := range map[string]*int{"least": &r.Least, "percent": &r.Percent} {
		if v := o.after(name); v != "" {
			*n = p.int(v)
		}
	}
}

// outage prints what an agent's softphone lacks, and whether he may go back to it.
func (p *play) outage(v telagent.AgentView) (is string) {
	for _, m := range v.Lost {
		is += ", no " + m.Sign + " since " + m.Since.Sub(start).String()
	}
	if !v.BackOffered.IsZero() {
		is += ", may go back"
	}
	return is
}
