package sip

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

// told waits for a NOTIFY about a transfer, answers it and compares what it says.
func (c *caller) told(status, state string) *sip.Request {
	c.r.Helper()
	req := c.asked("NOTIFY")
	c.answer(req, 200, "", "")
	want := "SIP/2.0 " + status + "\r\n"
	if got := string(req.Body()); got != want || req.ContentType().Value() != "message/sipfrag;version=2.0" {
		c.r.Fatalf("told %q as %s, want %q", got, req.ContentType().Value(), want)
	}
	if got := req.GetHeader("Subscription-State").Value(); got != state {
		c.r.Fatalf("the subscription is %s, want %s", got, state)
	}
	return req
}

const (
	asLongAsItTakes = "active;expires=180"
	forGood         = "terminated;reason=noresource"
)

func TestAPhoneTransfersACallAndIsToldHowItGoes(t *testing.T) {
	dialogs(t, func(r *rig) {
		p, c := answered(r)
		c.ask("REFER", "Refer-To: \"Ben\" <sip:ben@"+realm+";user=phone>\nReferred-By: <sip:ana@"+realm+">\n")
		if res := c.hears(202); res.Contact() == nil || res.GetHeader("Refer-Sub") != nil {
			t.Errorf("wrong 202:\n%v", res)
		}
		trying := c.told("100 Trying", asLongAsItTakes)
		if trying.GetHeader("Event").Value() != "refer" || trying.Contact() == nil {
			t.Errorf("wrong NOTIFY:\n%v", trying)
		}
		r.reported(call.Referred{Leg: "out", To: "ben"})
		r.do(call.Progress{Leg: "out"}) // said already
		r.do(call.Progress{Leg: "out", Done: true, Cause: call.Normal})
		if done := c.told("200 OK", forGood); done.CSeq().SeqNo != trying.CSeq().SeqNo+1 {
			t.Errorf("wrong CSeq:\n%v", done)
		}
		r.do(call.Progress{Leg: "out", Done: true, Cause: call.Busy})
		p.hearsNothing()
		r.do(call.Hangup{Leg: "out", Cause: call.Transferred})
		r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Transferred})
		p.answer(p.asked("BYE"), 200, "", "")
		r.golden("transfer")
	})
}

func TestATransferThatFailsTellsWhyAndAnotherOneMayFollow(t *testing.T) {
	dialogs(t, func(r *rig) {
		_, c := answered(r)
		for i, end := range []struct {
			cause call.Cause
			line  string
		}{
			{call.Busy, "486 Busy Here"},
			{call.Forbidden, "403 Forbidden"},
			{call.Unknown, "404 Not Found"},
			{call.NoAnswer, "480 Temporarily Unavailable"},
			{call.NoCapacity, "503 Service Unavailable"},
			{call.TrunkFault, "502 Bad Gateway"},
		} {
			event := "refer"
			if i > 0 {
				event = fmt.Sprintf("refer;id=%d", c.seq+1)
			}
			c.ask("REFER", "r: tel:+49-30-1234567;phone-context=x\n")
			c.hears(202)
			if got := c.told("100 Trying", asLongAsItTakes).GetHeader("Event").Value(); got != event {
				t.Errorf("Event is %s, want %s", got, event)
			}
			r.reported(call.Referred{Leg: "out", To: "+49-30-1234567"})
			r.do(call.Progress{Leg: "out", Done: true, Cause: end.cause})
			c.told(end.line, forGood)
		}
		c.ask("OPTIONS", "")
		c.hears(200) // the call stands
	})
}

