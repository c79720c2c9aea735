package gateway

import (
	"telagent-gateway/call"
	"telagent-gateway/sip"
	"telagent-gateway/telagent"
)

// faces are the addresses of record under which phones can watch an agent, with what is shown of him there. desk is the
// desk phone that he was shown under before; empty: none.
func faces(v telagent.AgentView, desk string) map[string]sip.Presence {
	p := sip.Presence{User: v.ID, Status: v.Status, Activity: v.Activity, Call: v.Call, Remote: v.Customer}
	if v.Status == v.Declared {
		p.Reason = v.Reason // of what he declared: while a call is up it says nothing
	}
	if v.Customer.Number == v.ID {
		p.Remote = call.Party{} // he called a colleague: it is himself whom the other one sees
	}
	all := map[string]sip.Presence{v.ID: p}
	if desk != "" {
		all[desk] = sip.Presence{}
	}
	if v.DeskPhone != "" {
		all[v.DeskPhone] = p
	}
	return all
}

// people are all agents as they are shown when the gateway starts.
func (g *Gateway) people(agents []telagent.AgentView) map[string]sip.Presence {
	all := map[string]sip.Presence{}
	for _, v := range agents {
		for aor, p := range faces(v, "") {
			all[aor] = p
		}
		g.shown[v.ID] = v.DeskPhone
	}
	return all
}

// show lets the phones that watch an agent know how he is now.
func (g *Gateway) show(v telagent.AgentView) {
	for aor, p := range faces(v, g.shown[v.ID]) {
		g.sip.Show(aor, p)
	}
	g.shown[v.ID] = v.DeskPhone
}
