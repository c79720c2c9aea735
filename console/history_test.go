package console

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// whole is a record with everything in it: a consultation, a loss, a recording.
func whole() telagent.Record {
	return telagent.Record{
		ID: "c7", Kind: "inbound", From: call.Party{Number: "+491701", Name: "=cmd()"}, To: "+18005550100", Queue: "help",
		Began: start, Answered: start.Add(5 * time.Second), Ended: start.Add(time.Minute), Cause: call.Normal, EndedBy: "customer",
		Legs: []telagent.LegRecord{
			{Leg: "1", Seat: call.CustomerSeat, Device: call.PSTN, Target: "+491701", Began: start, Answered: start, Ended: start.Add(time.Minute), Cause: call.Normal},
			{
				Leg: "2", Seat: call.AgentSeat, Agent: "ana", Device: call.Softphone, Target: "ana@softphone", Began: start,
				Answered: start.Add(5 * time.Second), Ended: start.Add(50 * time.Second), Cause: call.Lost, Fault: telagent.NetworkFault,
			},
			{
				Leg: "3", Seat: call.GuestSeat, Mode: "consult", Agent: "ben", Device: call.DeskPhone, Target: "ben-desk@desk",
				Began: start.Add(20 * time.Second), Ended: start.Add(30 * time.Second), Cause: call.NoAnswer, Fault: telagent.AgentFault,
			},
		},
		Switches: []telagent.SwitchRecord{{
			Agent: "ana", By: "boss", To: "ana@softphone", Began: start.Add(time.Second), Ended: start.Add(5 * time.Second), Result: "done",
			Leg: "2", Gap: 22 * time.Millisecond, CutOver: 40500 * time.Microsecond,
		}},
		Recordings: []telagent.Recording{{File: "c7.wav", Began: start, Length: 45500 * time.Millisecond, Paused: true, Problem: "the disk was full"}},
	}
}

func TestARecordTellsEveryLegItsDeviceAndWhoseFaultItsEndWas(t *testing.T) {
	f := newFloor()
	f.records = []telagent.Record{whole()}
	c := newConsole(t, f.options())
	var h historyShown
	decodeInto(t, ask(c, "GET", prefix+"/history", "", as(tokenFor(t, c, "boss"))...).Body.Bytes(), &h)
	if len(h.Records) != 1 || len(h.Records[0].Legs) != 3 {
		t.Fatalf("boss reads %+v", h)
	}
	r := h.Records[0]
	if r.Kind != "inbound" || r.Legs[1].Device != "softphone" || r.Legs[1].Fault != "network" || r.Legs[2].Mode != "consult" || r.Legs[0].Fault != "" {
		t.Errorf("the record is shown as %+v", r)
	}
	if s := r.Switches[0]; s.Leg != "2" || *s.CustomerGapMS != 22 || *s.CutOverMS != 40.5 || s.TwoWayMS != nil {
		t.Errorf("its switch is shown as %+v", s)
	}
	if len(r.Recordings) != 1 || r.Recordings[0].Length != 45.5 || !r.Recordings[0].Paused || r.Recordings[0].Problem != "the disk was full" {
		t.Errorf("its recording is shown as %+v", r.Recordings)
	}
}

func TestTheHistoryIsATableForWhoAsksForOne(t *testing.T) {
	f := newFloor()
	f.records = []telagent.Record{whole(), record("s1", "shop", "zoe", -1)}
	c := newConsole(t, f.options())
	boss := as(tokenFor(t, c, "boss"))
	asked := ask(c, "GET", prefix+"/history?format=csv", "", boss...)
	accepted := ask(c, "GET", prefix+"/history", "", append(boss, "Accept", "text/csv")...)
	if asked.Body.String() != accepted.Body.String() || !strings.HasPrefix(asked.Header().Get("Content-Type"), "text/csv") {
		t.Errorf("asked for: %s %q; accepted: %q", asked.Header().Get("Content-Type"), asked.Body, accepted.Body)
	}
	if w := ask(c, "GET", prefix+"/history?format=json", "", append(boss, "Accept", "text/csv")...); w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("the format does not come before Accept: %s", w.Header().Get("Content-Type"))
	}
	rows, err := csv.NewReader(asked.Body).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d lines (%v), want the columns and three legs of boss's team: %q", len(rows), err, rows)
	}
	line := map[string]string{}
	for i, column := range rows[0] {
		line[column] = rows[2][i]
	}
	for column, want := range map[string]string{
		"call": "c7", "kind": "inbound", "from": "+491701", "from_name": "'=cmd()", "to": "+18005550100", "queue": "help",
		"began": "2026-11-24T09:00:00Z", "answered": "2026-11-24T09:00:05Z", "cause": "normal", "ended_by": "customer", "recorded": "45.5",
		"seat": "agent", "mode": "", "agent": "ana", "device": "softphone", "target": "ana@softphone", "leg_ended": "2026-11-24T09:00:50Z",
		"leg_cause": "lost", "fault": "network", "customer_gap_ms": "22", "cut_over_ms": "40.5", "two_way_ms": "",
	} {
		if line[column] != want {
			t.Errorf("%s is %q, want %q", column, line[column], want)
		}
	}
	if answered := rows[3][slices.Index(rows[0], "leg_answered")]; answered != "" {
		t.Errorf("a leg that was never answered was so at %q", answered)
	}
}

