package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"telagent-gateway/call"
)

// ways returns where a URI leads to, as words.
func ways(r *rig, uri string) string {
	u, err := parseURI(uri)
	if err != nil {
		r.Fatal(err)
	}
	h, err := hopOf(&u)
	if err != nil {
		return err.Error()
	}
	list, err := r.w.locate(context.Background(), h)
	if err != nil {
		return err.Error()
	}
	var words []string
	for _, d := range list {
		words = append(words, d.place().String())
	}
	return strings.Join(words, " ")
}

func TestAServerIsFoundAsItsURIAndItsDomainSay(t *testing.T) {
	zone := []string{
		`naptr.example. 60 IN NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.naptr.example.`,
		`naptr.example. 60 IN NAPTR 10 20 "s" "SIP+D2T" "" _sip._tcp.naptr.example.`,
		`naptr.example. 60 IN NAPTR 10 10 "s" "SIPS+D2T" "" other._sips._tcp.example.`,
		`naptr.example. 60 IN NAPTR 5 10 "s" "SIP+D2S" "" _sip._sctp.naptr.example.`,
		`naptr.example. 60 IN NAPTR 1 10 "u" "E2U+sip" "!^.*$!sip:x@y!" .`,
		"_sip._tcp.naptr.example. 60 IN SRV 0 0 5080 a.example.",
		"_sip._udp.naptr.example. 60 IN SRV 0 0 5070 a.example.",
		"other._sips._tcp.example. 60 IN SRV 0 0 5081 b.example.",
		"_sip._tcp.srv.example. 60 IN SRV 20 0 5061 b.example.",
		"_sip._tcp.srv.example. 60 IN SRV 10 0 5060 a.example.",
		"_sip._udp.none.example. 60 IN SRV 0 0 5060 .",
		"a.example. 60 IN A 198.51.100.1", "b.example. 60 IN A 198.51.100.2", "plain.example. 60 IN A 198.51.100.3",
		"plain.example. 60 IN AAAA 2001:db8::3", "none.example. 60 IN A 198.51.100.4", "naptr.example. 60 IN A 198.51.100.5",
	}
	for uri, want := range map[string]string{
		"sip:198.51.100.7":                  "udp:198.51.100.7:5060",
		"sip:198.51.100.7:5090":             "udp:198.51.100.7:5090",
		"sip:198.51.100.7;transport=tcp":    "tcp:198.51.100.7:5060",
		"sips:198.51.100.7":                 "tls:198.51.100.7:5061",
		"sip:[2001:db8::7];transport=tcp":   "tcp:[2001:db8::7]:5060",
		"sip:naptr.example":                 "tls:198.51.100.2:5081 tcp:198.51.100.1:5080", // the best order alone
		"sip:naptr.example;transport=udp":   "udp:198.51.100.1:5070",
		"sips:naptr.example":                "tls:198.51.100.2:5081",
		"sip:naptr.example:5090":            "udp:198.51.100.5:5090",
		"sip:srv.example":                   "tcp:198.51.100.1:5060 tcp:198.51.100.2:5061",
		"sip:plain.example":                 "udp:198.51.100.3:5060", // our UDP socket speaks no IPv6
		"sip:plain.example;transport=tcp":   "tcp:198.51.100.3:5060 tcp:[2001:db8::3]:5060",
		"sips:plain.example":                "tls:198.51.100.3:5061 tls:[2001:db8::3]:5061",
		"sip:x.example;maddr=198.51.100.9":  "udp:198.51.100.9:5060",
		"sip:none.example;transport=udp":    "name none.example has no address that we can reach",
		"sip:nowhere.example":               "name nowhere.example has no A record",
		"sip:nowhere.example;transport=tcp": "name nowhere.example has no A record",
	} {
		t.Run(uri, func(t *testing.T) {
			bubble(t, func(r *rig) {
				r.net.zone = zone
				if got := ways(r, uri); got != want {
					t.Errorf("it leads to %q, want %q", got, want)
				}
			}, func(o *Options) { o.DNS = []netip.AddrPort{netip.MustParseAddrPort("192.0.2.53:53")} })
		})
	}
}

func TestWhatANameServerSaidIsKeptForItsTimeAndLongerWhenNoneAnswers(t *testing.T) {
	bubble(t, func(r *rig) {
		r.net.zone = []string{"_sip._udp.carrier.example. 60 IN SRV 1 0 5060 a.example.", "a.example. 600 IN A 198.51.100.1"}
		look := func(queries int, want string) {
			t.Helper()
			before := r.net.queries
			if got := ways(r, "sip:carrier.example;transport=udp"); got != want {
				t.Errorf("it leads to %q, want %q", got, want)
			}
			if n := r.net.queries - before; n != queries {
				t.Errorf("%d queries, want %d", n, queries)
			}
		}
		look(3, "udp:198.51.100.1:5060")
		look(0, "udp:198.51.100.1:5060")
		r.pass(time.Minute)
		r.net.zone[0] = "_sip._udp.carrier.example. 60 IN SRV 1 0 5062 a.example."
		look(2, "udp:198.51.100.1:5062") // and once more that there is no AAAA
		r.net.deafDNS = true
		r.pass(2 * time.Hour)
		look(3, "udp:198.51.100.1:5062")
		r.pass(25 * time.Hour)
		look(1, "name _sip._udp.carrier.example, SRV: no name server answers: time-out")
	}, func(o *Options) { o.DNS = []netip.AddrPort{netip.MustParseAddrPort("192.0.2.53:53")} })
}

