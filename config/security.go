package config

import (
	"net/netip"
	"time"
)

// Security is the section security.
type Security struct {
	Allow     []string  `yaml:"allow" help:"Networks that are never banned and never bounded, as address/bits, besides those of trunks: proxies, monitoring, a load test."`
	Ban       Ban       `yaml:"ban" help:"When a source of SIP is banned: an IPv4 address, or the /64 of an IPv6 one. Only what it certainly did itself counts: over UDP answers to challenges sent to its very address and port, over connections everything. Where a phone is registered from, nobody is banned."`
	Strangers Strangers `yaml:"strangers" help:"How much is read of who has not proved himself; the rest is dropped unread, without an answer."`
}

// Ban is the section security.ban.
type Ban struct {
	After   int           `yaml:"after" help:"Wrong passwords or user names before a source is banned; over connections ten requests without any proof count as one; 0: nobody is banned."`
	Within  time.Duration `yaml:"within" help:"Time in which they are counted."`
	For     time.Duration `yaml:"for" help:"How long the first ban lasts; each further one lasts twice as long as the one before."`
	Longest time.Duration `yaml:"longest" help:"The longest ban. For so long after its end a ban is remembered."`
}

// Strangers is the section security.strangers.
type Strangers struct {
	PerHost int `yaml:"per_host" help:"SIP messages a second of one address, in the long run; where somebody proved himself, ten times as many; 0: no limit."`
	InAll   int `yaml:"in_all" help:"SIP messages a second of all addresses together where nobody proved himself yet, so that a flood from forged ones leaves room for phones and trunks; 0: no limit."`
}

var usualSecurity = Security{
	Ban:       Ban{After: 10, Within: 10 * time.Minute, For: 10 * time.Minute, Longest: 24 * time.Hour},
	Strangers: Strangers{PerHost: 50, InAll: 2000},
}

func (c *check) security() {
	for i, network := range c.Security.Allow {
		if _, err := netip.ParsePrefix(network); err != nil {
			c.no(item("security.allow", i), "%q is not a network; write address/bits, like 192.0.2.0/24, or 192.0.2.7/32 for one address", clip(network))
		}
	}
	b := c.Security.Ban
	c.notBelow("security.ban.after", b.After)
	c.notBelow("security.strangers.per_host", c.Security.Strangers.PerHost)
	c.notBelow("security.strangers.in_all", c.Security.Strangers.InAll)
	for path, d := range map[string]time.Duration{"within": b.Within, "for": b.For, "longest": b.Longest} {
		if d <= 0 && b.After > 0 {
			c.no("security.ban."+path, "%v is no length of time; write one, like 10m, or ban nobody with after: 0", d)
		}
	}
	if b.After > 0 && b.For > b.Longest {
		c.no("security.ban.for", "the first ban of %v is longer than the longest one of %v; write less, or raise longest", b.For, b.Longest)
	}
}

// notBelow complains about a negative number.
func (c *check) notBelow(path string, n int) {
	if n < 0 {
		c.no(path, "%d is negative; write 0 or more", n)
	}
}
