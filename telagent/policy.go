package telagent

import (
	"fmt"
	"slices"
	"time"
)

// CutOffRule is what becomes of a team's agents whose softphones are lost.
type CutOffRule uint8

// The rules.
const (
	AlertRule  CutOffRule = iota // supervisors are told, and nothing is done by itself
	SwitchRule                   // they are switched to their phones after the grace time
)

var cutOffWords = []string{"alert", "switch"}

// String returns the rule's stable word.
func (r CutOffRule) String() string { return wordOf(cutOffWords, uint8(r)) }

// ParseCutOffRule returns the rule with that word.
func ParseCutOffRule(s string) (CutOffRule, error) {
	if i := slices.Index(cutOffWords, s); i >= 0 {
		return CutOffRule(i), nil
	}
	return AlertRule, fmt.Errorf("unknown rule %q", s)
}

// Policy is what a team's supervisors decided beforehand for the day of an outage.
type Policy struct {
	Team        string
	CutOff      CutOffRule
	Grace       time.Duration // how long somebody is cut off, or lost while he is idle, before SwitchRule switches him; 0: at once
	PhoneSignOn bool          // its agents may sign on by phone, at the access number
	SetBy       string        // who set it last; the Floor fills it in
	Set         time.Time     // when; likewise
}

// DefaultGrace is the grace time of a team that nobody set one for.
const DefaultGrace = 5 * time.Second

// mostGrace bounds the grace time: after it the customer is in his queue again.
const mostGrace = time.Hour

// putPolicy lets a team's supervisors, or an administrator, set its policy.
func (f *Floor) putPolicy(c PutPolicy) error {
	p := c.Policy
	if err := f.leads(c.By, p.Team); err != nil {
		return err
	}
	switch {
	case p.CutOff > SwitchRule:
		return refuse("bad_policy", "Who is cut off leads to an alert or to a switch; take one of the two.")
	case p.Grace < 0 || p.Grace > mostGrace:
		return refuse("bad_policy", "The grace time %v is out of range; take 0s to %v.", p.Grace, mostGrace)
	}
	p.SetBy, p.Set = c.By, f.now
	f.policies[p.Team] = p
	f.say(PolicyChanged{Policy: p})
	f.revise(PolicyEntry, p.Team, c.By)
	for _, id := range sortedKeys(f.agents) {
		if a := f.agents[id]; a.Team == p.Team && a.trouble.code != "" {
			f.touch(a) // it may be about him
		}
	}
	return nil
}

// leads says why a user may not decide for a team: only its supervisors may, and administrators. To the others' supervisors
// it does not exist.
func (f *Floor) leads(by, team string) error {
	u := f.asker(by)
	switch {
	case by != "" && (u == nil || u.Role == AgentRole):
		return refuse("not_supervisor", "Only a supervisor may do this.")
	case team == "" || by != "" && u.Role != AdminRole && !contains(u.Teams, team) || !f.hasTeam(team):
		return refuse("unknown_team", "There is no team %s.", team)
	}
	return nil
}

// hasTeam says whether anybody is in a team or leads it.
func (f *Floor) hasTeam(team string) bool {
	for _, a := range f.agents {
		if a.Team == team {
			return true
		}
	}
	for _, u := range f.users {
		if contains(u.Teams, team) {
			return true
		}
	}
	return false
}

// policy returns the policy of a team.
func (f *Floor) policy(team string) Policy {
	if p, set := f.policies[team]; set {
		return p
	}
	return Policy{Team: team, Grace: DefaultGrace}
}

// words says a policy in short.
func (p Policy) words() string {
	s := p.CutOff.String()
	if p.CutOff == SwitchRule {
		s += " after " + p.Grace.String()
	}
	if p.PhoneSignOn {
		s += ", sign-on by phone"
	}
	return s
}
