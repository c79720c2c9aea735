package config

import (
	"net/netip"
	"strings"
	"time"
)

// Drain is the section drain.
type Drain struct {
	RetryAfter time.Duration `yaml:"retry_after" help:"When callers and proxies that are turned away (503) may ask again (Retry-After)."`
	Redirect   string        `yaml:"redirect" help:"Where trunks are told to send their calls instead (302), like sip:198.51.100.9:5060; the number stays. Empty: their calls are refused with 503, and most carriers go to the next address by themselves."`
	StopAfter  time.Duration `yaml:"stop_after" help:"How long 'telagent drain --stop' waits for the last call before it hangs up those that are left and ends the gateway; 0s: as long as it takes."`
}

var usualDrain = Drain{RetryAfter: 30 * time.Second, StopAfter: time.Hour}

func (c *check) drain() {
	d := c.Drain
	c.between("drain.retry_after", d.RetryAfter, time.Second, time.Hour)
	c.between("drain.stop_after", d.StopAfter, 0, 7*24*time.Hour)
	if d.Redirect == "" {
		return
	}
	at := hostPort(d.Redirect)
	if user, rest, named := strings.Cut(at, "@"); named && user != "" {
		at = rest
	}
	name, _ := splitPort(at)
	_, err := netip.ParseAddr(strings.Trim(name, "[]"))
	if !strings.HasPrefix(d.Redirect, "sip:") && !strings.HasPrefix(d.Redirect, "sips:") || err != nil && !isHost(name) {
		c.no("drain.redirect", "%q is not where calls can be sent; write sip:host:port, like sip:198.51.100.9:5060", clip(d.Redirect))
	}
}
