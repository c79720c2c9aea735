package sip

import (
	"fmt"
	"net/netip"
	"testing"

	"telagent-gateway/call"
)

func TestEachPeerIsToldAnAddressThatItCanUse(t *testing.T) {
	listen := []string{"udp:[::]:5060", "tcp:192.0.2.1:5060", "tcp:192.0.2.2:5070", "tls:10.0.0.5:5061"}
	one := map[string]string{"": "203.0.113.5"}
	kinds := map[string]string{"ipv4": "203.0.113.5", "ipv6": "2001:db8::5", "tls:10.0.0.5:5061": "198.51.100.9"}
	for _, c := range []struct {
		network, local, remote string
		advertise              map[string]string
		want                   string
	}{
		{"UDP", "[::]:5060", "198.51.100.7:5060", one, "203.0.113.5:5060"},
		{"UDP", "[::]:5060", "198.51.100.7:5060", kinds, "203.0.113.5:5060"},
		{"UDP", "[::]:5060", "[2001:db8::7]:5060", kinds, "2001:db8::5:5060"},
		{"UDP", "[::]:5060", "198.51.100.7:5060", nil, "192.0.2.99:5060"},
		{"UDP", "[::]:5060", "[2001:db8::7]:5060", nil, "2001:db8::99:5060"},
		{"UDP", "[::]:5060", "[2001:db8::7]:5060", one, "2001:db8::99:5060"}, // the one is of the other kind
		{"TCP", "192.0.2.2:5070", "198.51.100.7:4000", nil, "192.0.2.2:5070"},
		{"TCP", "192.0.2.1:5060", "198.51.100.7:4000", one, "203.0.113.5:5060"},
		{"TCP", "192.0.2.2:43210", "198.51.100.7:5060", nil, "192.0.2.2:5070"}, // we connected
		{"TCP", "192.0.2.3:43210", "198.51.100.7:5060", nil, "192.0.2.3:43210"},
		{"TLS", "10.0.0.5:5061", "198.51.100.7:4000", kinds, "198.51.100.9:5061"},
		{"TLS", "10.0.0.5:5061", "198.51.100.7:4000", nil, "10.0.0.5:5061"},
	} {
		w := &Wire{o: Options{Advertise: c.advertise}, hosts: [2]string{"192.0.2.99", "2001:db8::99"}}
		for _, entry := range listen {
			l, err := parseListen(entry)
			if err != nil {
				t.Fatal(err)
			}
			w.listeners = append(w.listeners, &l)
		}
		host, port := w.sentBy(c.network, netip.MustParseAddrPort(c.local), netip.MustParseAddrPort(c.remote))
		if got := fmt.Sprintf("%s:%d", host, port); got != c.want {
			t.Errorf("%s from %s to %s with %v: %s, want %s", c.network, c.local, c.remote, c.advertise, got, c.want)
		}
	}
}

func TestAPhoneOverIPv6IsCalledAndCalls(t *testing.T) {
	dialogs(t, func(r *rig) {
		r.udp = "[2001:db8::1]:5060"
		p := r.peer("ana", "[2001:db8::20]:5062")
		p.registers("ana")
		r.do(toAna)
		in := p.asked("INVITE")
		if got := in.Via().Value(); len(got) < 30 || got[:30] != "SIP/2.0/UDP [2001:db8::1]:5060" {
			t.Errorf("Via: %s", got)
		}
		if got := in.Contact().Address.String(); got != "sip:telagent@[2001:db8::1]:5060" {
			t.Errorf("Contact: %s", got)
		}
		p.answer(in, 200, "a", withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		c := p.callee(in, "a")
		c.ask("BYE", "")
		if got := c.hears(200).Via().Params.GetOr("received", ""); got != "2001:db8::20" {
			t.Errorf("received: %s", got)
		}
		r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
	}, func(o *Options) { o.Listen = append(o.Listen, "udp:[2001:db8::1]:5060") })
}
