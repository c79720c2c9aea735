package console

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

func TestAnAgentIsShownWithHisProfileHisOfficesHisIconsAndOtherSystemsWords(t *testing.T) {
	f := newFloor()
	a := &f.view.Agents[0]
	a.Status, a.Declared, a.Toggle, a.Profile, a.ProfileType = "away", "away", "available", "Lunch", "away"
	a.Offices = []string{"berlin", "rome"}
	a.OfficesAway = map[string]presence.OfficeAway{"rome": {By: "boss", Since: start}, "left": {By: "boss", Since: start}}
	a.Words = presence.Translated(presence.State{Declared: presence.Declaration{Status: presence.Away}})
	a.Capabilities = presence.Capabilities{Voice: presence.On, Chat: presence.Greyed}
	a.AmberAt, a.RedAt = start.Add(time.Minute), start.Add(time.Hour)
	o := f.options()
	o.Now = func() time.Time { return start.Add(2 * time.Minute) }
	c := newConsole(t, o)
	w := ask(c, "GET", prefix+"/agents/ana?vocabulary=expertflow", "", as(tokenFor(t, c, "ana"))...)
	got := decode[agentShown](t, w.Body)
	if got.Profile != "Lunch" || got.Kind != "away" || got.Toggle != "available" || got.Level != "amber" || !got.RedAt.Equal(a.RedAt) {
		t.Errorf("shown as %+v", got)
	}
	if want := []officeShown{{Office: "rome", By: "boss", Since: start}}; !reflect.DeepEqual(got.OfficesAway, want) {
		t.Errorf("away in %+v", got.OfficesAway)
	}
	if want := map[string]string{"voice": "on", "chat": "greyed"}; !reflect.DeepEqual(got.Capabilities, want) {
		t.Errorf("icons %v", got.Capabilities)
	}
	if got.Word != "NOT_READY" || got.Words["tencent"] != "On break" || len(got.Words) != 5 {
		t.Errorf("the word %q of %v", got.Word, got.Words)
	}
	w = ask(c, "GET", prefix+"/agents?vocabulary=sinch", "", as(tokenFor(t, c, "boss"))...)
	if !strings.Contains(w.Body.String(), `"word":"Away"`) {
		t.Errorf("the list says %s", w.Body)
	}
}

func TestAStatusIsAskedForWithItsProfileOrItsOffice(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	for body, want := range map[string]telagent.SetStatus{
		`{"profile":"Lunch"}`:                        {Profile: "Lunch"},
		`{"status":"not_ready","profile":"default"}`: {Status: presence.NotReady, Profile: "default"},
		`{"status":"away","office":"berlin"}`:        {Status: presence.Away, Office: "berlin"},
		`{"status":"on_break","reason":"lunch"}`:     {Status: presence.OnBreak, Reason: "lunch"},
	} {
		want.By, want.Agent = "boss", "ana"
		ask(c, "PUT", prefix+"/agents/ana/status", body, as(tokenFor(t, c, "boss"))...)
		all := f.did()
		if got := all[len(all)-1]; got != telagent.Command(want) {
			t.Errorf("%s asks for %+v", body, got)
		}
	}
}

func TestProfilesAndReasonsAreListed(t *testing.T) {
	f := newFloor()
	f.view.Profiles = []presence.Profile{{Name: "Lunch", Type: presence.AwayProfile, Duration: 30 * time.Minute}, {Name: "Sales", Type: presence.AvailableProfile, Queues: []string{"shop"}}}
	f.view.Reasons = []string{"lunch"}
	c := newConsole(t, f.options())
	body := ask(c, "GET", prefix+"/profiles", "", as(tokenFor(t, c, "ana"))...).Body.String()
	want := `"profiles":[{"name":"Lunch","type":"away","duration_s":1800,"queues":[]},{"name":"Sales","type":"available","queues":["shop"]}],"break_reasons":["lunch"]`
	if !strings.Contains(body, want) {
		t.Errorf("got %s", body)
	}
}

func TestAnOfficeThatIsSetAnswersWithItsAgents(t *testing.T) {
	f := newFloor()
	f.view.Agents[0].Offices, f.view.Agents[2].Offices = []string{"berlin"}, []string{"berlin"}
	c := newConsole(t, f.options())
	w := ask(c, "PUT", prefix+"/offices/berlin/status", `{"status":"available"}`, as(tokenFor(t, c, "boss"))...)
	if got := f.did(); len(got) != 1 || got[0] != (telagent.SetOffice{By: "boss", Office: "berlin"}) {
		t.Errorf("asked for %+v", got)
	}
	if body := w.Body.String(); !strings.Contains(body, `"ana"`) || strings.Contains(body, `"zoe"`) {
		t.Errorf("got %s", body)
	}
}

// S54: two tabs are two pages; the Floor is told of each, and of a sign-out that ends both.
func TestEachOpenStreamOfAnAgentIsAPage(t *testing.T) {
	f := newFloor()
	c, server := served(t, f)
	token := tokenFor(t, c, "ana")
	one, two := open(t, server, token, ""), open(t, server, tokenFor(t, c, "ana"), "")
	one.expect("ready", "")
	two.expect("ready", "")
	c.Tell([]telagent.Change{f.changed("ana")})
	one.expect("agent.changed", `"ana"`)
	two.expect("agent.changed", `"ana"`)
	ask(c, "POST", prefix+"/sign-out", "", as(token)...)
	for _, r := range []*reader{one, two} {
		if e := r.next(); e != (told{}) {
			t.Errorf("told %+v after the sign-out", e)
		}
	}
	server.Close() // when its requests are over
	want := []telagent.Command{
		telagent.OpenPage{By: "ana", Agent: "ana"},
		telagent.OpenPage{By: "ana", Agent: "ana"},
		telagent.Admit{By: "ana", User: "ana", Act: telagent.ActSignOut},
		telagent.SetStatus{By: "ana", Agent: "ana"},
		telagent.ClosePage{By: "ana", Agent: "ana"},
		telagent.ClosePage{By: "ana", Agent: "ana"},
	}
	if got := f.did(); !reflect.DeepEqual(got, want) {
		t.Errorf("the Floor was told %+v", got)
	}
}

func TestAServerThatGoesDownClosesNobodysPage(t *testing.T) {
	f := newFloor()
	c, server := served(t, f)
	r := open(t, server, tokenFor(t, c, "ana"), "")
	r.expect("ready", "")
	c.Close()
	if e := r.next(); e != (told{}) {
		t.Errorf("told %+v", e)
	}
	server.Close()
	if got := f.did(); len(got) != 1 {
		t.Errorf("the Floor was told %+v", got)
	}
}

func TestATelagentWhoLeavesTheConsoleStaysOnThePhone(t *testing.T) {
	f := newFloor()
	f.view.Agents[0].Reach = "phone"
	c := newConsole(t, f.options())
	ask(c, "POST", prefix+"/sign-out", "", as(tokenFor(t, c, "ana"))...)
	if got := f.did(); len(got) != 1 || got[0] != (telagent.Admit{By: "ana", User: "ana", Act: telagent.ActSignOut}) {
		t.Errorf("the Floor was told %+v", got)
	}
}
