package sip

import (
	"testing"

	"telagent-gateway/call"
)

func TestWhatAPhonePublishedIsGoneOnWithAfterARestart(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.peer("ana", "203.0.113.20:5062").publisher("ana", "ana")
		first := s.publishes("Expires: 600\n", document("open", "<rpid:busy/>"))
		r.reported(call.Published{AOR: "ana", Status: "not_ready"})
		r.settle()
		r.restart()
		second := s.publishes("Expires: 600\nSIP-If-Match: "+first+"\n", "")
		r.settle()
		r.restart()
		third := s.publishes("Expires: 600\nSIP-If-Match: "+second+"\n", document("open", "<rpid:busy/>"))
		r.nothingReported() // the same again is not said again
		s.publishes("Expires: 0\nSIP-If-Match: "+third+"\n", "")
		r.settle()
		r.restart()
		if res := s.publish("SIP-If-Match: "+third+"\n", ""); res.StatusCode != 412 {
			t.Errorf("answered\n%v", res)
		}
	}, people)
}