func TestAPhoneThatWantsNoSubscriptionIsToldNothing(t *testing.T) {
	dialogs(t, func(r *rig) {
		p, c := answered(r)
		for range 2 {
			c.ask("REFER", "Refer-To: <sip:*71@"+realm+">\nRefer-Sub: false\nRequire: norefersub\n")
			if res := c.hears(202); res.GetHeader("Refer-Sub") == nil || res.GetHeader("Refer-Sub").Value() != "false" {
				t.Errorf("RFC 4488 §4: wrong Refer-Sub:\n%v", res)
			}
			r.reported(call.Referred{Leg: "out", To: "*71"})
			r.do(call.Progress{Leg: "out", Done: true, Cause: call.Busy})
			p.hearsNothing()
		}
	})
}

func TestAPhoneThatRefusesToBeToldKeepsItsCall(t *testing.T) {
	dialogs(t, func(r *rig) {
		p, c := answered(r)
		c.ask("REFER", "Refer-To: <sip:ben@"+realm+">\n")
		c.hears(202)
		p.answer(p.asked("NOTIFY"), 481, "", "")
		r.reported(call.Referred{Leg: "out", To: "ben"})
		r.nothingReported()
		r.do(call.Progress{Leg: "out", Done: true, Cause: call.Normal})
		p.hearsNothing()
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
	})
}

func TestATransferEndsWithTheLeg(t *testing.T) {
	dialogs(t, func(r *rig) {
		_, c := answered(r)
		c.ask("REFER", "Refer-To: <sip:ben@"+realm+">\n")
		c.hears(202)
		c.told("100 Trying", asLongAsItTakes)
		r.reported(call.Referred{Leg: "out", To: "ben"})
		c.ask("BYE", "")
		c.hears(200)
		r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
		r.do(call.Progress{Leg: "out", Done: true, Cause: call.Normal})
		c.hearsNothing()
	})
}

// consulting is ana's phone with a call that we made to it, and one that it made to ben meanwhile. with names the second
// one in a Refer-To.
func consulting(r *rig) (first, second *caller, with string) {
	r.Helper()
	p, first := answered(r)
	second = p.caller("ben")
	second.from = "<sip:ana@" + realm + ">;tag=consults"
	second.prove("INVITE", withSDP, "ana")
	second.hears(100)
	second.hears(180)
	r.reported(call.Invited{Leg: "in-1", From: call.Party{Number: "ana"}, To: "ben", Source: call.Source{AOR: "ana"}})
	r.do(call.Answer{Leg: "in-1"})
	ok := second.hears(200)
	second.learn(ok)
	second.ask("ACK", "")
	r.settle()
	return first, second, named(second.id, ok.To().Params.GetOr("tag", ""), "consults")
}

// named is a Replaces as it stands in a URI.
func named(callID, to, from string) string {
	return "?Replaces=" + url.QueryEscape(callID+";to-tag="+to+";from-tag="+from)
}

func TestAPhoneBringsItsTwoCallsTogether(t *testing.T) {
	dialogs(t, func(r *rig) {
		first, _, with := consulting(r)
		first.ask("REFER", "Refer-To: <sip:ben@"+realm+with+"&Require=replaces>\n")
		first.hears(202)
		first.told("100 Trying", asLongAsItTakes)
		r.reported(call.Referred{Leg: "out", To: "ben", With: "in-1"})
	})
	t.Run("the other way round", func(t *testing.T) {
		dialogs(t, func(r *rig) {
			first, second, _ := consulting(r)
			gateway := strings.TrimPrefix(first.to[strings.Index(first.to, ";tag="):], ";tag=")
			second.ask("REFER", "Refer-To: <sip:+491701@"+realm+named(first.id, gateway, "a")+">\n")
			second.hears(202)
			second.told("100 Trying", asLongAsItTakes)
			r.reported(call.Referred{Leg: "in-1", To: "+491701", With: "out"})
		})
	})
}

