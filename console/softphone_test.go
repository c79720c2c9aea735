package console

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// played are Softphones that note whom they let in.
type played struct {
	sessions []string
	stands   func() bool
	upgraded int
	full     bool
}

func (p *played) Admit(agent, session string, _ time.Time, stands func() bool) (Softphone, bool) {
	p.sessions, p.stands = append(p.sessions, agent+" "+session), stands
	return Softphone{URI: "sip:" + agent + "@gw.example.com", User: agent + "~1", Password: "once"}, !p.full
}

func (p *played) Upgrade(w http.ResponseWriter, _ *http.Request, stands func() bool) {
	p.upgraded, p.stands = p.upgraded+1, stands
	w.WriteHeader(http.StatusSwitchingProtocols)
}

func withSoftphones(t *testing.T) (*Console, *played) {
	o, p := newFloor().options(), &played{}
	o.Softphones = p
	return newConsole(t, o), p
}

func TestAnAgentsPageGetsASoftphoneOfItsSession(t *testing.T) {
	c, p := withSoftphones(t)
	first, second := tokenFor(t, c, "ana"), tokenFor(t, c, "ana")
	for _, token := range []string{first, first, second} {
		w := ask(c, "POST", prefix+"/softphone", "", as(token)...)
		got := decode[struct {
			URI, Server, User, Password string
			Expires                     time.Time
			ICE                         []string
		}](t, w.Body)
		if w.Code != 200 || got.URI != "sip:ana@gw.example.com" || got.Server != "/sip" || got.User != "ana~1" || got.Password != "once" || got.ICE == nil {
			t.Fatalf("answer %d %+v", w.Code, got)
		}
		if left := time.Until(got.Expires); left > sessionLife || left < sessionLife-time.Minute {
			t.Errorf("it is good for %v, want as long as the session", left)
		}
		if w.Header().Get("Cache-Control") != "no-store" {
			t.Error("a password may be kept by a cache")
		}
	}
	if p.sessions[0] != p.sessions[1] || p.sessions[0] == p.sessions[2] || strings.Contains(p.sessions[0], first) {
		t.Errorf("sessions %q: one name for each, which is not the token", p.sessions)
	}
}

func TestASoftphoneEndsWithItsSession(t *testing.T) {
	c, p := withSoftphones(t)
	token := tokenFor(t, c, "ana")
	ask(c, "POST", prefix+"/softphone", "", as(token)...)
	byPassword := p.stands
	ask(c, "GET", sipPath, "", "Cookie", cookieName+"="+token, "Sec-Fetch-Site", "same-origin")
	if !byPassword() || !p.stands() || p.upgraded != 1 {
		t.Fatal("it does not stand while the session does")
	}
	ask(c, "POST", prefix+"/sign-out", "", as(token)...)
	if byPassword() || p.stands() {
		t.Error("it stands after the sign-out")
	}
}

func TestASoftphonesQuestionsKeepNoSessionInUse(t *testing.T) {
	o, p := newFloor().options(), &played{}
	now := start
	o.Softphones, o.Now = p, func() time.Time { return now }
	c := newConsole(t, o)
	ask(c, "POST", prefix+"/softphone", "", as(tokenFor(t, c, "ana"))...)
	for range 3 {
		now = now.Add(sessionIdle / 2)
		p.stands()
	}
	if p.stands() {
		t.Error("a session that nobody used stands because its softphone was looked at")
	}
}

func TestOnlyAnAgentsOwnPageMaySpeakSIP(t *testing.T) {
	c, p := withSoftphones(t)
	ana, boss := tokenFor(t, c, "ana"), tokenFor(t, c, "boss")
	for _, asked := range []struct {
		method, path, code string
		headers            []string
	}{
		{"POST", prefix + "/softphone", "not_signed_in", nil},
		{"POST", prefix + "/softphone", "not_agent", as(boss)},
		{"GET", sipPath, "not_signed_in", []string{"Origin", "http://example.com"}},
		{"GET", sipPath, "not_agent", []string{"Cookie", cookieName + "=" + boss, "Origin", "http://example.com"}},
		{"GET", sipPath, "cross_origin", []string{"Cookie", cookieName + "=" + ana, "Origin", "http://elsewhere.example"}},
		{"GET", sipPath, "cross_origin", []string{"Cookie", cookieName + "=" + ana, "Sec-Fetch-Site", "same-site"}},
		{"GET", sipPath, "cross_origin", []string{"Cookie", cookieName + "=" + ana}},
	} {
		if got := problemOf(t, ask(c, asked.method, asked.path, "", asked.headers...)); got.Code != asked.code {
			t.Errorf("%s %s with %q: %s, want %s", asked.method, asked.path, asked.headers, got.Code, asked.code)
		}
	}
	if p.upgraded != 0 || len(p.sessions) != 0 {
		t.Error("somebody was let in")
	}
	p.full = true
	if got := problemOf(t, ask(c, "POST", prefix+"/softphone", "", as(ana)...)); got.Code != "too_many_sessions" {
		t.Errorf("when there is no room: %s", got.Code)
	}
}

func TestPagesMayAskForTheMicrophoneAndNothingElse(t *testing.T) {
	c, _ := withSoftphones(t)
	policy := ask(c, "GET", "/", "").Header().Get("Permissions-Policy")
	if !slices.Contains(strings.Split(policy, ", "), "microphone=(self)") || !strings.Contains(policy, "camera=()") {
		t.Errorf("Permissions-Policy %q", policy)
	}
}
