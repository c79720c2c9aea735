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
			s := startStation(t, r, setting{listen: []string{"tcp:NET.1:5060"}})
			stage.StartEdge(t, s.at(8), s.at(1)+":5060;transport="+strings.ToLower(r.Transport), nil)
			s.playPhone(t, func() device {
				return s.softphone(fmt.Sprintf(`%s>;outbound="sip:%s:5060"`, s.at(1), s.at(8)), stage.Line{Host: s.at(4)})
			})
		})
	}
}