func TestNoCellOfTheTableIsAFormula(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "+491701": "+491701", "Ana": "Ana", "=1+1": "'=1+1", "+1+1": "'+1+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx",
	} {
		if got := cell(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestARecordingIsHeardByTheSupervisorsOfItsAgentsAlone(t *testing.T) {
	f := newFloor()
	gone := record("gone", "help", "ana", -1)
	gone.Recordings = []telagent.Recording{{File: "gone.wav"}}
	f.records = []telagent.Record{whole(), gone, record("mute", "help", "ana", -2)}
	f.sounds = fstest.MapFS{"c7.wav": {Data: []byte("RIFF and so on")}}
	c := newConsole(t, f.options())
	for _, a := range []struct {
		user, id string
		want     int
		code     string
		listens  bool
	}{
		{"boss", "c7", 200, "", true},
		{"root", "c7", 200, "", true},
		{"ana", "c7", 403, "not_supervisor", true}, // refused by the Floor, which keeps that she asked
		{"sally", "c7", 404, "unknown_call", false},
		{"boss", "none", 404, "unknown_call", false},
		{"boss", "..%2fc7", 404, "unknown_call", false},
		{"boss", "gone", 404, "not_recorded", true},
		{"boss", "mute", 404, "not_recorded", true},
	} {
		before := len(f.did())
		w := ask(c, "GET", prefix+"/history/"+a.id+"/recording", "", append(as(tokenFor(t, c, a.user)), "Range", "bytes=4-")...)
		if w.Code != a.want {
			t.Errorf("%s hears %s: %d %s", a.user, a.id, w.Code, w.Body)
		}
		if a.code != "" {
			if p := problemOf(t, w); p.Code != a.code {
				t.Errorf("%s hears %s: %s", a.user, a.id, p.Code)
			}
		} else if w.Body.String() != "RIFF and so on" || w.Header().Get("Content-Type") != "audio/wav" || w.Header().Get("Content-Length") != "14" ||
			w.Header().Get("Content-Disposition") != "attachment; filename=c7.wav" {
			t.Errorf("%s hears %q with %v", a.user, w.Body, w.Header())
		}
		asked := f.did()[before:]
		if len(asked) > 0 != a.listens {
			t.Errorf("%s hears %s: the Floor was asked %+v", a.user, a.id, asked)
			continue
		}
		if l, ok := append(asked, nil)[0].(telagent.Listen); a.listens && (!ok || l.By != a.user || string(l.Call) != a.id || l.Agents[0] != "ana") {
			t.Errorf("%s hears %s: the Floor was asked %+v", a.user, a.id, asked)
		}
	}
}

// follows says whether a record comes after the one that was read last.
func (q HistoryQuery) follows(r telagent.Record) bool {
	return q.LastEnded.IsZero() || r.Ended.Before(q.LastEnded) || r.Ended.Equal(q.LastEnded) && string(r.ID) < q.LastID
}

func TestCallsThatEndedAtTheSameTimeAreAllListedOnceThoughMoreEndMeanwhile(t *testing.T) {
	f := newFloor()
	for _, id := range []string{"h9", "h7", "h5", "h3", "h1"} { // as the store orders them
		f.records = append(f.records, telagent.Record{ID: call.ID(id), Ended: start})
	}
	c := newConsole(t, f.options())
	root, cursor, seen := tokenFor(t, c, "root"), "", []string{}
	for range 4 {
		page := decode[historyShown](t, ask(c, "GET", prefix+"/history?limit=2&cursor="+cursor, "", as(root)...).Body)
		for _, r := range page.Records {
			seen = append(seen, r.ID)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
		f.records = slices.Insert(f.records, 0, telagent.Record{ID: call.ID("z" + cursor), Ended: start})
	}
	if want := []string{"h9", "h7", "h5", "h3", "h1"}; !slices.Equal(seen, want) {
		t.Errorf("listed %v, want %v", seen, want)
	}
	w := ask(c, "GET", prefix+"/history?cursor=x", "", as(root)...)
	if p := problemOf(t, w); w.Code != 422 || p.Code != "bad_cursor" {
		t.Errorf("a cursor that is none: %d %s", w.Code, p.Code)
	}
}