func TestATransferThatWeDoNotMakeIsRefusedAndTheCallStands(t *testing.T) {
	long := strings.Repeat("x", 20_000)
	for name, c := range map[string]struct {
		headers string
		status  int
	}{
		"no Refer-To":                {"", 400},
		"two of them":                {"Refer-To: <sip:ben@x>\nr: <sip:bob@x>\n", 400},
		"two in one":                 {"Refer-To: <sip:ben@x>, <sip:bob@x>\n", 400},
		"no address":                 {"Refer-To: <sip:ben@x\n", 400},
		"headers without brackets":   {"Refer-To: sip:ben@x?Replaces=a\n", 400},
		"nobody":                     {"Refer-To: <sip:" + realm + ">\n", 400},
		"two Referred-By":            {"Refer-To: <sip:ben@x>\nb: <sip:a@x>\nReferred-By: <sip:a@x>\n", 400},
		"broken Referred-By":         {"Refer-To: <sip:ben@x>\nReferred-By: <<\n", 400},
		"a web page":                 {"Refer-To: <https://example.com/>\n", 603},
		"another method":             {"Refer-To: <sip:ben@x;method=BYE>\n", 603},
		"no dialog":                  {"Refer-To: <sip:ben@x?Replaces=>\n", 400},
		"half a dialog":              {"Refer-To: <sip:ben@x?Replaces=a%3Bto-tag%3D1>\n", 400},
		"two to-tags":                {"Refer-To: <sip:ben@x?Replaces=a%3Bto-tag%3D1%3Bto-tag%3D1%3Bfrom-tag%3D2>\n", 400},
		"two dialogs":                {"Refer-To: <sip:ben@x?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&replaces=b%3Bto-tag%3D1%3Bfrom-tag%3D2>\n", 400},
		"a line break in the dialog": {"Refer-To: <sip:ben@x?Replaces=a%0D%0AX-Evil:1%3Bto-tag%3D1%3Bfrom-tag%3D2>\n", 400},
		"a dialog that is none":      {"Refer-To: <sip:ben@x" + named("a@b", "1", "2") + ">\n", 603},
		"a dialog too long":          {"Refer-To: <sip:ben@x" + named(long, long, long) + ">\n", 603},
		"only if it rings":           {"Refer-To: <sip:ben@x" + named("a@b", "1", "2;early-only") + ">\n", 603},
		"an unknown extension":       {"Refer-To: <sip:ben@x>\nRequire: tdialog\n", 420},
		"Replaces as a header":       {"Refer-To: <sip:ben@x>\nReplaces: a;to-tag=1;from-tag=2\n", 400},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				_, phone := answered(r)
				phone.ask("REFER", c.headers)
				phone.hears(c.status)
				r.nothingReported()
				phone.ask("OPTIONS", "")
				phone.hears(200)
				r.do(call.Progress{Leg: "out", Done: true, Cause: call.Normal})
				phone.hearsNothing()
			})
		})
	}
}

func TestALineBreakInRefersToIsTakenOut(t *testing.T) {
	claims.Proven(t, "no value that anybody gives us becomes a header: names, numbers, texts, contacts, paths, fields of the API")
	bubble(t, func(r *rig) {
		_, c := answered(r)
		c.ask("REFER", "Refer-To: <sip:ben%0D%0AX-Evil%3a1"+strings.Repeat("%00y", 1000)+"@"+realm+">\n")
		c.hears(202)
		c.told("100 Trying", asLongAsItTakes)
		e, _ := r.event().(call.Referred)
		if strings.ContainsAny(e.To, "\r\n\x00") || !strings.HasPrefix(e.To, "benX-Evil:1") || len(e.To) > maxValue {
			t.Errorf("reported %+v", e)
		}
	})
}

func TestASecondTransferHasToWaitForTheFirst(t *testing.T) {
	dialogs(t, func(r *rig) {
		_, c := answered(r)
		c.ask("REFER", "Refer-To: <sip:ben@"+realm+">\n")
		c.hears(202)
		c.told("100 Trying", asLongAsItTakes)
		r.reported(call.Referred{Leg: "out", To: "ben"})
		c.repeat("REFER", "Refer-To: <sip:ben@"+realm+">\n") // its answer was lost
		c.hears(202)
		c.ask("REFER", "Refer-To: <sip:bob@"+realm+">\n")
		c.hears(491)
		r.nothingReported()
	})
}

