package telagent_test

import (
	"fmt"
	"strings"

	"telagent-gateway/telagent"
)

// prepareProof reads a setting of how phones are spoken to, tried and tested.
func (p *play) prepareProof(what, value string) {
	switch what {
	case "language":
		p.settings.Language = value
	case "machines":
		p.settings.Machines = p.int(value)
	case "test-ring":
		p.settings.TestRing = p.duration(value)
	case "test-calls":
		p.settings.TestCalls = p.int(value)
	}
}

// pinOf returns the credentials of an agent with a PIN; nil: they stay.
func pinOf(o options) *telagent.Credentials {
	if pin := o.after("secret"); pin != "" {
		return &telagent.Credentials{PIN: "hash of " + pin}
	}
	return nil
}

// phoneCommand reads a request about an agent's phones: test_call AGENT [to NUMBER], clear_machines AGENT NUMBER.
func phoneCommand(verb, by string, o options) telagent.Command {
	if verb == "test_call" {
		return telagent.TestCall{By: by, Agent: o.at(0), Number: o.after("to")}
	}
	return telagent.ClearMachines{By: by, Agent: o.at(0), Number: o.at(1)}
}

// stations prints where an agent can be rung, and what is known of it.
func stations(v telagent.AgentView) string {
	var all []string
	for _, s := range v.Stations {
		one := s.Target + " " + s.Reachable
		if !s.At.IsZero() {
			one += fmt.Sprintf(" (%s at %s)", s.By, s.At.Sub(start))
		}
		if s.Machines > 0 {
			one += fmt.Sprintf(" machines %d", s.Machines)
		}
		if s.Last {
			one += " last"
		}
		if s.Rings {
			one += " *"
		}
		all = append(all, one)
	}
	return " {" + strings.Join(all, ", ") + "}"
}
