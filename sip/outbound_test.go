package sip

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// registersFlow lets a peer register as ana with a contact of its own: an instance, a flow of that number, and more headers.
func (p *peer) registersFlow(n int, more string, status int) *sip.Response {
	p.r.Helper()
	c := p.caller("")
	c.target, c.to, c.from = "sip:"+realm, "<sip:ana@"+realm+">", "<sip:ana@"+realm+">;tag=r"
	c.id = fmt.Sprintf("register-%v-%d", p.addr, len(p.r.events))
	c.prove("REGISTER", fmt.Sprintf("Contact: <sip:ana@%s;transport=tcp>;+sip.instance=\"<urn:uuid:1>\";reg-id=%d\n%s", p.addr, n, more), "ana")
	return c.hears(status)
}

const knowsOutbound = "Supported: path, outbound\n"

func TestAPhoneThatKeepsItsFlowIsToldSoAndComesBackInItsOwnPlace(t *testing.T) {
	bubble(t, func(r *rig) {
		one := r.connect("ana", "203.0.113.20")
		res := one.registersFlow(1, knowsOutbound, 200)
		if got, flow := values(res, "Require"), values(res, "Flow-Timer"); !slices.Equal(got, []string{"outbound"}) || !slices.Equal(flow, []string{"90"}) {
			t.Errorf("Require %v, Flow-Timer %v", got, flow)
		}
		two := r.connect("ana", "203.0.113.21") // from elsewhere, with another URI
		two.registersFlow(1, knowsOutbound, 200)
		if list := r.w.Phones(); len(list) != 1 || list[0].Source != two.addr.String() {
			t.Errorf("phones: %+v", list)
		}
		r.do(toAna)
		two.asked("INVITE")
		one.hearsNothing()
	})
}

func TestOfTwoFlowsOfOnePhoneTheLatestIsRungAndTheOtherWhenThatIsGone(t *testing.T) {
	bubble(t, func(r *rig) {
		one, two := r.connect("ana", "203.0.113.20"), r.connect("ana", "203.0.113.20")
		one.registersFlow(1, knowsOutbound, 200)
		r.pass(time.Second)
		two.registersFlow(2, knowsOutbound, 200)
		r.reported(call.Located{AOR: "ana", Address: one.addr.Addr()})
		r.reported(call.Bound{AOR: "ana"})
		r.do(toAna)
		two.answer(two.asked("INVITE"), 486, "x", "")
		two.asked("ACK")
		r.reported(call.Failed{Leg: "out", Cause: call.Busy, Status: 486})
		one.hearsNothing()
		two.close()
		r.nothingReported()
		again := toAna
		again.Leg = "again"
		r.do(again)
		one.asked("INVITE")
	})
}

func TestTheNumberOfAFlowMeansNothingToAPhoneThatKeepsNone(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("ana", "203.0.113.20")
		for n, more := range []string{"", "Supported: path\n"} {
			if res := p.registersFlow(n+1, more, 200); len(values(res, "Require")) > 0 || len(res.GetHeaders("contact")) != 1 {
				t.Errorf("got\n%v", res)
			}
		}
	})
}

func TestAFlowHasANumber(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("ana", "203.0.113.20")
		for _, n := range []int{0, -1, 1 << 31} {
			p.registersFlow(n, knowsOutbound, 400)
		}
	})
}

// edge is an edge proxy that registers ana.
func (p *peer) edge(path, more string, status int) *sip.Response {
	p.r.Helper()
	return p.registersFlow(1, "Via: SIP/2.0/TLS 10.0.0.5:5061;branch=z9hG4bKphone\n"+path+more, status)
}

func TestAnEdgeProxyThatKnowsNoFlowsIsNamed(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("edge", "203.0.113.50")
		for _, path := range []string{"", "Path: <sip:203.0.113.50:5060;transport=tcp;lr>\n", "Path: <sip:203.0.113.50;ob;lr>, <sip:203.0.113.51;lr>\n"} {
			if res := p.edge(path, knowsOutbound, 439); res.Reason != "First Hop Lacks Outbound Support" {
				t.Errorf("got\n%v", res)
			}
		}
		p.edge("Path: <sip:203.0.113.50:5060;transport=tcp;lr>\n", "", 200) // a phone that keeps no flow
	})
}