func TestOnlyAnEstablishedCallOfAPhoneIsTransferred(t *testing.T) {
	t.Run("not one of a trunk", func(t *testing.T) {
		dialogs(t, func(r *rig) {
			c := talking(r)
			c.ask("REFER", "Refer-To: <sip:+4990012345@"+realm+">\n")
			c.hears(403)
			r.nothingReported()
		})
	})
	t.Run("not one that rings", func(t *testing.T) {
		dialogs(t, func(r *rig) {
			p := softphone(r)
			r.do(toAna)
			in := p.asked("INVITE")
			p.answer(in, 180, "a", "")
			r.reported(call.Ringing{Leg: "out"})
			c := p.callee(in, "a")
			c.ask("REFER", "Refer-To: <sip:ben@"+realm+">\n")
			c.hears(403)
			r.nothingReported()
		})
	})
}

func TestAPhoneTransfersToNoCallButItsOwn(t *testing.T) {
	claims.Proven(t, "nobody transfers a call, or to a call, that is not his")
	dialogs(t, func(r *rig) {
		customer := talking(r)
		_, c := answered(r)
		for _, name := range []string{
			named(customer.id, tagIn(customer.to), tagIn(customer.from)), // a customer's
			named(c.id, tagIn(c.to), tagIn(c.from)),                      // this one itself
		} {
			c.ask("REFER", "Refer-To: <sip:x@"+realm+name+">\n")
			c.hears(603)
		}
		ben := r.peer("ben", "203.0.113.21:5062")
		ben.registers("ben")
		dial := toAna
		dial.Leg, dial.Target.AOR = "out-2", "ben"
		r.do(dial)
		in := ben.asked("INVITE")
		ben.answer(in, 200, "b", withSDP)
		ben.asked("ACK")
		r.reported(call.Answered{Leg: "out-2"})
		foreign := ben.callee(in, "b")
		c.ask("REFER", "Refer-To: <sip:x@"+realm+named(foreign.id, tagIn(foreign.to), tagIn(foreign.from))+">\n")
		c.hears(603)
		r.nothingReported()
	})
}

// tagIn returns the tag of a From or To as it is written.
func tagIn(header string) string {
	_, tag, _ := strings.Cut(header, ";tag=")
	return tag
}

func FuzzRefer(f *testing.F) {
	w := &Wire{standing: map[dialogID]standing{{"a@b", "1", "2"}: {leg: "in-1", aor: "ana", up: true}}}
	l := &leg{q: &queue{w: w}, id: "out", phase: up, dialog: &Dialog{AOR: "ana"}}
	f.Add("<sip:ben@x"+named("a@b", "1", "2")+">", "<sip:ana@x>;cid=\"1@x\"")
	f.Add("\"B\" <tel:+49-30;phone-context=x>", "sip:ana@x")
	f.Add("<sip:*71%0d%0a@x;method=INVITE?Replaces=a%00;to-tag=1%3bfrom-tag=1&From=x>", "")
	f.Fuzz(func(t *testing.T, to, by string) {
		req := sip.NewRequest(sip.REFER, sip.Uri{Scheme: "sip", Host: "x"})
		req.AppendHeader(sip.NewHeader("Refer-To", to))
		req.AppendHeader(sip.NewHeader("Referred-By", by))
		order, r := l.readRefer(req)
		switch {
		case r != nil && r.status != 400 && r.status != 603:
			t.Fatalf("refused with %d", r.status)
		case r == nil && order.To == "" && order.With == "":
			t.Fatal("a transfer to nobody")
		case r == nil && (!clean(order.To) || len(order.To) > maxValue):
			t.Fatalf("a transfer to %q", order.To)
		}
	})
}
