package console

import (
	"net/http"
	"strings"
	"testing"

	"telagent-gateway/telagent"
)

func TestAWishSaysWhatItSaw(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	for _, wish := range []struct {
		method, path, body string
		want               telagent.Command
	}{
		{"PUT", "/status", `{"status":"away","office":"berlin","version":7}`, telagent.SetStatus{By: "ana", Agent: "ana", Status: 3, Office: "berlin", Seen: 7}},
		{"DELETE", "/status?version=7", "", telagent.CancelPending{By: "ana", Agent: "ana", Seen: 7}},
		{"DELETE", "/status/pending", "", telagent.CancelPending{By: "ana", Agent: "ana"}},
		{"POST", "/wrap-up", `{"action":"continue","version":7}`, telagent.WrapUp{By: "ana", Agent: "ana", Continue: true, Seen: 7}},
		{"POST", "/decline", "", telagent.Decline{By: "ana", Agent: "ana"}},
	} {
		w := ask(c, wish.method, prefix+"/agents/ana"+wish.path, wish.body, as(tokenFor(t, c, "ana"))...)
		all := f.did()
		if w.Code != http.StatusOK || all[len(all)-1] != wish.want {
			t.Errorf("%s %s: %d, asked for %+v", wish.method, wish.path, w.Code, all[len(all)-1])
		}
	}
}

func TestAStaleWishIsAConflictThatSaysWhatIsTrue(t *testing.T) {
	f := newFloor()
	f.refuse["ana"] = &telagent.Refusal{Code: "stale", Sentence: "Not done: boss changed this meanwhile. Now it is: on break (Training)."}
	c := newConsole(t, f.options())
	w := ask(c, "PUT", prefix+"/agents/ana/status", `{"status":"available","version":3}`, as(tokenFor(t, c, "boss"))...)
	if p := problemOf(t, w); p.Status != http.StatusConflict || p.Code != "stale" || !strings.Contains(p.Detail, "boss") {
		t.Errorf("got %+v", p)
	}
}

func TestAnAgentIsShownWithHisVersionAndWhatIsBooked(t *testing.T) {
	f := newFloor()
	a := &f.view.Agents[0]
	a.Version, a.Pending, a.PendingReason, a.PendingProfile, a.PendingBy = 9, "on_break", "Lunch", "Lunch", "boss"
	c := newConsole(t, f.options())
	body := ask(c, "GET", prefix+"/agents/ana", "", as(tokenFor(t, c, "ana"))...).Body.String()
	for _, want := range []string{`"version":9`, `"pending":"on_break"`, `"booked":{"reason":"Lunch","profile":"Lunch","by":"boss"}`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
}
