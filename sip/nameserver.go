package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// queryTime is how long a name server may take before the next one is asked.
const queryTime = 800 * time.Millisecond

// resolvConf is where the system keeps its name servers.
const resolvConf = "/etc/resolv.conf"

// query asks the name servers, one after the other and each twice, until one gives an answer.
//
// RFC 1035 §7.2
func (m machine) query(ctx context.Context, q *dns.Msg) (*dns.Msg, error) {
	servers, err := m.nameServers()
	if err != nil {
		return nil, err
	}
	err = errors.New("none is known")
	for range 2 {
		for _, server := range servers {
			var a *dns.Msg
			if a, err = exchange(ctx, q, server); err == nil {
				return a, nil
			}
			if ctx.Err() != nil {
				return nil, err
			}
		}
	}
	return nil, err
}

// nameServers returns those that were named, or the system's.
func (m machine) nameServers() (list []string, err error) {
	for _, server := range m.servers {
		list = append(list, server.String())
	}
	if len(list) > 0 {
		return list, nil
	}
	c, err := dns.ClientConfigFromFile(resolvConf)
	if err != nil {
		return nil, fmt.Errorf("find a name server: %w", err)
	}
	for _, host := range c.Servers {
		if addr, err := netip.ParseAddr(host); err == nil {
			list = append(list, netip.AddrPortFrom(addr, 53).String())
		}
	}
	return list, nil
}

// exchange asks one name server. What does not fit into a datagram is asked for once more over a connection.
//
// RFC 7766 §5
func exchange(ctx context.Context, q *dns.Msg, server string) (*dns.Msg, error) {
	for _, network := range []string{"udp", "tcp"} {
		c := dns.Client{Net: network, Timeout: queryTime}
		q.Id = dns.Id()
		a, _, err := c.ExchangeContext(ctx, q, server)
		switch {
		case err != nil:
			return nil, fmt.Errorf("ask name server %s: %w", server, err)
		case a.Truncated && network == "udp":
			continue
		case a.Rcode == dns.RcodeServerFailure || a.Rcode == dns.RcodeRefused || a.Rcode == dns.RcodeNotImplemented:
			return nil, fmt.Errorf("name server %s says %s", server, dns.RcodeToString[a.Rcode])
		}
		return a, nil
	}
	return nil, fmt.Errorf("name server %s cannot say all of it", server)
}
