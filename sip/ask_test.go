package sip

import (
	"strings"
	"testing"

	"telagent-gateway/call"
)

func TestACarrierThatChallengesTheEndOfACallIsProvedByTheNameForChallenges(t *testing.T) {
	dialogs(t, func(r *rig) {
		const challenge = "Proxy-Authenticate: Digest realm=\"c\", nonce=\"n\"\n"
		p := r.peer("carrier", carrierAddr)
		r.do(toPSTN)
		p.answer(p.asked("INVITE"), 200, "x", withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		r.do(call.Hangup{Leg: "out"})
		p.answer(p.asked("BYE"), 407, "", challenge)
		proved := p.asked("BYE")
		if got := header(proved, "Proxy-Authorization"); !strings.Contains(got, `username="account"`) {
			t.Errorf("the second BYE proves itself by %q", got)
		}
		p.answer(proved, 407, "", challenge)
		p.hearsNothing()
	}, func(o *Options) { o.Trunks[0].AuthUser = "account" })
}
