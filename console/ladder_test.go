package console

import (
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// keptOf is what is kept of the record whole: a customer's call that is taken by a softphone and ends.
func keptOf() call.Ladder {
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	carrier, phone := netip.MustParseAddrPort("192.0.2.1:5060"), netip.MustParseAddrPort("[2001:db8::7]:41000")
	message := func(ms int, sent bool, peer netip.AddrPort, first, cseq, body string) call.Message {
		network := "UDP"
		if peer == phone {
			network = "WSS"
		}
		return call.Message{At: at(ms), Sent: sent, Network: network, Peer: peer, Text: first + "\r\nCSeq: " + cseq + "\r\nAuthorization: ***\r\n\r\n" + body}
	}
	return call.Ladder{
		Strands: []call.Strand{
			{Leg: "1", Trunk: "north", Messages: []call.Message{
				message(0, false, carrier, "INVITE sip:+18005550100@gw SIP/2.0", "1 INVITE", "v=0\r\n"),
				message(2, true, carrier, "SIP/2.0 100 Trying", "1 INVITE", ""),
				message(60_000, false, carrier, "BYE sip:gw SIP/2.0", "2 BYE", ""),
			}, Course: []call.Interval{{From: at(5000), Length: 5 * time.Second, Quality: call.Quality{
				Received: call.StreamQuality{Packets: 245, Lost: 5, Jitter: time.Millisecond, JitterMost: 12 * time.Millisecond}, RoundTrip: 42 * time.Millisecond,
			}}}},
			{Leg: "2", Left: 3, Messages: []call.Message{
				message(10, true, phone, "INVITE sip:ana@x SIP/2.0", "9 INVITE", "v=0\r\n"), message(5000, false, phone, "SIP/2.0 200 OK", "9 INVITE", "v=0\r\n"),
			}},
			{Leg: "of another call"},
		},
		Notes: []call.Note{
			{At: at(1), Leg: "1", What: "parked", Detail: "music"},
			{At: at(5001), Leg: "1", What: "joined", Other: "2"},
			{At: at(900), Leg: "2", What: "ringing"},
			{At: at(5000), Leg: "2", What: "answered"},
			{At: at(5001), Leg: "2", What: "joined", Other: "1"},
			{At: at(20_000), Leg: "2", What: "held"},
			{At: at(25_000), Leg: "2", What: "resumed"},
			{At: at(45_000), Leg: "2", What: "silent"},
			{At: at(46_000), Leg: "1", What: "parked", Detail: "comfort"},
		},
	}
}

// withLadders is a console that keeps something of each call but "bare".
func withLadders(t *testing.T) *Console {
	f := newFloor()
	bare := record("bare", "help", "ana", -1)
	f.records = []telagent.Record{whole(), bare, record("s1", "shop", "zoe", -1)}
	f.view.Calls[0].Past = whole().Legs[1:2]
	f.view.Calls[0].Legs = []telagent.LegView{{Leg: "1", Seat: "customer", Target: "+491701", Device: "pstn", Began: start, State: "talking"}}
	f.view.Calls[0].Switches = whole().Switches
	o := f.options()
	o.Ladder = func(_ context.Context, id call.ID, legs []call.LegID, live bool) (call.Ladder, error) {
		if id == "bare" || live != (id == "c1") || !slices.Contains(legs, "1") {
			return call.Ladder{}, ErrNoLadder
		}
		return keptOf(), nil
	}
	return newConsole(t, o)
}

func TestALadderIsReadByTheSupervisorsOfItsCallAlone(t *testing.T) {
	c := withLadders(t)
	for _, a := range []struct {
		user, path string
		want       int
		code       string
	}{
		{"boss", "/history/c7/ladder", 200, ""},
		{"root", "/history/c7/ladder", 200, ""},
		{"ana", "/history/c7/ladder", 403, "not_supervisor"},
		{"ana", "/history/s1/ladder", 404, "unknown_call"},
		{"sally", "/history/c7/ladder", 404, "unknown_call"},
		{"boss", "/history/bare/ladder", 404, "no_ladder"},
		{"boss", "/calls/c1/ladder", 200, ""},
		{"ana", "/calls/c1/ladder", 403, "not_supervisor"},
		{"sally", "/calls/c1/ladder", 404, "unknown_call"},
		{"boss", "/calls/c7/ladder", 404, "unknown_call"},
		{"boss", "/history/c7", 200, ""},
		{"ana", "/history/c7", 200, ""},
		{"sally", "/history/c7", 404, "unknown_call"},
	} {
		w := ask(c, "GET", prefix+a.path, "", as(tokenFor(t, c, a.user))...)
		if w.Code != a.want || a.code != "" && problemOf(t, w).Code != a.code {
			t.Errorf("%s reads %s: %d %s", a.user, a.path, w.Code, w.Body)
		}
	}
}

func TestALadderHasMessagesNotesSpansAndTheCourseOfEachLeg(t *testing.T) {
	c := withLadders(t)
	var l ladderShown
	decodeInto(t, ask(c, "GET", prefix+"/history/c7/ladder", "", as(tokenFor(t, c, "boss"))...).Body.Bytes(), &l)
	var arrows []string
	for _, m := range l.Messages {
		arrows = append(arrows, m.Leg+" "+m.Label+" "+m.Method)
	}
	if want := "1 INVITE INVITE|1 100 Trying INVITE|2 INVITE INVITE|2 200 OK INVITE|1 BYE BYE"; strings.Join(arrows, "|") != want {
		t.Errorf("messages %q, want %q", arrows, want)
	}
	if m := l.Messages[0]; !m.Body || m.Sent || m.Peer != "192.0.2.1:5060" || !strings.Contains(m.Text, "***") || l.Messages[1].Body {
		t.Errorf("the first message is shown as %+v", m)
	}
	if leg := l.Legs[0]; leg.Trunk != "north" || leg.Peer != "udp:192.0.2.1:5060" || len(leg.Course) != 1 || *leg.Course[0].Loss != 2 || *leg.Course[0].Jitter != 12 ||
		*leg.Course[0].RoundTripMS != 42 || leg.Course[0].FarLoss != nil {
		t.Errorf("the customer's leg is shown as %+v", leg)
	}
	if leg := l.Legs[1]; leg.Left != 3 || leg.Peer != "wss:[2001:db8::7]:41000" {
		t.Errorf("the agent's leg is shown as %+v", leg)
	}
	var states []string
	for _, s := range l.Legs[1].Spans {
		states = append(states, s.State)
	}
	// What held at the beginning of a leg that is answered and joined at once has no span of its own but what has a length.
	if got := strings.Join(states, " "); got != "dialling ringing answered talking held talking silent" {
		t.Errorf("the agent's leg does %s", got)
	}
	spans := l.Legs[1].Spans
	if !spans[0].From.Equal(l.Legs[1].Began) || !spans[len(spans)-1].To.Equal(*l.Legs[1].Ended) {
		t.Errorf("from %v to %v", spans[0].From, spans[len(spans)-1].To)
	}
	var notes []string
	for _, n := range l.Notes {
		notes = append(notes, n.What)
	}
	if got := strings.Join(notes, " "); !strings.Contains(got, "switch_begun") || !strings.Contains(got, "switch_done") || !strings.HasSuffix(got, "over") {
		t.Errorf("notes %s", got)
	}
	var live ladderShown
	decodeInto(t, ask(c, "GET", prefix+"/calls/c1/ladder", "", as(tokenFor(t, c, "boss"))...).Body.Bytes(), &live)
	if live.Ended != nil || len(live.Legs) != 2 || live.Legs[0].Ended != nil || live.Legs[1].Ended == nil || len(live.Switches) != 1 {
		t.Errorf("the live call is shown as %+v", live)
	}
}

func TestALadderOfWhichNothingIsKnownHasListsAllTheSame(t *testing.T) {
	l := ladderShown{Legs: legsOfCall(telagent.CallView{})}
	l.climb(call.Ladder{})
	if body, err := json.Marshal(l); err != nil || strings.Contains(string(body), "null") {
		t.Errorf("%s %v", body, err)
	}
}

func TestALadderIsDrawnForWhoAsksForText(t *testing.T) {
	c := withLadders(t)
	boss := as(tokenFor(t, c, "boss"))
	w := ask(c, "GET", prefix+"/history/c7/ladder?format=text", "", boss...)
	if accepted := ask(c, "GET", prefix+"/history/c7/ladder", "", append(boss, "Accept", "text/plain")...); accepted.Body.String() != w.Body.String() {
		t.Errorf("accepted: %s", accepted.Body)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "call.ladder"))
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Body.String(); got != string(want) || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("drawn as\n%s\nwant\n%s", got, want)
	}
}
