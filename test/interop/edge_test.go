//go:build peers

package interop

import (
	"fmt"
	"strings"
	"testing"

	"telagent-gateway/demo"
	"telagent-gateway/test/stage"
)

// TestKamailioIsAProxyInFront has a baresip behind a Kamailio, which alone speaks with the gateway.
func TestKamailioIsAProxyInFront(t *testing.T) {
	for _, r := range Rows(t.Name()) {
		t.Run(r.String(), func(t *testing.T) {
			t.Parallel()
			s := startStation(t, r, setting{listen: []string{"tcp:NET.1:5060"}})
			stage.StartEdge(t, s.at(8), s.at(1)+":5060;transport="+strings.ToLower(r.Transport))
			s.playPhone(t, func() device {
				account := fmt.Sprintf(`<sip:ana@%s>;outbound="sip:%s:5060";auth_pass=ana-secret-1;answermode=auto;regint=60`, s.at(1), s.at(8))
				return baresip{s.baresip("ana's softphone", 0, stage.Line{Account: account, Tone: float64(demo.SoftphoneTone), Host: s.at(4)})}
			})
		})
	}
}