func TestNamesThatAreKeptHaveABound(t *testing.T) {
	bubble(t, func(r *rig) {
		for i := range mostNames + 50 {
			ways(r, fmt.Sprintf("sip:h%d.example:5060", i))
		}
		if n := len(r.w.names.kept); n > mostNames {
			t.Errorf("%d names are kept", n)
		}
	}, func(o *Options) { o.DNS = []netip.AddrPort{netip.MustParseAddrPort("192.0.2.53:53")} })
}

func TestServersOfEqualPriorityAreDrawnByTheirWeights(t *testing.T) {
	var records []dns.RR
	for _, text := range []string{"1 0 1 zero.", "1 30 1 thirty.", "1 70 1 seventy.", "0 0 1 first."} {
		r, err := dns.NewRR("x. 60 IN SRV " + text)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	seconds := make(map[string]int)
	for drawn := range 101 {
		list := arrange(records, func(n int) int { return min(drawn, n-1) })
		if len(list) != 4 || list[0].Target != "first." {
			t.Fatalf("arranged %v", list)
		}
		seconds[list[1].Target]++
	}
	if seconds["zero."] != 1 || seconds["thirty."] != 30 || seconds["seventy."] != 70 {
		t.Errorf("RFC 2782: of 101 draws %v", seconds)
	}
}

// nameServer is a real name server on loopback.
func nameServer(t *testing.T, zone ...string) netip.AddrPort {
	t.Helper()
	p, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answer := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		a := new(dns.Msg)
		a.SetReply(q)
		for _, text := range zone {
			r, err := dns.NewRR(text)
			if err != nil {
				t.Error(err)
				continue
			}
			if strings.EqualFold(r.Header().Name, q.Question[0].Name) && r.Header().Rrtype == q.Question[0].Qtype {
				a.Answer = append(a.Answer, r)
			}
		}
		if _, udp := w.LocalAddr().(*net.UDPAddr); udp && len(a.Answer) > 4 {
			a.Truncated, a.Answer = true, nil
		}
		_ = w.WriteMsg(a)
	})
	addr := netip.MustParseAddrPort(p.LocalAddr().String())
	l, err := net.Listen("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	servers := []*dns.Server{{PacketConn: p, Handler: answer}, {Listener: l, Handler: answer}}
	for _, s := range servers {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go func() { _ = s.ActivateAndServe() }()
		<-started
		t.Cleanup(func() { _ = s.Shutdown() })
	}
	return addr
}

func TestARealNameServerLeadsACallPastADeadTarget(t *testing.T) {
	var dead netip.AddrPort
	if p, err := net.ListenPacket("udp", "127.0.0.1:0"); err == nil {
		dead = netip.MustParseAddrPort(p.LocalAddr().String())
		_ = p.Close()
	}
	first, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort(first.LocalAddr().String())
	_ = first.Close()
	zone := []string{
		`carrier.example. 60 IN NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.carrier.example.`,
		`carrier.example. 60 IN NAPTR 10 20 "s" "SIP+D2U" "" _sip._udp.carrier.example.`,
		fmt.Sprintf("_sip._tcp.carrier.example. 60 IN SRV 1 0 %d gw.carrier.example.", dead.Port()),
		fmt.Sprintf("_sip._udp.carrier.example. 60 IN SRV 1 0 %d gw.carrier.example.", at.Port()),
		"gw.carrier.example. 60 IN A 127.0.0.1",
	}
	for i := range 5 { // so many that they come over a connection
		zone = append(zone, fmt.Sprintf("_sip._udp.carrier.example. 60 IN SRV 2 0 %d gw.carrier.example.", 1000+i))
	}
	server := nameServer(t, zone...)
	loopback(t, func(r *rig) {
		p := r.peer("carrier", at.String())
		r.do(toPSTN)
		invite := p.asked("INVITE")
		p.answer(invite, 486, "x", "")
		p.asked("ACK")
		r.reported(call.Failed{Leg: "out", Cause: call.Busy, Status: 486})
	}, func(o *Options) {
		o.Trunks[0].URI = "sip:carrier.example"
		o.DNS = []netip.AddrPort{netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), dead.Port()), server}
	})
}

func TestAddressesThatFailAreBoundAndForgotten(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.w.shunned
		for i := range mostShunned + 10 {
			s.failed(place{"UDP", netip.AddrPortFrom(netip.MustParseAddr("198.51.100.1"), uint16(i+1))})
		}
		if len(s.at) > mostShunned {
			t.Errorf("%d are kept", len(s.at))
		}
		a := destination{network: "UDP", remote: netip.MustParseAddrPort(firstAddr)}
		b := destination{network: "UDP", remote: netip.MustParseAddrPort(secondAddr)}
		s.failed(a.place())
		if got := s.order([]destination{a, b}); !slices.Equal(got, []destination{b, a}) {
			t.Errorf("order %v", got)
		}
		r.pass(shunTime)
		if got := s.order([]destination{a, b}); !slices.Equal(got, []destination{a, b}) {
			t.Errorf("order %v", got)
		}
	})
}

func TestAHostThatTheSystemKnowsIsFoundThoughNoNameServerAnswers(t *testing.T) {
	bubble(t, func(r *rig) {
		r.net.deafDNS = true
		r.net.names["asterisk"] = netip.MustParseAddr("198.51.100.3")
		if got := ways(r, "sip:asterisk"); got != "udp:198.51.100.3:5060" {
			t.Errorf("it leads to %q", got)
		}
	})
}
