//go:build chaos

package chaos

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// uplinks are the faults of the lines that agents are connected by.
var uplinks = []fault{
	{"uplink", "20 agents' lines are gone for 3 s, and come back with other addresses", 5 * time.Second, playUplink},
}

// playUplink takes the addresses of 20 phones in calls away, and gives them others: each goes on with its call, and is
// called there afterwards.
func playUplink(t *testing.T) judged {
	const agents = 20
	h := open(t, plan{net: "127.47.19", agents: agents})
	pairs := h.talk(agents)
	h.commit()
	from := time.Now()
	for _, p := range h.phones {
		p.Unplug()
	}
	h.pause(3 * time.Second)
	h.together(agents, func(ctx context.Context, i int) error {
		return h.phones[i].Move(ctx, netip.MustParseAddrPort(fmt.Sprintf("%s.%d:0", h.Net, 100+i)))
	})
	j := h.heal(pairs, from)
	j.faults = append(j.faults, h.leave(pairs)...)
	after := h.talk(agents)
	for _, p := range after {
		if at := h.phones[h.agentOf(p.agent)].Addr().Addr(); at.As4()[3] < 100 {
			j.fault("%s was called at its old address", p.agent)
		}
	}
	j.faults = append(j.faults, h.leave(after)...)
	j.faults = append(j.faults, h.settle(2*agents)...)
	return j
}
