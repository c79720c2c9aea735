package sip

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

// document is what a phone publishes: a basic status and activities.
func document(basic, activities string) string {
	return `<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"` +
		` xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:ana@x"><tuple id="a"><status><basic>` + basic + `</basic></status></tuple>` +
		`<dm:person id="p"><rpid:activities>` + activities + `</rpid:activities></dm:person></presence>`
}

// publisher is a phone's publication.
type publisher struct {
	*caller
	user string
}

func (p *peer) publisher(user, aor string) *publisher {
	c := p.caller(aor)
	c.from = fmt.Sprintf("<sip:%s@%s>;tag=%s-%d", user, realm, p.name, p.branch)
	return &publisher{c, user}
}

// publish sends a document, or none, with proof, and returns the answer.
func (s *publisher) publish(headers, body string) *sip.Response {
	s.r.Helper()
	if !strings.Contains(headers, "Event:") {
		headers += "Event: presence\n"
	}
	if body != "" && !strings.Contains(headers, "Content-Type") {
		headers += "Content-Type: application/pidf+xml\n"
	}
	s.prove("PUBLISH", headers+"\n"+body, s.user)
	res, ok := s.next().(*sip.Response)
	if !ok {
		s.r.Fatal("no answer to a PUBLISH")
	}
	return res
}

// publishes is publish that succeeds; it returns the tag.
func (s *publisher) publishes(headers, body string) string {
	s.r.Helper()
	res := s.publish(headers, body)
	if res.StatusCode != 200 || res.GetHeader("SIP-ETag") == nil || res.GetHeader("Expires") == nil {
		s.r.Fatalf("PUBLISH was answered\n%v", res)
	}
	return res.GetHeader("SIP-ETag").Value()
}

func TestAPhonePublishesForItsUserAndTheCoreHears(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("ana", "203.0.113.20:5062")
		own, desk, forUser := p.publisher("ana", "ana"), p.publisher("ana-desk", "ana-desk"), p.publisher("ana-desk", "ana")
		own.publishes("", document("open", "<rpid:meal/>"))
		r.reported(call.Published{AOR: "ana", Status: "on_break", Reason: "meal"})
		desk.publishes("", document("closed", ""))
		r.reported(call.Published{AOR: "ana-desk", Status: "away"})
		forUser.publishes("", document("open", ""))
		r.reported(call.Published{AOR: "ana", Status: "available"})
	}, people)
}

func TestAPublicationIsRefreshedChangedAndRemovedByItsTag(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.peer("ana", "203.0.113.20:5062").publisher("ana", "ana")
		first := s.publishes("Expires: 100\n", document("open", "<rpid:busy/>"))
		r.reported(call.Published{AOR: "ana", Status: "not_ready"})
		r.pass(90 * time.Second)
		second := s.publishes("Expires: 100\nSIP-If-Match: "+first+"\n", "")
		r.nothingReported()
		r.is(fmt.Sprint(s.publish("SIP-If-Match: "+first+"\n", "").StatusCode), "412")
		r.pass(90 * time.Second)
		third := s.publishes("Expires: 100\nSIP-If-Match: "+second+"\n", document("open", ""))
		r.reported(call.Published{AOR: "ana", Status: "available"})
		fourth := s.publishes("SIP-If-Match: "+third+"\n", document("open", ""))
		r.nothingReported() // the same again is not said again
		s.publishes("Expires: 0\nSIP-If-Match: "+fourth+"\n", "")
		r.nothingReported()
		r.is(fmt.Sprint(s.publish("SIP-If-Match: "+fourth+"\n", "").StatusCode), "412")
		if n := len(r.w.board.said); n != 0 {
			t.Errorf("%d publications are kept", n)
		}
	}, people)
}

func TestAPublicationThatExpiresReportsNothingAndIsForgotten(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.peer("ana", "203.0.113.20:5062").publisher("ana", "ana")
		tag := s.publishes("Expires: 60\n", document("open", "<rpid:away/>"))
		r.reported(call.Published{AOR: "ana", Status: "away"})
		r.pass(time.Minute)
		r.nothingReported()
		r.is(fmt.Sprint(s.publish("SIP-If-Match: "+tag+"\n", "").StatusCode), "412")
	}, people)
}

func TestWhatAPUBLISHMayNotSayIsRefused(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("ana", "203.0.113.20:5062")
		good := document("open", "")
		for _, c := range []struct {
			user, aor, headers, body, want, says string
		}{
			{"ana", "ben", "", good, "403", ""},
			{"ben", "ana", "", good, "403", ""},
			{"ben", "ana-desk", "", good, "403", ""},
			{"stranger", "ana", "", good, "403", ""},
			{"ana", "nobody", "", good, "404", ""},
			{"ana", "ana", "Event: dialog\n", good, "489", "Allow-Events: presence\r\n"},
			{"ana", "ana", "Event: message-summary\n", good, "489", "Allow-Events: presence\r\n"},
			{"ana", "ana", "Event: presence;;;=\n", good, "400", ""},
			{"ana", "ana", "Content-Type: text/plain\n", good, "415", "Accept: application/pidf+xml"},
			{"ana", "ana", "Content-Encoding: gzip\n", good, "415", "Accept-Encoding: identity"},
			{"ana", "ana", "Expires: 59\n", good, "423", "Min-Expires: 60"},
			{"ana", "ana", "SIP-If-Match: nonsense\n", good, "412", ""},
			{"ana", "ana", "SIP-If-Match: a, b\n", "", "412", ""},
			{"ana", "ana", "", "", "400", ""},
			{"ana", "ana", "Expires: 0\n", good, "400", ""},
			{"ana", "ana", "", "<presence", "400", ""},
			{"ana", "ana", "", "<!DOCTYPE x []>" + good, "400", ""},
			{"ana", "ana", "", strings.Repeat(" ", longestPIDF) + good, "413", ""},
		} {
			if res := p.publisher(c.user, c.aor).publish(c.headers, c.body); fmt.Sprint(res.StatusCode) != c.want || !strings.Contains(res.String(), c.says) {
				t.Errorf("%s for %s with %q: %v", c.user, c.aor, c.headers, res)
			}
		}
		s := p.publisher("ana", "ana")
		s.to += ";tag=x"
		r.is(fmt.Sprint(s.publish("", good).StatusCode), "481")
		r.nothingReported()
		if n := len(r.w.board.said); n != 0 {
			t.Errorf("%d publications are kept", n)
		}
	}, people)
}

func TestADocumentThatSaysNothingOfItsUserIsTakenAndReportsNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.peer("ana", "203.0.113.20:5062").publisher("ana", "ana")
		s.publishes("", document("maybe", "<rpid:unknown/>"))
		r.nothingReported()
	}, people)
}

func TestPublicationsOfOneAddressAreBounded(t *testing.T) {
	claims.Proven(t, "limits hold and nothing is kept of strangers: publications")
	bubble(t, func(r *rig) {
		p := r.peer("ana", "203.0.113.20:5062")
		first := p.publisher("ana", "ana")
		tag := first.publishes("Expires: 600\n", document("open", ""))
		r.event()
		for range 3 * publishesOfA {
			p.publisher("ana", "ana").publishes("", document("open", ""))
			r.event()
		}
		if n := len(r.w.board.said["ana"]); n != publishesOfA {
			t.Errorf("%d publications are kept", n)
		}
		r.is(fmt.Sprint(first.publish("SIP-If-Match: "+tag+"\n", "").StatusCode), "412")
	}, people)
}
