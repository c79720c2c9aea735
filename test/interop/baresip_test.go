//go:build peers

package interop

import (
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
			transport := strings.ToLower(r.Transport)
			authority := stage.NewAuthority(t)
			s := startStation(t, r, setting{listen: []string{"tcp:NET.1:5060", "tls:NET.1:5061"}, authority: authority})
			s.playPhone(t, func() device {
				account := fmt.Sprintf("<sip:ana@%s.1;transport=%s>;auth_pass=ana-secret-1;answermode=auto;regint=60%s", s.Net, transport, encrypts[r.Encryption])
				return baresip{s.baresip("ana's softphone", 0, stage.Line{
					Account: account, Tone: float64(demo.SoftphoneTone), Host: s.at(4),
					Config: []string{"module srtp.so", "module dtls_srtp.so", "sip_cafile " + authority.CA},
				})}
			})
		})
	}
}

// baresip starts the n-th of a station, with ports of its own.
func (s *station) baresip(name string, n int, l stage.Line) *stage.Phone {
	slot := 3*s.number + n
	l.Name, l.SIP, l.Control, l.RTP = name, 5060, 12000+slot, 30000+14*slot
	return stage.StartPhone(s.T, l)
}
