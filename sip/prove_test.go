package sip

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

const md5Ask, shaAsk = `Digest realm="carrier", nonce="n%d", qop="auth", algorithm=MD5`, `Digest realm="carrier", nonce="n%d", qop="auth", algorithm=SHA-256`

// forgers know everything of a request to the carrier and challenge it from elsewhere: a stranger, another trunk, a phone,
// and the carrier's own address over a connection that the request did not go by.
func forgers(r *rig) []*peer {
	return []*peer{r.peer("stranger", "203.0.113.99:5060"), r.peer("south", "198.51.101.8:5060"), softphone(r), r.connect("carrier2", "198.51.100.7")}
}

// forge challenges a request from elsewhere; nobody may get anything for it.
func forge(r *rig, req *sip.Request, forgers []*peer, carrier *peer) {
	r.Helper()
	for _, f := range forgers {
		for status, name := range map[int]string{401: "WWW-Authenticate", 407: "Proxy-Authenticate"} {
			f.answer(req, status, "forged", name+": "+fmt.Sprintf(md5Ask, status)+"\n")
		}
	}
	for _, p := range append(forgers, carrier) {
		p.hearsNothing()
	}
}

// proves answers a request with the carrier's own challenge and returns the request that proves the password.
func proves(carrier *peer, req *sip.Request) *sip.Request {
	carrier.r.Helper()
	carrier.answer(req, 407, "x", "Proxy-Authenticate: "+fmt.Sprintf(shaAsk, 1)+"\n")
	if req.IsInvite() {
		carrier.asked("ACK")
	}
	again := carrier.asked(req.Method)
	if h := again.GetHeader("Proxy-Authorization"); h == nil || !strings.Contains(h.Value(), `nonce="n1"`) {
		carrier.r.Errorf("no proof for the carrier:\n%v", again)
	}
	return again
}

func twoCarriers(o *Options) {
	south := o.Trunks[0]
	south.Name, south.URI, south.AcceptFrom = "south", "sip:198.51.101.8:5060", []netip.Prefix{netip.MustParsePrefix("198.51.101.0/24")}
	o.Trunks = append(o.Trunks, south)
}

func TestAChallengeFromElsewhereThanTheRequestWentToGetsNothing(t *testing.T) {
	claims.Proven(t, "no digest answer goes to anyone but the challenged trunk")
	t.Run("INVITE and BYE", func(t *testing.T) {
		bubble(t, func(r *rig) {
			p, others := r.peer("carrier", carrierAddr), forgers(r)
			r.do(toPSTN)
			in := p.asked("INVITE")
			forge(r, in, others, p)
			p.answer(proves(p, in), 200, "a", withSDP)
			p.asked("ACK")
			r.reported(call.Answered{Leg: "out"})
			r.do(call.Hangup{Leg: "out", Cause: call.Normal})
			bye := p.asked("BYE")
			forge(r, bye, others, p)
			p.answer(proves(p, bye), 200, "", "")
			r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
		}, twoCarriers)
	})
	t.Run("REGISTER", func(t *testing.T) {
		bubble(t, func(r *rig) {
			p := r.peer("carrier", carrierAddr)
			reg := p.asked("REGISTER")
			forge(r, reg, []*peer{r.peer("stranger", "203.0.113.99:5060"), r.connect("carrier2", "198.51.100.7")}, p)
			p.answer(proves(p, reg), 200, "x", "Contact: "+reg.Contact().Value()+";expires=600\n")
			r.reported(call.TrunkUp{Trunk: "north"})
		}, func(o *Options) { o.Trunks[0].Register = true })
	})
	t.Run("OPTIONS", func(t *testing.T) {
		bubble(t, func(r *rig) {
			p := r.peer("carrier", carrierAddr)
			ask := p.asked("OPTIONS")
			forge(r, ask, []*peer{r.peer("stranger", "203.0.113.99:5060"), r.connect("carrier2", "198.51.100.7")}, p)
			p.answer(ask, 407, "x", "Proxy-Authenticate: "+fmt.Sprintf(md5Ask, 1)+"\n")
			r.reported(call.TrunkUp{Trunk: "north"}) // whoever challenges is there, and a question needs no proof
			p.hearsNothing()
		}, func(o *Options) { o.Trunks[0].Ping = time.Hour })
	})
}

func TestATrunkThatSendsUsElsewhereTakesOurPasswordToNobody(t *testing.T) {
	claims.Proven(t, "no digest answer goes to anyone but the challenged trunk")
	bubble(t, func(r *rig) {
		p, elsewhere := r.peer("carrier", carrierAddr), r.peer("elsewhere", "203.0.113.99:5060")
		r.do(toPSTN)
		p.answer(p.asked("INVITE"), 302, "x", "Contact: <sip:elsewhere@203.0.113.99:5060>\n")
		p.asked("ACK")
		if e, ok := r.event().(call.Failed); !ok || e.Leg != "out" {
			t.Errorf("reported %+v", e)
		}
		elsewhere.hearsNothing()
	})
}

func TestATrunkThatAskedForSHA256GetsNoAnswerByMD5FromThenOn(t *testing.T) {
	claims.Proven(t, "a trunk that asked for SHA-256 once gets no answer by MD5 afterwards")
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		r.do(toPSTN)
		p.answer(proves(p, p.asked("INVITE")), 486, "x", "")
		p.asked("ACK")
		r.reported(call.Failed{Leg: "out", Cause: call.Busy, Status: 486})
		second := toPSTN
		second.Leg = "second"
		r.do(second)
		p.answer(p.asked("INVITE"), 401, "x", "WWW-Authenticate: "+fmt.Sprintf(md5Ask, 2)+"\n")
		p.asked("ACK")
		r.reported(call.Failed{Leg: "second", Cause: call.TrunkFault, Status: 401})
		p.hearsNothing()
	})
}
