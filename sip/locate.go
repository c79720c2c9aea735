package sip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// mostTargets is how many addresses of one URI are tried at most.
const mostTargets = 16

// service is one transport that a domain speaks, and the name of its SRV records.
type service struct {
	network string // "UDP", "TCP" or "TLS"
	srv     string
}

// services are the transports that we ask domains for, in the order in which we take them.
//
// RFC 3263 §4.1
var services = []struct{ network, naptr, label string }{
	{"UDP", "SIP+D2U", "_sip._udp."}, {"TCP", "SIP+D2T", "_sip._tcp."}, {"TLS", "SIPS+D2T", "_sips._tcp."},
}

// locate returns every address that a hop leads to, in the order in which they are to be tried. An error says in words
// what its name lacks.
//
// RFC 3263 §4
func (w *Wire) locate(ctx context.Context, h hop) ([]destination, error) {
	if addr, ok := h.address(); ok {
		return []destination{h.to(addr)}, nil
	}
	list, err := w.located(ctx, h)
	if len(list) > mostTargets {
		list = list[:mostTargets]
	}
	if len(list) == 0 && err == nil {
		err = fmt.Errorf("name %s has no address that we can reach", h.host)
	}
	return list, err
}

// located looks a hop's name up.
//
// RFC 3263 §4.2: a port that is named leads to that port, without SRV
func (w *Wire) located(ctx context.Context, h hop) ([]destination, error) {
	if !h.ported {
		list, err := w.byServices(ctx, h)
		// The system may know a host, by its hosts file, whose name no name server can say anything about.
		if err == nil || !errors.Is(err, errNoRecord) && !(w.names.system && errors.Is(err, errUnanswered)) {
			return list, err
		}
	}
	return w.atHost(ctx, h, h.host)
}

// byServices returns the addresses of the services of a hop's domain. The error wraps errNoRecord if it has none.
func (w *Wire) byServices(ctx context.Context, h hop) (list []destination, err error) {
	offered, err := w.servicesOf(ctx, h)
	if err != nil {
		return nil, err
	}
	err = errNoRecord
	for _, s := range offered {
		found, problem := w.serve(ctx, h, s)
		if problem == nil {
			err = nil
		} else if !errors.Is(problem, errNoRecord) {
			return nil, problem
		}
		list = append(list, found...)
	}
	return list, err
}

// servicesOf returns the transports to try for a hop: the one that it names, those that its domain names, or ours.
//
// RFC 3263 §4.1
func (w *Wire) servicesOf(ctx context.Context, h hop) ([]service, error) {
	if !h.named {
		list, err := w.naptr(ctx, h)
		if len(list) > 0 || err != nil && !errors.Is(err, errNoRecord) {
			return list, err
		}
	}
	var list []service
	for _, s := range services {
		fits := s.network == h.network || !h.named && !h.secure
		if !fits || !w.speaks(s.network) {
			continue
		}
		of := service{s.network, s.label + h.host}
		if h.named || h.secure {
			return append(list, of), nil
		}
		// A domain without NAPTR: the first transport for which it has SRV.
		if _, err := w.names.records(ctx, of.srv, dns.TypeSRV); err == nil {
			return append(list, of), nil
		} else if !errors.Is(err, errNoRecord) {
			return nil, err
		}
	}
	return list, nil
}

// naptr returns the services that a domain names, of the best order alone, as it prefers them.
//
// RFC 3263 §4.1, RFC 3403 §4.1
func (w *Wire) naptr(ctx context.Context, h hop) (list []service, err error) {
	records, err := w.names.records(ctx, h.host, dns.TypeNAPTR)
	if err != nil {
		return nil, err
	}
	var known []*dns.NAPTR
	for _, r := range records {
		if n, ok := r.(*dns.NAPTR); ok && w.serviceIn(n, h) != "" {
			known = append(known, n)
		}
	}
	slices.SortStableFunc(known, func(a, b *dns.NAPTR) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Preference, b.Preference))
	})
	for _, n := range known {
		if n.Order == known[0].Order {
			list = append(list, service{w.serviceIn(n, h), strings.TrimSuffix(n.Replacement, ".")})
		}
	}
	return list, nil
}

// serviceIn returns the transport that a NAPTR record is about; empty: none that we speak.
func (w *Wire) serviceIn(n *dns.NAPTR, h hop) string {
	if !strings.EqualFold(n.Flags, "s") || n.Regexp != "" || n.Replacement == "." {
		return ""
	}
	for _, s := range services {
		if strings.EqualFold(n.Service, s.naptr) && w.speaks(s.network) && (!h.secure || s.network == "TLS") {
			return s.network
		}
	}
	return ""
}

// serve returns the addresses behind the SRV records of a service.
//
// RFC 3263 §4.2; RFC 2782: the target "." says that there is none
func (w *Wire) serve(ctx context.Context, h hop, s service) (list []destination, err error) {
	records, err := w.names.records(ctx, s.srv, dns.TypeSRV)
	if err != nil {
		return nil, err
	}
	var problem error
	for _, r := range arrange(records, rand.IntN) {
		if r.Target == "." {
			continue
		}
		at := h
		at.network, at.port = s.network, r.Port
		found, err := w.atHost(ctx, at, strings.TrimSuffix(r.Target, "."))
		if err != nil {
			problem = err
		}
		if list = append(list, found...); len(list) >= mostTargets {
			break
		}
	}
	if len(list) == 0 && problem != nil {
		return nil, fmt.Errorf("no server of %s has an address: %s", s.srv, problem.Error()) // it has SRV: that is not to be passed by
	}
	return list, nil
}

// arrange puts SRV records into the order in which they are tried: by priority, and among equals by lot with their weights.
//
// RFC 2782, Usage rules
func arrange(records []dns.RR, lot func(n int) int) (list []*dns.SRV) {
	var left []*dns.SRV
	for _, r := range records {
		if s, ok := r.(*dns.SRV); ok && s.Port > 0 {
			left = append(left, s)
		}
	}
	slices.SortStableFunc(left, func(a, b *dns.SRV) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Weight, b.Weight)) // those of weight 0 come first
	})
	for len(left) > 0 {
		equals, sum := 0, 0
		for equals < len(left) && left[equals].Priority == left[0].Priority {
			sum += int(left[equals].Weight)
			equals++
		}
		drawn, running := lot(sum+1), 0
		for i, s := range left[:equals] {
			if running += int(s.Weight); running >= drawn {
				list, left = append(list, s), slices.Delete(left, i, i+1)
				break
			}
		}
	}
	return list
}

// atHost returns the addresses of a host, as far as we have a socket for them.
func (w *Wire) atHost(ctx context.Context, h hop, host string) (list []destination, err error) {
	addrs := []netip.Addr{}
	if a, err := netip.ParseAddr(host); err == nil {
		addrs = append(addrs, a.Unmap())
	} else if addrs, err = w.names.addresses(ctx, host); err != nil {
		return nil, err
	}
	for _, a := range addrs {
		d := h.to(netip.AddrPortFrom(a, h.port))
		if d.network == "UDP" {
			if _, err := w.packetsTo(d.remote); err != nil {
				continue
			}
		}
		list = append(list, d)
	}
	return list, nil
}

// speaks says whether we have a transport. Connections are made without a listener of their own.
func (w *Wire) speaks(network string) bool {
	return network != "UDP" || slices.ContainsFunc(w.listeners, func(l *listener) bool { return l.network == "UDP" })
}
