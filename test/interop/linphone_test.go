//go:build peers

package interop

import (
	"strings"
	"testing"

	"telagent-gateway/demo"
	"telagent-gateway/test/stage"
)

// linphone is one in the hands of ana.
type linphone struct{ *stage.Linphone }

func (p linphone) Hold()               { p.Order("pause") }
func (p linphone) Resume()             { p.Order("resume") }
func (p linphone) Transfer(uri string) { p.Order("transfer " + uri) }

func (p linphone) AwaitKey(key string) {
	p.T.Helper()
	stage.Await(p.T, p.Name+" is told of the key", bound, func() bool { return strings.Contains(p.Log(), "Receiving tone "+key) })
}

// enciphers is what the configuration of a linphone says to speak nothing else.
var enciphers = map[string]string{
	none: "",
	sdes: "media_encryption=srtp\nmedia_encryption_mandatory=1\n",
	dtls: "media_encryption=dtls\nmedia_encryption_mandatory=1\n",
}

func TestLinphoneIsAnAgentsSoftphone(t *testing.T) {
	for _, r := range Rows(t.Name()) {
		t.Run(r.String(), func(t *testing.T) {
			t.Parallel()
			authority := stage.NewAuthority(t)
			s := startStation(t, r, setting{listen: []string{"tcp:NET.1:5060", "tls:NET.1:5061"}, authority: authority})
			s.playPhone(t, func() device {
				return linphone{stage.StartLinphone(t, stage.Account{
					Name: "ana's softphone", User: "ana", Domain: s.at(1), Params: ";transport=" + strings.ToLower(r.Transport), Password: "ana-secret-1",
					Tone: float64(demo.SoftphoneTone), Host: s.at(4), RTP: 41000,
					Config: "root_ca=" + authority.CA + "\n" + enciphers[r.Encryption],
				})}
			})
		})
	}
}
