package telagent_test

import (
	"net/netip"
	"slices"
	"strings"

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
