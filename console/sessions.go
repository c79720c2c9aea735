package console

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// Bounds of sessions. An open event stream keeps a session in use: a wall screen stays signed in until the session's life ends.
const (
	sessionIdle     = 30 * time.Minute // without a request or an open stream, where Options say nothing
	sessionLife     = 12 * time.Hour   // likewise
	sessionsPerUser = 20               // one more ends the user's least used one
	sessionsInAll   = 10000            // one more is refused
	usedEvery       = time.Minute      // how exactly it is remembered when a session was used
)

// tokenHash names a session or a token. The token itself is known to its holder alone.
type tokenHash [sha256.Size]byte

// session is one sign-in. Its fields are what is remembered of it.
type session struct {
	User    string    `json:"-"`
	Mark    string    `json:"mark"` // of the user's password at sign-in: another password ends the session
	Began   time.Time `json:"began"`
	Used    time.Time `json:"used"`
	Proved  time.Time `json:"proved"` // when he last showed who he is
	From    string    `json:"from"`
	Browser string    `json:"browser"`
	Way     string    `json:"way"` // password, oidc or set_up
	Factor  bool      `json:"factor"`
	Subject string    `json:"subject,omitempty"` // of whom the provider signed in; empty: by password

	kept time.Time // what is remembered as Used
}

// sessions are the signed-in users, safe for concurrent use.
type sessions struct {
	now        func() time.Time
	ring       Keyring
	idle, life time.Duration

	mu     sync.Mutex
	byHash map[tokenHash]*session
}

func newSessions(now func() time.Time, ring Keyring, idle, life time.Duration) *sessions {
	return &sessions{
		now: now, ring: ring, idle: cmp.Or(idle, sessionIdle), life: cmp.Or(life, sessionLife), byHash: make(map[tokenHash]*session),
	}
}

func hashToken(token string) tokenHash { return sha256.Sum256([]byte(token)) }

func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// markOf stands for a user's password in what is remembered of his sessions.
func markOf(hash string) string {
	sum := sha256.Sum256([]byte("mark\x00" + hash))
	return hex.EncodeToString(sum[:16])
}

// open begins a session and returns its token; false: there are too many.
func (s *sessions) open(one session) (token string, expires time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	own, oldest := 0, tokenHash{}
	for h, other := range s.byHash {
		switch {
		case s.over(other, now):
			s.forget(h)
		case other.User == one.User:
			if own == 0 || other.Used.Before(s.byHash[oldest].Used) {
				oldest = h
			}
			own++
		}
	}
	if own >= sessionsPerUser {
		s.forget(oldest)
	}
	if len(s.byHash) >= sessionsInAll {
		return "", time.Time{}, false
	}
	token = newToken()
	one.Began, one.Used, one.Proved = now, now, now
	s.byHash[hashToken(token)] = &one
	s.keep(hashToken(token), &one)
	return token, now.Add(s.life), true
}

// use returns the session with that token and notes that it is in use.
func (s *sessions) use(h tokenHash) (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.byHash[h]
	if !ok {
		return session{}, false
	}
	now := s.now()
	if s.over(one, now) {
		s.forget(h)
		return session{}, false
	}
	one.Used = now
	if now.Sub(one.kept) >= usedEvery {
		s.keep(h, one)
	}
	return *one, true
}

// change changes a session that is not over.
func (s *sessions) change(h tokenHash, to func(*session)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one, ok := s.byHash[h]; ok {
		to(one)
		s.keep(h, one)
	}
}

func (s *sessions) end(h tokenHash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(h)
}

// endAll ends the sessions of a user, but for one, and returns how many they were.
func (s *sessions) endAll(user string, but tokenHash) (ended int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h, one := range s.byHash {
		if one.User == user && h != but {
			s.forget(h)
			ended++
		}
	}
	return ended
}

// held is a session with its name.
type held struct {
	hash tokenHash
	session
}

// of returns the sessions of a user, the newest first.
func (s *sessions) of(user string) (all []held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for h, one := range s.byHash {
		if one.User == user && !s.over(one, now) {
			all = append(all, held{h, *one})
		}
	}
	slices.SortFunc(all, func(a, b held) int {
		return cmp.Or(b.Began.Compare(a.Began), cmp.Compare(a.hash.String(), b.hash.String()))
	})
	return all
}

// recall takes up a session that was remembered.
func (s *sessions) recall(h tokenHash, k Key) error {
	one := session{}
	if err := json.Unmarshal(k.Entry, &one); err != nil {
		return err
	}
	one.User, one.kept = k.User, one.Used
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byHash[h] = &one
	return nil
}

// sweep forgets what is over.
func (s *sessions) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for h, one := range s.byHash {
		if s.over(one, now) {
			s.forget(h)
		}
	}
}

func (s *sessions) keep(h tokenHash, one *session) {
	one.kept = one.Used
	keep(s.ring, sessionKind, h.String(), one.User, one)
}

func (s *sessions) forget(h tokenHash) {
	if _, ok := s.byHash[h]; ok {
		delete(s.byHash, h)
		s.ring.Drop(sessionKind, h.String())
	}
}

func (s *sessions) over(one *session, now time.Time) bool {
	return now.Sub(one.Used) >= s.idle || now.Sub(one.Began) >= s.life
}
