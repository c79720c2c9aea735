package telagent_test

import (
	"fmt"
	"slices"

	"telagent-gateway/telagent"
)

// operation reads what is done to the gateway itself:
//
//	drain gateway [stop] [within D]
//	undrain gateway
//	reload settings [wrap D] [channels N]         of all trunks
func (p *play) operation(verb, by string, o options) telagent.Command {
	switch verb {
	case "drain":
		c := telagent.Drain{By: by, Stop: slices.Contains(o, "stop")}
		if d := o.after("within"); d != "" {
			c.Within = p.duration(d)
		}
		return c
	case "undrain":
		return telagent.Drain{By: by, Off: true}
	}
	next := p.settings
	next.Trunks = slices.Clone(next.Trunks)
	if d := o.after("wrap"); d != "" {
		next.WrapUp = p.duration(d)
	}
	if n := o.after("channels"); n != "" {
		for i := range next.Trunks {
			next.Trunks[i].Channels = p.int(n)
		}
	}
	return telagent.Reload{By: by, Settings: next, Detail: "policy.wrap_up"}
}

// drainWords says how far a drain is.
func drainWords(d telagent.Draining) string {
	if !d.On {
		return "takes new calls"
	}
	return fmt.Sprintf("takes no new calls: %d up, %d waiting", d.Calls, d.Waiting)
}
