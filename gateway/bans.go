package gateway

import (
	"net/netip"

	"telagent-gateway/call"
	"telagent-gateway/config"
	"telagent-gateway/sip"
)

// security are the bounds of strangers as configured, and the bans that the store remembers.
func security(c config.Security, banned []call.Ban, ledger sip.Ledger) sip.Security {
	s := sip.Security{
		After: c.Ban.After, Within: c.Ban.Within, For: c.Ban.For, Longest: c.Ban.Longest,
		PerHost: c.Strangers.PerHost, InAll: c.Strangers.InAll, Ledger: ledger, Banned: banned,
	}
	for _, network := range c.Allow {
		s.Allow = append(s.Allow, netip.MustParsePrefix(network)) // it was checked
	}
	return s
}

// wall lets the console look at the bans of the signalling wire, which starts after it.
type wall struct{ g *Gateway }

// Bans returns the bans that hold.
func (w wall) Bans() []call.Ban { return w.g.sip.Bans() }

// Lift ends a ban; false: there is none.
func (w wall) Lift(a netip.Addr) bool { return w.g.sip.Lift(a) }

// Unheard counts what was not taken.
func (w wall) Unheard() (banned, hurried, crowded uint64) { return w.g.sip.Unheard() }
