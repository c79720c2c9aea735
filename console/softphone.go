package console

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"telagent-gateway/telagent"
)

// sipPath is where agents' pages speak SIP, on the listener of the pages: one port and one certificate serve everything.
const sipPath = "/sip"

// Softphones let the pages of agents be phones. Methods may be called from many goroutines.
type Softphones interface {
	// Admit makes what a page of an agent registers with. It is good until then, or until stands says no if that is first;
	// what the same session had before is good no more. false: too many have one.
	Admit(agent, session string, until time.Time, stands func() bool) (Softphone, bool)
	// Upgrade makes a SIP connection of a request for a WebSocket. The connection ends when stands says no.
	Upgrade(w http.ResponseWriter, r *http.Request, stands func() bool)
}

// Softphone is what a page registers with.
type Softphone struct {
	URI      string // its address of record
	User     string // for the digest; another one than the agent's
	Password string
}

type softphoneAnswer struct {
	Body struct {
		URI      string    `json:"uri" doc:"the address of record to register"`
		Server   string    `json:"server" doc:"path of the WebSocket on this host (RFC 7118)"`
		User     string    `json:"user" doc:"for the digest; it is not the agent's own"`
		Password string    `json:"password" doc:"for this session alone: it is worth nothing when the session is over, or when another one was asked for"`
		Expires  time.Time `json:"expires" doc:"at the latest; ask again then"`
		ICE      []string  `json:"ice" doc:"URLs of STUN and TURN servers; none are needed"`
	}
}

// phoned registers what an agent's page needs to be a phone.
func (c *Console) phoned(api huma.API, in huma.Middlewares) {
	add(api, in, http.MethodPost, "/softphone", "make-softphone", "What your page registers with as your softphone", c.softphone)
	add(api, in, http.MethodPost, "/softphone/call", "regain-call", "Ring your softphone once more for the call that you are in, which your page lost", c.regain)
}

// softphone gives an agent's page what it registers with, so that it never has to keep his password.
func (c *Console) softphone(ctx context.Context, _ *struct{}) (*softphoneAnswer, error) {
	a := from(ctx)
	agent := agentOf(telagent.User{Name: a.viewer.name}, a.view)
	if agent == "" || c.o.Softphones == nil {
		return nil, problem("not_agent", "Only an agent has a softphone.")
	}
	until, ok := c.sessions.until(a.token)
	if !ok {
		return nil, problem("not_signed_in", "Sign in first.")
	}
	phone, ok := c.o.Softphones.Admit(agent, hex.EncodeToString(a.token[:]), until, func() bool { return c.stands(a.token, agent) })
	if !ok {
		return nil, problem("too_many_sessions", "Too many softphones are in use; try again later.")
	}
	out := &softphoneAnswer{}
	b := &out.Body
	b.URI, b.Server, b.User, b.Password, b.Expires, b.ICE = phone.URI, sipPath, phone.User, phone.Password, until.UTC(), []string{}
	return out, nil
}

// regain rings an agent's softphone for the call that his page has no more, as after it was loaded anew.
func (c *Console) regain(ctx context.Context, _ *struct{}) (*struct{}, error) {
	a := from(ctx)
	agent := agentOf(telagent.User{Name: a.viewer.name}, a.view)
	if agent == "" {
		return nil, problem("not_agent", "Only an agent has a softphone.")
	}
	if err := c.o.Do(ctx, telagent.Regain{By: a.viewer.name, Agent: agent}); err != nil {
		return nil, c.refused("regain the call of "+agent, err)
	}
	return nil, nil
}

// upgrade lets a page of an agent speak SIP. The session is asked for, and the page must be ours: another site's page would send
// the cookie too.
//
// RFC 7118 §7, RFC 6455 §10.2
func (c *Console) upgrade(w http.ResponseWriter, r *http.Request) {
	if foreign(r) {
		writeProblem(w, problem("cross_origin", "This request comes from another site's page and was not carried out."))
		return
	}
	a, ok := c.identify(hashToken(tokenOf(r)), addressOf(r))
	if !ok || c.unfinished(a) {
		writeProblem(w, problem("not_signed_in", "Sign in first."))
		return
	}
	agent := agentOf(telagent.User{Name: a.viewer.name}, a.view)
	if agent == "" || c.o.Softphones == nil {
		writeProblem(w, problem("not_agent", "Only an agent has a softphone."))
		return
	}
	c.o.Softphones.Upgrade(w, r, func() bool { return c.stands(a.token, agent) })
}

// stands says whether the session of an agent is still good. Asking does not keep it in use.
func (c *Console) stands(token tokenHash, agent string) bool {
	s, ok := c.sessions.look(token)
	if !ok || s.User != agent {
		return false
	}
	user, ok := userNamed(c.o.View(), agent)
	return ok && markOf(user.Credentials.Password) == s.Mark
}

// look returns the session with that token, and does not note that it is in use.
func (s *sessions) look(h tokenHash) (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.byHash[h]
	if !ok || s.over(one, s.now()) {
		return session{}, false
	}
	return *one, true
}

// until returns when a session ends at the latest.
func (s *sessions) until(h tokenHash) (time.Time, bool) {
	one, ok := s.look(h)
	return one.Began.Add(s.life), ok
}
