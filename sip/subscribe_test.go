package sip

import (
	"context"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// people are those whom a test's watchers may watch.
func people(o *Options) {
	o.People = map[string]Presence{
		"ana":      {User: "ana", Status: "available", Activity: "idle"},
		"ana-desk": {User: "ana", Status: "available", Activity: "idle"},
		"ben":      {User: "ben", Status: "offline", Activity: "idle"},
	}
}

// watcher is a phone's subscription.
type watcher struct {
	*caller
	user, event string
	version     int    // of the next dialog-info
	last        string // what the last NOTIFY that answers took said
}

// watcher returns a subscription of a user's phone to be begun.
func (p *peer) watcher(user, aor, event string) *watcher {
	c := p.caller(aor)
	c.from = fmt.Sprintf("<sip:%s@%s>;tag=%s-%d", user, realm, p.name, p.branch)
	return &watcher{caller: c, user: user, event: event}
}

// subscribe asks for a time, with proof.
func (s *watcher) subscribe(seconds int, extra string) {
	s.r.Helper()
	s.prove("SUBSCRIBE", fmt.Sprintf("Event: %s\nContact: <sip:%s@%s;transport=%s>\nExpires: %d\n%s", s.event, s.user, s.addr,
		strings.ToLower(s.network), seconds, extra), s.user)
}

// begins subscribes and takes the answer and the first NOTIFY.
func (s *watcher) begins(seconds int) string {
	s.r.Helper()
	s.subscribe(seconds, "")
	res := s.hears(200)
	s.learn(res)
	if e := res.GetHeader("Expires"); e == nil || e.Value() != fmt.Sprint(seconds) {
		s.r.Errorf("granted:\n%v", res)
	}
	return s.told(200)
}

// notified takes a NOTIFY, looks whether it is whole, and answers it.
func (s *watcher) notified() *sip.Request {
	s.r.Helper()
	req := s.asked("NOTIFY")
	event := strings.TrimSpace(strings.SplitN(s.event, ";", 2)[0])
	if got := req.GetHeader("Event").Value(); !strings.HasPrefix(got, event) {
		s.r.Errorf("Event is %q", got)
	}
	if req.Contact() == nil || req.CallID().Value() != s.id || tag(req.To().Params) != strings.SplitN(s.from, ";tag=", 2)[1] {
		s.r.Errorf("not of the dialog:\n%v", req)
	}
	if n := len(req.String()); n > mostDatagram {
		s.r.Errorf("a NOTIFY of %d bytes:\n%v", n, req)
	}
	return req
}

// told takes a NOTIFY, answers it, and returns what it says in a line: its state, and the person's.
func (s *watcher) told(status int) string {
	s.r.Helper()
	req := s.notified()
	s.answer(req, status, "", "")
	state, _, _ := strings.Cut(req.GetHeader("Subscription-State").Value(), ";expires")
	return state + " " + s.read(req)
}

// read returns what a document says, in words.
func (s *watcher) read(req *sip.Request) string {
	s.r.Helper()
	if len(req.Body()) == 0 {
		return "nothing"
	}
	if strings.HasPrefix(s.event, "dialog") {
		return s.readDialogs(req)
	}
	var doc struct {
		Entity string `xml:"entity,attr"`
		Basic  string `xml:"tuple>status>basic"`
		Note   string `xml:"tuple>note"`
		Does   struct {
			Inner []struct{ XMLName xml.Name } `xml:",any"`
		} `xml:"person>activities"`
	}
	if err := xml.Unmarshal(req.Body(), &doc); err != nil || req.ContentType().Value() != "application/pidf+xml" || !strings.HasPrefix(doc.Entity, "sip:") {
		s.r.Fatalf("%v in\n%v", err, req)
	}
	words := []string{doc.Basic}
	for _, a := range doc.Does.Inner {
		words = append(words, a.XMLName.Local)
	}
	return strings.Join(words, "+") + " " + doc.Note
}

func (s *watcher) readDialogs(req *sip.Request) string {
	s.r.Helper()
	var doc struct {
		Version int    `xml:"version,attr"`
		State   string `xml:"state,attr"`
		Dialogs []struct {
			ID        string `xml:"id,attr"`
			Direction string `xml:"direction,attr"`
			State     string `xml:"state"`
			Remote    struct {
				Display string `xml:"display,attr"`
				URI     string `xml:",chardata"`
			} `xml:"remote>identity"`
		} `xml:"dialog"`
	}
	if err := xml.Unmarshal(req.Body(), &doc); err != nil || doc.State != "full" || req.ContentType().Value() != "application/dialog-info+xml" {
		s.r.Fatalf("%v in\n%v", err, req)
	}
	if doc.Version != s.version {
		s.r.Errorf("version %d, want %d", doc.Version, s.version)
	}
	s.version++
	words := []string{}
	for _, d := range doc.Dialogs {
		words = append(words, strings.TrimSpace(fmt.Sprintf("%s %s %s %s %s", d.ID, d.Direction, d.State, d.Remote.Display, d.Remote.URI)))
	}
	return strings.Join(words, ", ")
}

// is fails unless both are the same.
func (r *rig) is(got, want string) {
	r.Helper()
	if got != want {
		r.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestS65ALampFollowsACallAndPresenceFollowsTheDay(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := r.peer("watcher", "203.0.113.30:5060")
		lamp, face := p.watcher("ben", "ana", "dialog"), p.watcher("ben", "ana", "presence")
		r.is(lamp.begins(3600), "active ")
		r.is(face.begins(3600), "active open available")
		show := func(status, activity, reason string) {
			v := Presence{User: "ana", Status: status, Activity: activity, Reason: reason}
			if activity != "idle" && activity != "wrap_up" {
				v.Call, v.Remote = "c1", call.Party{Number: "+491701", Name: "Customer"}
			}
			r.w.Show("ana", v)
		}
		show("ringing", "offered", "")
		r.is(firstOf(t, lamp, face), "active d-c1 recipient early | active open+busy ringing")
		show("in_line", "talking", "")
		r.is(firstOf(t, lamp, face), "active d-c1 recipient confirmed | active open+on-the-phone in_line")
		show("in_line", "cut_off", "")
		lamp.hearsNothing()
		show("acw", "wrap_up", "")
		r.is(firstOf(t, lamp, face), "active d-c1 recipient terminated | active open+busy acw")
		show("on_break", "idle", "Lunch")
		r.is(face.told(200), "active open+away+meal on_break: Lunch")
		lamp.hearsNothing()
	}, people)
}

// firstOf takes a NOTIFY of each of two subscriptions of one phone, in whatever order they come.
func firstOf(t *testing.T, a, b *watcher) string {
	t.Helper()
	said := map[string]string{}
	for range 2 {
		req := a.asked("NOTIFY")
		a.answer(req, 200, "", "")
		for _, s := range []*watcher{a, b} {
			if s.id == req.CallID().Value() {
				state, _, _ := strings.Cut(req.GetHeader("Subscription-State").Value(), ";")
				said[s.id] = state + " " + s.read(req)
			}
		}
	}
	return said[a.id] + " | " + said[b.id]
}

func TestWhoIsCalledByWhomIsShownToTheAgentHimselfAlone(t *testing.T) {
	bubble(t, func(r *rig) {
		busy := Presence{
			User: "ana", Status: "in_line", Activity: "talking", Call: "c1", Remote: call.Party{Number: "+491701", Name: `A "quoted" <b>`},
		}
		r.w.Show("ana", busy)
		r.w.Show("ana-desk", busy)
		p := r.peer("watcher", "203.0.113.30:5060")
		for _, c := range []struct{ user, aor, want string }{
			{"ana", "ana", `d-c1 recipient confirmed A "quoted" <b> sip:+491701@` + realm},
			{"ben", "ana", "d-c1 recipient confirmed"},
			{"ana-desk", "ana", "d-c1 recipient confirmed"},
			{"ana", "ana-desk", "d-c1 recipient confirmed"},
		} {
			r.is(p.watcher(c.user, c.aor, "dialog").begins(3600), "active "+c.want)
		}
	}, people)
}

func TestACallThatTheAgentDialsIsHisAndTheNextOneIsNot(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.peer("watcher", "203.0.113.30:5060").watcher("ben", "ana", "dialog")
		s.begins(3600)
		for _, step := range []struct{ activity, call, want string }{
			{"dialling", "c1", "active d-c1 initiator trying"},
			{"talking", "c1", "active d-c1 initiator confirmed"},
			{"idle", "", "active d-c1 initiator terminated"},
			{"offered", "c2", "active d-c2 recipient early"},
		} {
			r.w.Show("ana", Presence{User: "ana", Status: "in_line", Activity: step.activity, Call: call.ID(step.call)})
			r.is(s.told(200), step.want)
		}
	}, people)
}

