package sip

import (
	"fmt"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

func TestWhatAPhoneDialsIsReportedAsItIs(t *testing.T) {
	for uri, want := range map[string]string{
		"sip:+49301234567@" + realm:                    "+49301234567",
		"sip:030%201234567@" + realm:                   "030 1234567",
		"sip:0049-30-1234567@" + realm + ";user=phone": "0049-30-1234567",
		"sip:+4930123;phone-context=%2b49@" + realm:    "+4930123",
		"sip:*71@" + realm:                             "*71",
		"sip:%2A71%23@" + realm:                        "*71#",
		"sip:#31#030123@" + realm:                      "#31#030123",
		"sip:112@" + realm + ";transport=udp":          "112",
		"sip:911@" + realm:                             "911",
		"sip:ben@192.0.2.1:5060":                       "ben",
		"sips:ben@" + realm:                            "ben",
		"tel:+49-30-1234567":                           "+49-30-1234567",
		"tel:112;phone-context=+49":                    "112",
		"tel:*71":                                      "*71",
		"sip:" + realm:                                 "",
		"sip:1%0d%0aX-Evil%3a%201@" + realm:            "1X-Evil: 1",
	} {
		t.Run(fmt.Sprintf("%.30s", uri), func(t *testing.T) {
			bubble(t, func(r *rig) {
				c := r.peer("ana", "203.0.113.20:5062").caller("x")
				c.target = uri
				c.prove("INVITE", withSDP, "ana")
				c.hears(100)
				c.hears(180)
				if e, ok := r.event().(call.Invited); !ok || e.To != want || e.Source.AOR != "ana" {
					t.Errorf("reported %+v", e)
				}
			})
		})
	}
}

func TestAProofForOneTelephoneNumberIsNoneForAnother(t *testing.T) {
	claims.Proven(t, "a proof for one request is none for another")
	bubble(t, func(r *rig) {
		c := r.peer("ana", "203.0.113.20:5062").caller("x")
		c.target = "tel:+4930"
		c.ask("INVITE", withSDP)
		uri, err := parseURI(c.target)
		if err != nil {
			t.Fatal(err)
		}
		req := sip.NewRequest(sip.INVITE, uri)
		if err := answerChallenge(req, c.hears(401), "ana", "secret-ana"); err != nil {
			t.Fatal(err)
		}
		c.target = "tel:+4940"
		c.ask("INVITE", "Authorization: "+req.GetHeader("authorization").Value()+"\n"+withSDP)
		c.hears(400)
		r.nothingReported()
	})
}

func TestAPhoneGivesUpBeforeAnythingRang(t *testing.T) {
	dialogs(t, func(r *rig) {
		r.slow.Store(true)
		c := r.peer("ana", "203.0.113.20:5062").caller("+4930")
		c.prove("INVITE", withSDP, "ana")
		c.hears(100)
		r.reported(call.Invited{
			Leg: "in-1", From: call.Party{Number: "+491701", Name: "Customer"}, To: "+4930", Source: call.Source{AOR: "ana"},
		})
		c.ask("CANCEL", "")
		c.hears(200)
		c.to = c.hears(487).To().Value()
		c.repeat("ACK", "")
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Cancelled})
		r.do(call.Ring{Leg: "in-1"}) // too late
		r.do(call.Answer{Leg: "in-1"})
		c.hearsNothing()
	})
}

func TestAPhoneHoldsOneCallAndBeginsAnother(t *testing.T) {
	dialogs(t, func(r *rig) {
		first, second, _ := consulting(r)
		first.ask("INVITE", withSDP+"a=sendonly\r\n")
		first.hears(200)
		first.ask("ACK", "")
		second.ask("INVITE", withSDP)
		second.hears(200)
		second.ask("ACK", "")
		r.do(call.Hangup{Leg: "in-1", Cause: call.Normal})
		r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Normal})
		second.answer(second.asked("BYE"), 200, "", "")
		first.ask("OPTIONS", "")
		first.hears(200)
		if got := r.audio.said("out") + ", " + r.audio.said("in-1"); got != "offer accept established answer, answer established answer release" {
			t.Errorf("audio was asked: %s", got)
		}
	})
}

func TestAPhoneGoneWildDoesNotTakeThePlacesOfOthers(t *testing.T) {
	claims.Proven(t, "limits hold and nothing is kept of strangers: calls of one phone")
	bubble(t, func(r *rig) {
		p := r.peer("ana", "203.0.113.20:5062")
		var calls []*caller
		begin := func() *caller {
			c := p.caller("+4930")
			c.prove("INVITE", withSDP, "ana")
			c.hears(100)
			calls = append(calls, c)
			return c
		}
		for range mostCalls {
			begin().hears(180)
			r.event()
		}
		begin().hears(486)
		r.nothingReported()
		ben := r.peer("ben", "203.0.113.21:5062").caller("+4930")
		ben.prove("INVITE", withSDP, "ben")
		ben.hears(100)
		ben.hears(180)
		r.event()
		r.do(call.Reject{Leg: "in-1", Cause: call.Forbidden})
		calls[0].hears(403)
		r.event()
		begin().hears(180)
		r.event()
	})
}

func TestATrunkIsToldWhoCallsUnlessThatIsWithheld(t *testing.T) {
	for name, c := range map[string]struct {
		from                     call.Party
		shown, asserted, privacy string
	}{
		"number and name": {
			call.Party{Number: "+4940", Name: `Support "24/7"`},
			`"Support \"24/7\"" <sip:+4940@` + realm + ">",
			`"Support \"24/7\"" <sip:+4940@` + realm + ">", "",
		},
		"number alone": {call.Party{Number: "+4940"}, "<sip:+4940@" + realm + ">", "<sip:+4940@" + realm + ">", ""},
		"withheld":     {call.Party{}, "<sip:anonymous@anonymous.invalid>", "", "id"},
		"hostile": {
			call.Party{Number: "+49\r\nX: y@z>", Name: "a\r\nX-Evil: 1"},
			`"aX-Evil: 1" <sip:+49X%3A%20y%40z%3E@` + realm + ">",
			`"aX-Evil: 1" <sip:+49X%3A%20y%40z%3E@` + realm + ">", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				p := r.peer("carrier", carrierAddr)
				dial := toPSTN
				dial.From = c.from
				r.do(dial)
				first := p.asked("INVITE")
				p.answer(first, 407, "x", "Proxy-Authenticate: Digest realm=\"carrier\", nonce=\"n\", qop=\"auth\", algorithm=MD5\n")
				p.asked("ACK")
				in := p.asked("INVITE")
				if !strings.Contains(in.GetHeader("Proxy-Authorization").Value(), `username="gw"`) {
					t.Errorf("RFC 3261 §22.3: the trunk's user name is not told:\n%v", in)
				}
				got, _, _ := strings.Cut(in.From().Value(), ";tag=")
				asserted, _ := value(in, "P-Asserted-Identity")
				privacy, _ := value(in, "Privacy")
				if got != c.shown || asserted != c.asserted || privacy != c.privacy {
					t.Errorf("the trunk is told %q, %q, %q", got, asserted, privacy)
				}
			})
		})
	}
}
