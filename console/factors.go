package console

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// Second factors are codes of six digits that change every 30 seconds. RFC 6238 §4
const (
	codeStep       = 30 // seconds
	codeDigits     = 6
	recoveryCodes  = 10
	recoveryLength = 15               // bytes of chance in each: no guess finds one, so a plain hash keeps them
	enrolFor       = 15 * time.Minute // between the secret's being shown and its first code
)

// factor is a user's second factor. What is in it is kept, and never shown again.
type factor struct {
	Secret   string    `json:"secret"` // base32
	Since    time.Time `json:"since"`
	Last     uint64    `json:"last"`     // number of the step whose code was used last: no code is good twice
	Recovery []string  `json:"recovery"` // hashes of those that were not used
}

// enrolment is a second factor whose first code is awaited.
type enrolment struct {
	secret string
	ends   time.Time
}

// factors are the users' second factors, safe for concurrent use.
type factors struct {
	now  func() time.Time
	ring Keyring

	mu      sync.Mutex
	byUser  map[string]*factor
	pending map[string]enrolment // one for a user
}

func newFactors(now func() time.Time, ring Keyring) *factors {
	return &factors{now: now, ring: ring, byUser: make(map[string]*factor), pending: make(map[string]enrolment)}
}

// state returns since when a user has a second factor, and how many recovery codes are left; false: he has none.
func (s *factors) state(user string) (since time.Time, left int, has bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, has := s.byUser[user]
	if !has {
		return time.Time{}, 0, false
	}
	return f.Since, len(f.Recovery), true
}

// begin makes a secret for a user, and its address for an app; it counts from the first code on.
func (s *factors) begin(user, issuer string) (secret, address string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: user, Period: codeStep, SecretSize: 20})
	if err != nil {
		return "", "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending[user] = enrolment{key.Secret(), s.now().Add(enrolFor)}
	return key.Secret(), key.URL(), nil
}

// confirm makes the secret that was begun the user's second factor, with the first code of it, and returns his recovery
// codes; none: the code is wrong, or nothing was begun.
func (s *factors) confirm(user, code string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	begun, ok := s.pending[user]
	now := s.now()
	if !ok || !now.Before(begun.ends) {
		delete(s.pending, user)
		return nil
	}
	f := &factor{Secret: begun.secret, Since: now}
	if !f.takes(code, now) {
		return nil
	}
	delete(s.pending, user)
	codes := f.recover()
	s.byUser[user] = f
	s.keep(user, f)
	return codes
}

// awaits says whether a secret of the user waits for its first code.
func (s *factors) awaits(user string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	begun, ok := s.pending[user]
	return ok && s.now().Before(begun.ends)
}

// renew gives a user other recovery codes; none: he has no second factor.
func (s *factors) renew(user string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.byUser[user]
	if !ok {
		return nil
	}
	codes := f.recover()
	s.keep(user, f)
	return codes
}

// check says whether a code is one of the user's, of the app or for recovery. Each is good once.
func (s *factors) check(user, code string) (fits, recovered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.byUser[user]
	if !ok {
		return false, false
	}
	if fits = f.takes(code, s.now()); !fits {
		fits, recovered = f.spends(code), true
	}
	if fits {
		s.keep(user, f)
	}
	return fits, fits && recovered
}

// drop takes a user's second factor away; false: he has none.
func (s *factors) drop(user string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pending, user)
	if _, has := s.byUser[user]; !has {
		return false
	}
	delete(s.byUser, user)
	s.ring.Drop(factorKind, user)
	return true
}

func (s *factors) recall(k Key) error {
	f := &factor{}
	if err := json.Unmarshal(k.Entry, f); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byUser[k.User] = f
	return nil
}

func (s *factors) keep(user string, f *factor) { keep(s.ring, factorKind, user, user, f) }

// takes says whether a code is that of now, or of the step before or after it, and was not used. The device's clock may be
// some seconds off, and typing takes time.
//
// RFC 6238 §5.2, §6
func (f *factor) takes(code string, now time.Time) bool {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	if len(code) != codeDigits {
		return false
	}
	step := uint64(now.Unix() / codeStep)
	for at := step - 1; at <= step+1; at++ {
		want, err := hotp.GenerateCodeCustom(f.Secret, at, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && at > f.Last && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			f.Last = at
			return true
		}
	}
	return false
}

// spends uses a recovery code up.
func (f *factor) spends(code string) bool {
	hash := recoveryHash(code)
	i := slices.IndexFunc(f.Recovery, func(h string) bool { return subtle.ConstantTimeCompare([]byte(h), []byte(hash)) == 1 })
	if i < 0 {
		return false
	}
	f.Recovery = slices.Delete(f.Recovery, i, i+1)
	return true
}

// recover makes new recovery codes in the place of all others.
func (f *factor) recover() []string {
	codes := make([]string, recoveryCodes)
	f.Recovery = make([]string, recoveryCodes)
	for i := range codes {
		var b [recoveryLength]byte
		_, _ = rand.Read(b[:]) // never fails, see crypto/rand
		text := strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
		codes[i] = strings.Join(slices.Collect(pieces(text)), "-")
		f.Recovery[i] = recoveryHash(codes[i])
	}
	return codes
}

// pieces cuts a text into fours, as it is typed.
func pieces(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 0; i < len(text) && yield(text[i:i+4]); i += 4 {
		}
	}
}

func recoveryHash(code string) string {
	letters := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(strings.TrimSpace(code)))
	sum := sha256.Sum256([]byte("recovery\x00" + letters))
	return hex.EncodeToString(sum[:])
}
