//go:build peers

package peers

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"telagent-gateway/test/stage"
)

// nameServer answers for the carrier's domain: SIPp at .3 comes first, SIPp at .6 second.
func nameServer(t *testing.T, network string) string {
	t.Helper()
	zone := []string{
		`carrier.test. 60 IN NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.carrier.test.`,
		"_sip._udp.carrier.test. 60 IN SRV 10 0 5060 first.carrier.test.",
		"_sip._udp.carrier.test. 60 IN SRV 20 0 5060 second.carrier.test.",
		"first.carrier.test. 60 IN A " + network + ".3",
		"second.carrier.test. 60 IN A " + network + ".6",
	}
	p, err := net.ListenPacket("udp", network+".53:5300")
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	server := &dns.Server{PacketConn: p, NotifyStartedFunc: func() { close(started) }}
	server.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		a := new(dns.Msg)
		a.SetReply(q)
		for _, text := range zone {
			if r, err := dns.NewRR(text); err == nil && strings.EqualFold(r.Header().Name, q.Question[0].Name) && r.Header().Rrtype == q.Question[0].Qtype {
				a.Answer = append(a.Answer, r)
			}
		}
		_ = w.WriteMsg(a)
	})
	go func() { _ = server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = server.Shutdown() })
	return p.LocalAddr().String()
}

// byName starts a site whose carrier is a domain, with ana available by phone and a customer in line for her.
func byName(t *testing.T, number int, first func(s *site)) *site {
	t.Helper()
	network := fmt.Sprintf("127.0.%d", number)
	s := startSite(t, number, "carrier.test", ";transport=udp", "", "sip: {domain", "sip: {dns: [\""+nameServer(t, network)+"\"], domain")
	first(s)
	s.SwitchTo("ana", "telagent")
	s.AwaitStatus("ana", "available")
	return s
}

func TestATargetThatIsOutOfOrderLosesTheCallToTheNextOneOfItsDomain(t *testing.T) {
	t.Parallel()
	for i, c := range []struct {
		name  string
		first func(s *site)
	}{
		{"it refuses with 503", func(s *site) { s.carrier("phone-trunk-fault", 1) }},
		{"it is silent", func(s *site) {
			p, err := net.ListenPacket("udp", s.Net+".3:5060")
			if err != nil {
				s.T.Fatal(err)
			}
			s.T.Cleanup(func() { _ = p.Close() })
		}},
		{"nobody listens there", func(*site) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := byName(t, 11+i, c.first)
			second := s.StartSIPp("phone-rings-out", ".6", 1)
			customer := s.callIn("customer-until-bye", supportNumber, 1)
			second.Ends() // it rang, until the ring time was over
			s.AwaitAgent("ana", "rests", func(a stage.Agent) bool { return a.Strikes == 1 })
			s.API("DELETE", s.TheCall(), nil, nil)
			customer.Ends()
		})
	}
}

func TestAnAnswerOfThePhoneIsNotTriedAtTheNextTarget(t *testing.T) {
	t.Parallel()
	s := byName(t, 14, func(*site) {})
	first := s.carrier("phone-busy", 1)
	second, err := net.ListenPacket("udp", s.Net+".6:5060")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = second.Close() })
	customer := s.callIn("customer-until-bye", supportNumber, 1)
	first.Ends()
	s.AwaitAgent("ana", "rests", func(a stage.Agent) bool { return a.Activity == "idle" })
	s.API("DELETE", s.TheCall(), nil, nil)
	customer.Ends()
	if got := s.legCauses(); len(got) == 0 || got[0] != "busy" {
		t.Errorf("the causes are %v", got)
	}
	if err := second.SetReadDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if n, _, err := second.ReadFrom(make([]byte, 4096)); err == nil {
		t.Errorf("the next target got a message of %d bytes", n)
	}
}

func TestATrunkRegistersWithItsCarrierAndSaysWhenThePasswordIsWrong(t *testing.T) {
	t.Parallel()
	stage.StartCarrier(t, "127.0.15.3", "127.0.15.1:5060", nil)
	s := startSite(t, 15, "127.0.15.3", "channels: 30}", `channels: 30, register: true, ping: 5s}
  - {name: stale, uri: "sip:127.0.15.3", username: gw2, password: not-the-password, register: true}`)
	type trunk struct {
		Name, Registration, Target, Problem string
		Up                                  bool
	}
	var out struct{ Trunks []trunk }
	stage.Await(t, "both trunks know how they stand", bound, func() bool {
		s.API("GET", "/trunks", nil, &out)
		return len(out.Trunks) == 2 && out.Trunks[0].Registration == "registered" && out.Trunks[0].Target != "" && out.Trunks[1].Problem != ""
	})
	if got := out.Trunks[0]; !got.Up || got.Target != "udp:127.0.15.3:5060" || got.Problem != "" {
		t.Errorf("the carrier is %+v", got)
	}
	if got := out.Trunks[1]; got.Up || got.Registration != "not_registered" || got.Problem != "password refused (401)" {
		t.Errorf("the other is %+v", got)
	}
}

func TestATrunkThatIsOutOfOrderLosesTheCallToTheNextTrunk(t *testing.T) {
	t.Parallel()
	s := startSite(t, 16, "127.0.16.3:5060", "channels: 30}", `channels: 30}
  - {name: spare, uri: "sip:127.0.16.6:5060", channels: 2, priority: 1}`)
	s.SwitchTo("ana", "telagent")
	s.AwaitStatus("ana", "available")
	first, second := s.carrier("phone-trunk-fault", 1), s.StartSIPp("phone-rings-out", ".6", 1)
	customer := s.callIn("customer-until-bye", supportNumber, 1)
	first.Ends()
	var out struct {
		Trunks []struct {
			Name    string
			InUse   int `json:"in_use"`
			Problem string
		}
	}
	stage.Await(t, "the spare trunk carries the call", bound, func() bool {
		s.API("GET", "/trunks", nil, &out)
		return len(out.Trunks) == 2 && out.Trunks[0].InUse == 1 && out.Trunks[1].InUse == 1 // the customer's is the other
	})
	if want := "a call was refused with 503 by udp:127.0.16.3:5060"; out.Trunks[0].Problem != want {
		t.Errorf("the first trunk's problem is %q", out.Trunks[0].Problem)
	}
	second.Ends()
	s.AwaitAgent("ana", "rests", func(a stage.Agent) bool { return a.Strikes == 1 })
	s.API("DELETE", s.TheCall(), nil, nil)
	customer.Ends()
}
