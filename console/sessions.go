package console

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"time"
)

// Bounds of sessions. An open event stream keeps a session in use: a wall screen stays signed in until sessionLife.
const (
	sessionIdle     = 30 * time.Minute // without a request or an open stream
	sessionLife     = 12 * time.Hour
	sessionsPerUser = 20    // one more ends the user's least used one
	sessionsInAll   = 10000 // one more is refused
)

// tokenHash names a session. The token itself is known to its holder alone.
type tokenHash [sha256.Size]byte

type session struct {
	user     string
	password string // the user's hash at sign-in: another password ends the session
	began    time.Time
	used     time.Time
}

// sessions are the signed-in users, safe for concurrent use.
type sessions struct {
	now func() time.Time

	mu     sync.Mutex
	byHash map[tokenHash]*session
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{now: now, byHash: make(map[tokenHash]*session)}
}

func hashToken(token string) tokenHash { return sha256.Sum256([]byte(token)) }

func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// open begins a session and returns its token; false: there are too many.
func (s *sessions) open(user, password string) (token string, expires time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	own, oldest := 0, tokenHash{}
	for h, one := range s.byHash {
		switch {
		case one.over(now):
			delete(s.byHash, h)
		case one.user == user:
			if own == 0 || one.used.Before(s.byHash[oldest].used) {
				oldest = h
			}
			own++
		}
	}
	if own >= sessionsPerUser {
		delete(s.byHash, oldest)
	}
	if len(s.byHash) >= sessionsInAll {
		return "", time.Time{}, false
	}
	token = newToken()
	s.byHash[hashToken(token)] = &session{user: user, password: password, began: now, used: now}
	return token, now.Add(sessionLife), true
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
	if one.over(now) {
		delete(s.byHash, h)
		return session{}, false
	}
	one.used = now
	return *one, true
}

func (s *sessions) end(h tokenHash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byHash, h)
}

// endAll ends every session of a user.
func (s *sessions) endAll(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h, one := range s.byHash {
		if one.user == user {
			delete(s.byHash, h)
		}
	}
}

func (s *session) over(now time.Time) bool {
	return now.Sub(s.used) >= sessionIdle || now.Sub(s.began) >= sessionLife
}
