//go:build peers

package interop

import (
	"fmt"
	"strings"
	"testing"

	"telagent-gateway/test/stage"
)

// TestKamailioIsAProxyInFront has a baresip behind a Kamailio, which alone speaks with the gateway.
func TestKamailioIsAProxyInFront(t *testing.T) {
	for _, r := range Rows(t.Name()) {
		t.Run(r.String(), func(t *testing.T) {
			t.Parallel()
			transport, authority := strings.ToLower(r.Transport), stage.NewAuthority(t)
			port, way := 5060, "5060"
			if r.Transport == "TLS" {
				port, way = 5061, "5061;transport=tls"
			}
			s := startStation(t, r, setting{listen: []string{"tcp:NET.1:5060", "tls:NET.1:5061"}, authority: authority})
			stage.StartEdge(t, s.at(8), fmt.Sprintf("%s:%d;transport=%s", s.at(1), port, transport), authority)
			s.playPhone(t, func() device {
				at := fmt.Sprintf(`%s>;outbound="sip:%s:%s"`, s.at(1), s.at(8), way)
				return s.softphone(at, stage.Line{Host: s.at(4), Config: []string{"sip_cafile " + authority.CA}})
			})
		})
	}
}
