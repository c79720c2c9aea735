//go:build peers

package interop

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"telagent-gateway/demo"
	"telagent-gateway/test/stage"
)

// baresip is one in the hands of ana.
type baresip struct{ *stage.Phone }

func (p baresip) Hold()               { p.Order("hold", "") }
func (p baresip) Resume()             { p.Order("resume", "") }
func (p baresip) Transfer(uri string) { p.Order("transfer", uri) }

func (p baresip) AwaitKey(key string) {
	p.T.Helper()
	stage.Await(p.T, p.Name+" is told of the key", bound, func() bool { return p.Has("CALL_DTMF_START") })
}

// encrypts is what an account of a baresip says to speak nothing else.
var encrypts = map[string]string{none: "", sdes: ";mediaenc=srtp-mand", dtls: ";mediaenc=dtls_srtp"}

func TestBaresipIsAnAgentsSoftphone(t *testing.T) {
	for _, r := range Rows(t.Name()) {
		t.Run(r.String(), func(t *testing.T) {
			t.Parallel()
			authority := stage.NewAuthority(t)
			s := startStation(t, r, setting{listen: []string{"tcp:NET.1:5060", "tls:NET.1:5061"}, authority: authority})
			s.playPhone(t, func() device {
				return s.softphone(s.at(1)+";transport="+strings.ToLower(r.Transport)+">", stage.Line{Host: s.at(4), Config: []string{"sip_cafile " + authority.CA}})
			})
		})
	}
}

// TestBaresipOverIPv6IsAnAgentsSoftphone has the customer and the PSTN phone stay on IPv4.
func TestBaresipOverIPv6IsAnAgentsSoftphone(t *testing.T) {
	for i, r := range Rows(t.Name()) {
		t.Run(r.String(), func(t *testing.T) {
			t.Parallel()
			port := 5520 + 4*i // IPv6 has one address of loopback
			transport, _, _ := strings.Cut(strings.ToLower(r.Transport), " ")
			gateway := fmt.Sprintf("[::1]:%d", port)
			s := startStation(t, r, setting{listen: []string{"tcp:NET.1:5060", transport + ":" + gateway}, media: ", ::1"})
			s.playPhone(t, func() device {
				at := fmt.Sprintf(`%s;transport=%s>;outbound="sip:%s;transport=%s"`, s.at(1), transport, gateway, transport)
				return s.softphone(at, stage.Line{Host: "::1", SIP: port + 2, Media: "::1", Config: []string{"net_prefer_ipv6 yes"}})
			})
		})
	}
}

// softphone starts ana's, whose account has at behind her name; it speaks the encryption of the row.
func (s *station) softphone(at string, l stage.Line) baresip {
	l.Account, l.Tone = "<sip:ana@"+at+";auth_pass=ana-secret-1;answermode=auto;regint=60"+encrypts[s.row.Encryption], float64(demo.SoftphoneTone)
	return baresip{s.baresip("ana's softphone", 0, l)}
}

// baresip starts the n-th of a station, with ports of its own.
func (s *station) baresip(name string, n int, l stage.Line) *stage.Phone {
	slot := 3*s.number + n
	l.Name, l.SIP, l.Control, l.RTP = name, cmp.Or(l.SIP, 5060), 12000+slot, 30000+14*slot
	l.Config = append(l.Config, "module srtp.so", "module dtls_srtp.so")
	return stage.StartPhone(s.T, l)
}