func TestASubscriptionIsRefreshedAndEndedWithinItsDialog(t *testing.T) {
	dialogs(t, func(r *rig) {
		s := r.peer("watcher", "203.0.113.30:5060").watcher("ben", "ana", "presence;id=7")
		s.subscribe(600, "")
		res := s.hears(200)
		s.learn(res)
		req := s.notified()
		r.is(req.GetHeader("Event").Value(), "presence;id=7")
		r.is(req.GetHeader("Subscription-State").Value(), "active;expires=600")
		s.answer(req, 200, "", "")
		r.pass(9 * time.Minute)
		s.subscribe(600, "")
		s.hears(200)
		r.is(s.told(200), "active open available")
		r.pass(9 * time.Minute)
		r.w.Show("ana", Presence{User: "ana", Status: "away"})
		r.is(s.told(200), "active closed+away away")
		s.subscribe(0, "")
		r.is(s.hears(200).GetHeader("Expires").Value(), "0")
		r.is(s.told(200), "terminated;reason=timeout closed+away away")
		s.subscribe(600, "")
		s.hears(481)
		r.w.Show("ana", Presence{User: "ana", Status: "available"})
		s.hearsNothing()
	}, people)
}

func TestASubscriptionThatIsNotRefreshedExpires(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.peer("watcher", "203.0.113.30:5060").watcher("ben", "ana", "dialog")
		s.begins(60)
		r.pass(59 * time.Second)
		s.hearsNothing()
		r.is(s.told(200), "terminated;reason=timeout ")
		r.watches(0)
	}, people)
}

func TestAFetchIsToldOnceAndLeavesNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.peer("watcher", "203.0.113.30:5060").watcher("ben", "ana", "presence")
		r.is(s.begins(0), "terminated;reason=timeout open available")
		r.watches(0)
	}, people)
}

// watches fails unless so many subscriptions are kept, and nothing else if there are none.
func (r *rig) watches(want int) {
	r.Helper()
	r.settle()
	b, got := r.w.board, make(chan string, 1)
	b.in.put(func() {
		got <- fmt.Sprint(len(b.watches), " watches, of ", len(b.watched), " people, ", len(b.byUser), " users, ", len(b.tx.clients), " NOTIFYs")
	})
	line := <-got
	if want == 0 {
		r.is(line, "0 watches, of 0 people, 0 users, 0 NOTIFYs")
	} else if !strings.HasPrefix(line, fmt.Sprint(want, " watches,")) {
		r.Errorf("%s; want %d", line, want)
	}
}

func TestWhatASUBSCRIBEMayNotAskForIsRefused(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("watcher", "203.0.113.30:5060")
		ask := func(aor, headers string) *sip.Response {
			s := p.watcher("ben", aor, "")
			s.prove("SUBSCRIBE", headers, "ben")
			return s.next().(*sip.Response)
		}
		at := "Contact: <sip:ben@203.0.113.30>\n"
		for _, c := range []struct {
			aor, headers, want, says string
		}{
			{"nobody", at + "Event: presence\n", "404", ""},
			{"ana", at, "489", "Allow-Events: presence, dialog"},
			{"ana", at + "Event: message-summary\n", "489", "Allow-Events: presence, dialog"},
			{"ana", at + "Event: presence.winfo\n", "489", "Allow-Events: presence, dialog"},
			{"ana", at + "Event: \x7f;;;==\"\n", "400", ""},
			{"ana", at + "Event: presence;id=\"\n", "400", ""},
			{"ana", at + "Event: presence;id=" + strings.Repeat("x", 65) + "\n", "400", ""},
			{"ana", at + "Event: presence\no: dialog\n", "400", ""},
			{"ana", at + "Event: presence\nExpires: 59\n", "423", "Min-Expires: 60"},
			{"ana", at + "Event: presence\nAccept: text/plain\n", "406", ""},
			{"ana", "Event: presence\n", "400", ""},
			{"ana", "Event: presence\nContact: <tel:+4930>\n", "400", ""},
			{"ana", "Event: presence\nContact: <sip:a@h?Route=x>\n", "400", ""},
			{"ana", at + "Event: presence\nRecord-Route: <sip:" + strings.Repeat("r", 5000) + ".example>\n", "513", ""},
			{"ana", at + "Event: presence\nRequire: eventlist\n", "420", "Unsupported: eventlist"},
		} {
			if c.want == "420" || strings.Contains(c.headers, "\x7f") { // refused before anybody proves anything
				s := p.watcher("ben", c.aor, "")
				s.ask("SUBSCRIBE", c.headers)
				if res := s.next().(*sip.Response); fmt.Sprint(res.StatusCode) != c.want {
					t.Errorf("%q: %v", c.headers, res)
				}
				continue
			}
			if res := ask(c.aor, c.headers); fmt.Sprint(res.StatusCode) != c.want || !strings.Contains(res.String(), c.says) {
				t.Errorf("%q: %v", c.headers, res)
			}
		}
		r.watches(0)
	}, people)
}

