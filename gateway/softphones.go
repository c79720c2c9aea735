package gateway

import (
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"time"

	"telagent-gateway/console"
	"telagent-gateway/sip"
)

// mostSoftphones is how many sessions may have a softphone in their page; one more is refused.
const mostSoftphones = 10_000

// between stands in the user name of a page between the agent and his session. No agent's id has it.
const between = "~"

// softphones are what agents' pages register with, by user name. They live in memory alone: a page asks for others after a
// restart.
type softphones struct {
	g *Gateway

	mu     sync.Mutex
	byUser map[string]admission
}

// admission is what one session's page registers with.
type admission struct {
	secret sip.Secret
	until  time.Time
	stands func() bool // whether the session does
}

func newSoftphones(g *Gateway) *softphones {
	return &softphones{g: g, byUser: make(map[string]admission)}
}

// Admit implements console.Softphones. The password is made here and kept nowhere.
func (s *softphones) Admit(agent, session string, until time.Time, stands func() bool) (console.Softphone, bool) {
	domain := s.g.config.SIP.Domain
	user, password := agent+between+sip.HA1("SHA-256", agent, domain, session)[:16], rand.Text()
	a := admission{until: until, stands: stands, secret: sip.Secret{
		AOR: agent, HA1MD5: sip.HA1("MD5", user, domain, password), HA1SHA: sip.HA1("SHA-256", user, domain, password),
	}}
	if !s.put(user, a) {
		s.sweep()
		if !s.put(user, a) {
			return console.Softphone{}, false
		}
	}
	return console.Softphone{URI: "sip:" + agent + "@" + domain, User: user, Password: password}, true
}

// put keeps an admission; false: there is no room.
func (s *softphones) put(user string, a admission) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, has := s.byUser[user]; !has && len(s.byUser) >= mostSoftphones {
		return false
	}
	s.byUser[user] = a
	return true
}

// sweep forgets those of sessions that are over.
func (s *softphones) sweep() {
	s.mu.Lock()
	all := make(map[string]admission, len(s.byUser))
	for user, a := range s.byUser {
		all[user] = a
	}
	s.mu.Unlock()
	for user := range all {
		s.secret(user)
	}
}

// secret returns what proves a page; false: it is none's, or its session is over.
func (s *softphones) secret(user string) (sip.Secret, bool) {
	s.mu.Lock()
	a, ok := s.byUser[user]
	s.mu.Unlock()
	if !ok {
		return sip.Secret{}, false
	}
	if a.stands() && time.Now().Before(a.until) {
		return a.secret, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byUser[user].secret == a.secret { // not one that was made meanwhile
		delete(s.byUser, user)
	}
	return sip.Secret{}, false
}

// Upgrade implements console.Softphones.
func (s *softphones) Upgrade(w http.ResponseWriter, r *http.Request, stands func() bool) {
	s.g.sip.Upgrade(w, r, stands)
}

// isPage says whether a user name of the digest is that of a page.
func isPage(user string) bool { return strings.Contains(user, between) }