func TestAPhoneBehindAnEdgeProxyIsRungThroughItThoughTheProxysConnectionIsGone(t *testing.T) {
	bubble(t, func(r *rig) {
		l, err := r.net.listenStream(netip.MustParseAddrPort("203.0.113.50:5060"))
		if err != nil {
			r.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		const path = "<sip:token@203.0.113.50:5060;transport=tcp;lr;ob>"
		p := r.connect("edge", "203.0.113.50")
		res := p.edge("Path: "+path+"\n", knowsOutbound, 200)
		if got := values(res, "Path"); !slices.Equal(got, []string{path}) || !slices.Equal(values(res, "Require"), []string{"outbound"}) {
			t.Errorf("got\n%v", res)
		}
		r.event()
		r.event()
		p.close()
		r.nothingReported()
		r.do(toAna)
		c, err := l.Accept()
		if err != nil {
			r.Fatal(err)
		}
		in := r.streamPeer("edge", c).asked("INVITE")
		if got := values(in, "Route"); !slices.Equal(got, []string{path}) {
			t.Errorf("got\n%v", in)
		}
	})
}

func TestAPhoneIsToldOverUDPWhereItIsAndAStrangerIsNot(t *testing.T) {
	bubble(t, func(r *rig) {
		question := append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42}, []byte("twelve bytes")...)
		for host, want := range map[string]string{
			"203.0.113.66:5060":   "",
			"203.0.113.20:5062":   "\x01\x01\x00\x0c\x21\x12\xa4\x42twelve bytes\x00\x20\x00\x08\x00\x01\x32\xd4\xea\x12\xd5\x56",
			"[2001:db8::20]:5062": "\x01\x01\x00\x18\x21\x12\xa4\x42twelve bytes\x00\x20\x00\x14\x00\x02\x32\xd4\x01\x13\xa9\xfa" + "twelve byteS",
		} {
			s, err := r.net.listenPacket(netip.MustParseAddrPort(host))
			if err != nil {
				r.Fatal(err)
			}
			at := netip.MustParseAddrPort(host)
			if want != "" {
				r.w.gate.befriend(at.Addr())
			}
			for _, text := range [][]byte{question, question[:19], append([]byte{0, 2}, question[2:]...), append(bytes.Clone(question), 0)} {
				if _, err := s.WriteToUDPAddrPort(text, netip.MustParseAddrPort(gatewayAddr)); err != nil {
					r.Fatal(err)
				}
			}
			r.settle()
			_ = s.Close()
			buf, got := make([]byte, 100), []string{}
			for len(s.(*memorySocket).in) > 0 {
				m := <-s.(*memorySocket).in
				got = append(got, string(buf[:copy(buf, m.data)]))
			}
			if strings.Join(got, "|") != want {
				t.Errorf("%s got %q, want %q", host, got, want)
			}
		}
	})
}

func TestACallOfAPhoneThatComesBackOverAnotherConnectionGoesOnOverThatOne(t *testing.T) {
	dialogs(t, func(r *rig) {
		one := r.connect("ana", "203.0.113.20")
		one.registersFlow(1, knowsOutbound, 200)
		r.event()
		r.event()
		r.do(toAna)
		invite := one.asked("INVITE")
		contact := invite.Recipient.String()
		one.answer(invite, 200, "a", "Contact: <"+contact+">\n"+withSDP)
		one.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		one.close()
		r.reported(call.Missed{Sign: call.Flow, AOR: "ana"})
		r.reported(call.Unbound{AOR: "ana"})
		two := r.connect("ana", "203.0.113.20") // behind a NAT: its contact leads nowhere
		two.comesBack(contact)
		r.do(call.Hangup{Leg: "out"})
		two.answer(two.asked("BYE"), 200, "", "")
	})
}

// comesBack registers ana again with the contact that it had.
func (p *peer) comesBack(contact string) {
	p.r.Helper()
	c := p.caller("")
	c.target, c.to, c.from = "sip:"+realm, "<sip:ana@"+realm+">", "<sip:ana@"+realm+">;tag=r"
	c.id = fmt.Sprintf("register-%v", p.addr)
	c.prove("REGISTER", "Contact: <"+contact+">;+sip.instance=\"<urn:uuid:1>\";reg-id=1\n"+knowsOutbound, "ana")
	c.hears(200)
}
