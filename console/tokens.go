package console

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"telagent-gateway/telagent"
)

// Bounds of tokens for scripts.
const (
	tokensPerUser = 20
	tokensInAll   = 10000
	tokenPrefix   = "telagent_" // so that whoever finds one knows what it is
)

// grant is a token for scripts: it lets in as its user, with less than he may do if it says so.
type grant struct {
	User    string    `json:"-"`
	Name    string    `json:"name"`
	Role    string    `json:"role"` // that it counts as, if the user's own is higher
	Teams   []string  `json:"teams,omitempty"`
	Made    time.Time `json:"made"`
	Expires time.Time `json:"expires"`
	Used    time.Time `json:"used,omitzero"`
	From    string    `json:"from,omitempty"` // where it was used last

	kept time.Time
}

// tokens are the tokens for scripts, safe for concurrent use.
type tokens struct {
	now  func() time.Time
	ring Keyring

	mu     sync.Mutex
	byHash map[tokenHash]*grant
}

func newTokens(now func() time.Time, ring Keyring) *tokens {
	return &tokens{now: now, ring: ring, byHash: make(map[tokenHash]*grant)}
}

// make makes a token; the word says why not: too_many_tokens or name_taken; empty: it was made.
func (s *tokens) make(g grant) (token, not string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, own := s.now(), 0
	for h, other := range s.byHash {
		switch {
		case !now.Before(other.Expires):
			s.forget(h)
		case other.User == g.User && other.Name == g.Name:
			return "", "name_taken"
		case other.User == g.User:
			own++
		}
	}
	if own >= tokensPerUser || len(s.byHash) >= tokensInAll {
		return "", "too_many_tokens"
	}
	token = tokenPrefix + newToken()
	g.Made = now
	s.byHash[hashToken(token)] = &g
	s.keep(hashToken(token), &g)
	return token, ""
}

// use returns what a token grants and notes that it is used, and where from, if that is given.
func (s *tokens) use(h tokenHash, from string) (grant, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.byHash[h]
	now := s.now()
	if !ok || !now.Before(g.Expires) {
		s.forget(h)
		return grant{}, false
	}
	elsewhere := from != "" && from != g.From
	if g.Used = now; from != "" {
		g.From = from
	}
	if elsewhere || now.Sub(g.kept) >= usedEvery {
		s.keep(h, g)
	}
	return *g, true
}

// drop ends a token of a user, by its public name; false: he has none of it.
func (s *tokens) drop(user, id string) (name string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h, g := range s.byHash {
		if g.User == user && h.public() == id {
			s.forget(h)
			return g.Name, true
		}
	}
	return "", false
}

// dropAll ends every token of a user.
func (s *tokens) dropAll(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h, g := range s.byHash {
		if g.User == user {
			s.forget(h)
		}
	}
}

// granted is a token with its name.
type granted struct {
	hash tokenHash
	grant
}

// of returns the tokens of a user by name.
func (s *tokens) of(user string) (all []granted) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for h, g := range s.byHash {
		if g.User == user && now.Before(g.Expires) {
			all = append(all, granted{h, *g})
		}
	}
	slices.SortFunc(all, func(a, b granted) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.hash.String(), b.hash.String()))
	})
	return all
}

func (s *tokens) recall(h tokenHash, k Key) error {
	g := grant{}
	if err := json.Unmarshal(k.Entry, &g); err != nil {
		return err
	}
	g.User, g.kept = k.User, g.Used
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byHash[h] = &g
	return nil
}

func (s *tokens) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for h, g := range s.byHash {
		if !now.Before(g.Expires) {
			s.forget(h)
		}
	}
}

func (s *tokens) keep(h tokenHash, g *grant) {
	g.kept = g.Used
	keep(s.ring, tokenKind, h.String(), g.User, g)
}

func (s *tokens) forget(h tokenHash) {
	if _, ok := s.byHash[h]; ok {
		delete(s.byHash, h)
		s.ring.Drop(tokenKind, h.String())
	}
}

// lowered returns a user as he counts with the token.
func (g grant) lowered(u telagent.User) telagent.User { return u.Lower(roleOf(g.Role), g.Teams) }

// below says with what of his rights commands are carried out.
func (g grant) below(c telagent.Command) telagent.Command {
	return telagent.As{Command: c, Role: roleOf(g.Role), Teams: g.Teams}
}

// roleOf returns the role with that word; a word that is none is that of the least.
func roleOf(word string) telagent.Role {
	for _, r := range []telagent.Role{telagent.AdminRole, telagent.SupervisorRole} {
		if word == r.String() {
			return r
		}
	}
	return telagent.AgentRole
}
