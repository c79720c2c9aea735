package console

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// Bans are the sources of signalling that are kept away. Its methods may be called from many goroutines at once.
type Bans interface {
	Bans() []call.Ban
	// Lift ends the ban of a source, given by any address of it; false: there is none.
	Lift(a netip.Addr) bool
	// Unheard counts what was not taken, of banned sources, of ones that sent too many, and of strangers when all of them
	// together sent too many.
	Unheard() (banned, hurried, crowded uint64)
}

// noBans is a signalling wire that bans nobody.
type noBans struct{}

// Bans returns none.
func (noBans) Bans() []call.Ban { return nil }

// Lift finds none.
func (noBans) Lift(netip.Addr) bool { return false }

// Unheard counts nothing.
func (noBans) Unheard() (banned, hurried, crowded uint64) { return 0, 0, 0 }

type banShown struct {
	Source string    `json:"source" doc:"an IPv4 address, or the /64 of an IPv6 one"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
	Times  int       `json:"times" doc:"how often it was banned, as far as that is remembered"`
	Reason string    `json:"reason" doc:"what it did, in words"`
}

type bansAnswer struct {
	Body struct {
		Bans []banShown `json:"bans"`
	}
}

type banAsked struct {
	Address string `path:"address" maxLength:"64" doc:"any address of the source"`
}

// listBans shows an admin whose SIP is not heard.
func (c *Console) listBans(ctx context.Context, _ *struct{}) (*bansAnswer, error) {
	if from(ctx).viewer.role != telagent.AdminRole {
		return nil, problem("not_admin", "Only an administrator may see the bans.")
	}
	out := &bansAnswer{}
	out.Body.Bans = []banShown{}
	for _, b := range c.o.Bans.Bans() {
		source := b.Source.String()
		if b.Source.IsSingleIP() {
			source = b.Source.Addr().String()
		}
		out.Body.Bans = append(out.Body.Bans, banShown{source, b.Since.UTC(), b.Until.UTC(), b.Times, b.Reason})
	}
	return out, nil
}

// liftBan ends a ban.
func (c *Console) liftBan(ctx context.Context, in *banAsked) (*struct{}, error) {
	address, err := netip.ParseAddr(in.Address)
	if err != nil {
		return nil, problem("bad_address", "%s is not an IP address.", in.Address)
	}
	banned := slices.ContainsFunc(c.o.Bans.Bans(), func(b call.Ban) bool { return b.Source.Contains(address) })
	if !banned && from(ctx).viewer.all() {
		return nil, problem("not_banned", "%s is not banned.", address)
	}
	if err := c.o.Do(ctx, telagent.LiftBan{By: from(ctx).viewer.name, Address: address.String()}); err != nil {
		return nil, c.refused("lift the ban of "+in.Address, err)
	}
	c.o.Bans.Lift(address) // if it ended meanwhile, so be it
	return nil, nil
}

// banMeters are the bans and what was not heard, as /metrics shows them.
type banMeters struct {
	of            Bans
	bans, unheard *prometheus.Desc
}

func newBanMeters(of Bans) banMeters {
	return banMeters{
		of:      of,
		bans:    prometheus.NewDesc("telagent_sip_bans", "Sources of SIP that are banned.", nil, nil),
		unheard: prometheus.NewDesc("telagent_sip_unheard_total", "SIP messages and connections that were dropped unread, by why.", []string{"why"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (m banMeters) Describe(out chan<- *prometheus.Desc) {
	out <- m.bans
	out <- m.unheard
}

// Collect implements prometheus.Collector.
func (m banMeters) Collect(out chan<- prometheus.Metric) {
	out <- prometheus.MustNewConstMetric(m.bans, prometheus.GaugeValue, float64(len(m.of.Bans())))
	banned, hurried, crowded := m.of.Unheard()
	for why, n := range map[string]uint64{"banned": banned, "too_many_of_one": hurried, "too_many_of_all": crowded} {
		out <- prometheus.MustNewConstMetric(m.unheard, prometheus.CounterValue, float64(n), why)
	}
}