func TestHugeAndMissingExpiresGetAnHour(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("watcher", "203.0.113.30:5060")
		for _, line := range []string{"", "Expires: 4294967295\n", "Expires: 99999999999999999999\n", "Expires: -1\n", "Expires: x\n"} {
			s := p.watcher("ben", "ana", "dialog")
			s.prove("SUBSCRIBE", "Event: dialog\nContact: <sip:ben@203.0.113.30>\nAccept: */*\n"+line, "ben")
			r.is(s.hears(200).GetHeader("Expires").Value(), "3600")
			s.told(200)
		}
	}, people)
}

func TestWhoCannotProveHimselfIsNotLetInAndNothingIsKeptOfHim(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("watcher", "203.0.113.30:5060")
		for range 50 {
			for _, user := range []string{"mallory", "ben"} {
				s := p.watcher(user, "ana", "presence")
				s.ask("SUBSCRIBE", "Event: presence\nContact: <sip:x@203.0.113.30>\n")
				challenge := s.hears(401)
				uri := sip.Uri{}
				if err := sip.ParseUri(s.target, &uri); err != nil {
					t.Fatal(err)
				}
				req := sip.NewRequest(sip.SUBSCRIBE, uri)
				if err := answerChallenge(req, challenge, user, "guess"); err != nil {
					t.Fatal(err)
				}
				s.ask("SUBSCRIBE", "Authorization: "+req.GetHeader("authorization").Value()+"\nEvent: presence\nContact: <sip:x@203.0.113.30>\n")
				s.hears(401)
			}
		}
		r.watches(0)
		if n := len(r.w.board.tx.servers); n != 0 {
			t.Errorf("%d transactions are kept", n)
		}
	}, people)
}

func TestNobodyRefreshesTheSubscriptionOfSomebodyElse(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.peer("watcher", "203.0.113.30:5060").watcher("ben", "ana", "presence")
		s.begins(3600)
		s.user = "ana"
		s.subscribe(0, "")
		s.hears(481)
		s.user, s.event = "ben", "dialog"
		s.subscribe(0, "")
		s.hears(481)
		s.event = "presence"
		s.seq = 0
		s.subscribe(0, "")
		s.hears(500)
		r.watches(1)
	}, people)
}

func TestARepeatedSUBSCRIBEIsAnsweredAgainAndBeginsNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.peer("watcher", "203.0.113.30:5060").watcher("ben", "ana", "presence")
		headers := "Event: presence\nContact: <sip:ben@203.0.113.30>\n"
		s.ask("SUBSCRIBE", headers)
		challenge := s.hears(401)
		uri := sip.Uri{}
		if err := sip.ParseUri(s.target, &uri); err != nil {
			t.Fatal(err)
		}
		req := sip.NewRequest(sip.SUBSCRIBE, uri)
		if err := answerChallenge(req, challenge, "ben", "secret-ben"); err != nil {
			t.Fatal(err)
		}
		headers += "Authorization: " + req.GetHeader("authorization").Value() + "\n"
		s.ask("SUBSCRIBE", headers)
		first := s.hears(200)
		s.told(200)
		s.repeat("SUBSCRIBE", headers)
		r.is(s.hears(200).To().Value(), first.To().Value())
		s.hearsNothing()
		r.watches(1)
	}, people)
}

func TestWhenTheGatewayClosesEveryWatcherHears(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("watcher", "203.0.113.30:5060")
		lamp, face := p.watcher("ben", "ana", "dialog"), p.watcher("ben", "ana", "presence")
		lamp.begins(3600)
		face.begins(3600)
		closed := make(chan error, 1)
		go func() { closed <- r.w.Close(context.Background()) }()
		for range 2 {
			req := p.asked("NOTIFY")
			r.is(req.GetHeader("Subscription-State").Value(), "terminated;reason=deactivated;retry-after=5")
			p.answer(req, 200, "", "")
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
	}, people)
}

func TestAPersonWhoIsGoneHasNoWatchers(t *testing.T) {
	bubble(t, func(r *rig) {
		s := r.peer("watcher", "203.0.113.30:5060").watcher("ben", "ana-desk", "presence")
		s.begins(3600)
		r.w.Show("ana-desk", Presence{})
		r.is(s.told(200), "terminated;reason=noresource nothing")
		r.watches(0)
		again := s.watcher("ben", "ana-desk", "presence")
		again.subscribe(3600, "")
		again.hears(404)
	}, people)
}

func TestAWatcherWhoIsGoneDoesNotHoldUpTheEndOfTheGateway(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("watcher", "203.0.113.30:5060")
		p.watcher("ben", "ana", "dialog").begins(3600)
		began := time.Now()
		if err := r.w.Close(context.Background()); err != nil || time.Since(began) > closeTime {
			t.Errorf("closed after %v: %v", time.Since(began), err)
		}
	}, people)
}
