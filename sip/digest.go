package sip

import (
	"cmp"
	"crypto/md5" // RFC 8760 §2.1 keeps it for phones that know nothing else; SHA-256 is offered first
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Secret proves a user by digest: the hex H(user:realm:password) for each algorithm (RFC 7616 §3.4.2). An empty one
// cannot be used. The password itself is never kept. AOR is whose phone it is, where the user name is another than that of
// his address of record; empty: it is not.
type Secret struct{ HA1MD5, HA1SHA, AOR string }

// The digest algorithms that we know, best first.
const (
	sha256Name = "SHA-256"
	md5Name    = "MD5"
)

// HA1 returns the hex digest of user, realm and password that a Secret holds. algorithm is "SHA-256" or "MD5"; any
// other one returns "".
func HA1(algorithm, user, realm, password string) string {
	return digest(algorithm, user, realm, password)
}

// digest hashes its parts with colons between them: H(a:b:c) of RFC 7616 §3.3, in hex.
func digest(algorithm string, parts ...string) string {
	text := make([]byte, 0, 256)
	for i, p := range parts {
		if i > 0 {
			text = append(text, ':')
		}
		text = append(text, p...)
	}
	switch algorithm {
	case sha256Name:
		sum := sha256.Sum256(text)
		return hex.EncodeToString(sum[:])
	case md5Name:
		sum := md5.Sum(text)
		return hex.EncodeToString(sum[:])
	}
	return ""
}

// guard lets requests in whose sender proves by digest who he is. It may be used by several goroutines: what it keeps
// is behind the lock of its nonces.
type guard struct {
	realm   string
	secrets func(user string) (Secret, bool)
	nonces  *nonces
	met     func(req *sip.Request, nonce string, right bool) // told of each proof, and of who brings none (no nonce); nil: nobody is
	nobody  Secret                                           // who is unknown is checked against this, so that he learns nothing from the time it takes
}

func newGuard(realm string, secrets func(user string) (Secret, bool), now func() time.Time) *guard {
	g := &guard{realm: scrubName(realm), secrets: secrets, nonces: newNonces(now)}
	password := rand.Text()
	g.nobody = Secret{HA1MD5: HA1(md5Name, "", realm, password), HA1SHA: HA1(sha256Name, "", realm, password)}
	return g
}

// check returns the address of record of who proved himself in req, or the answer to send instead: 401 with challenges, or 400 for
// credentials that make no sense. An unknown user gets what a wrong password gets.
//
// RFC 3261 §22.2, §22.4; we are a UAS to phones, for INVITE too, hence 401 and not 407.
func (g *guard) check(req *sip.Request) (aor string, challenge *sip.Response) {
	c, err := g.credentials(req)
	if err != nil {
		return "", reply(req, sip.StatusBadRequest, "Bad Authorization")
	}
	if c == nil {
		g.meet(req, "", false)
		return "", g.challenge(req, false)
	}
	secret, known := g.secret(c.username)
	if right := g.proves(c, secret, req.Method.String()); !right || !known {
		g.meet(req, c.nonce, false)
		return "", g.challenge(req, false)
	}
	if !g.nonces.use(c.nonce, c.count) {
		// RFC 7616 §3.3: stale says that the password was right, so that nobody is asked for it again. This covers
		// nonces that are too old, were used, or were made before we were started again.
		return "", g.challenge(req, true)
	}
	g.meet(req, c.nonce, true)
	return cmp.Or(secret.AOR, c.username), nil
}

// meet tells who wants to know what came of a proof.
func (g *guard) meet(req *sip.Request, nonce string, right bool) {
	if g.met != nil {
		g.met(req, nonce, right)
	}
}

// trusts says whether check would let a request in but for its nonce, which stays unused.
func (g *guard) trusts(req *sip.Request) bool {
	c, err := g.credentials(req)
	if err != nil || c == nil {
		return false
	}
	secret, known := g.secret(c.username)
	return g.proves(c, secret, req.Method.String()) && known
}

// secret returns what a user is checked against.
func (g *guard) secret(user string) (Secret, bool) {
	if g.secrets == nil {
		return g.nobody, false
	}
	s, known := g.secrets(user)
	if !known {
		return g.nobody, false
	}
	if s.HA1MD5 == "" {
		s.HA1MD5 = g.nobody.HA1MD5
	}
	if s.HA1SHA == "" {
		s.HA1SHA = g.nobody.HA1SHA
	}
	return s, true
}

// proves says whether the response was made with the secret.
//
// RFC 7616 §3.4.1
func (g *guard) proves(c *credentials, s Secret, method string) bool {
	ha1 := s.HA1MD5
	if c.algorithm == sha256Name {
		ha1 = s.HA1SHA
	}
	want := digest(c.algorithm, strings.ToLower(ha1), c.nonce, c.nc, c.cnonce, c.qop, digest(c.algorithm, method, c.uri))
	return subtle.ConstantTimeCompare([]byte(want), []byte(c.response)) == 1
}

// challenge is the 401 that asks for a proof, by the better algorithm first.
//
// RFC 8760 §2.3: one header for each algorithm, in the order of preference
func (g *guard) challenge(req *sip.Request, isStale bool) *sip.Response {
	res := reply(req, sip.StatusUnauthorized, "Unauthorized")
	nonce, end := g.nonces.make(req.Source()), ""
	if isStale {
		end = ", stale=true"
	}
	for _, algorithm := range algorithmsFor(req) {
		res.AppendHeader(sip.NewHeader("WWW-Authenticate",
			`Digest realm="`+g.realm+`", nonce="`+nonce+`", algorithm=`+algorithm+`, qop="auth"`+end))
	}
	return res
}

// algorithmsFor returns the algorithms that a phone is asked to choose from, best first.
//
// baresip before 2.0 (libre 1.x, as Debian 12 has it) gives up with "Function not implemented" at the first challenge
// whose algorithm it does not know, instead of passing over it (RFC 8760 §2.4), so it is asked for MD5 alone. Who lies
// about his name gains nothing: MD5 is open to everybody.
func algorithmsFor(req *sip.Request) []string {
	if agent, _ := value(req, "User-Agent"); strings.HasPrefix(agent, "baresip v0.") || strings.HasPrefix(agent, "baresip v1.") {
		return []string{md5Name}
	}
	return []string{sha256Name, md5Name}
}

// credentials are what an Authorization header claims.
type credentials struct {
	username, nonce, uri, response, algorithm, cnonce, nc, qop string
	count                                                      uint32
}

// credentials returns what req claims for our realm; nil: nothing that we asked for.
//
// RFC 3261 §22.4, RFC 7616 §3.4
func (g *guard) credentials(req *sip.Request) (*credentials, error) {
	for _, h := range req.GetHeaders("authorization") {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(h.Value()), " ")
		if !strings.EqualFold(scheme, "digest") {
			continue
		}
		d, err := parseDirectives(rest)
		if err != nil {
			return nil, err
		}
		c := &credentials{
			username: unescape(d["username"]), nonce: d["nonce"], uri: d["uri"], response: strings.ToLower(d["response"]),
			cnonce: d["cnonce"], nc: d["nc"], qop: d["qop"], algorithm: algorithmName(d["algorithm"]),
		}
		// A realm or an algorithm that we did not offer is none of our business.
		if d["realm"] != g.realm || c.algorithm == "" {
			continue
		}
		if err := c.complete(req); err != nil {
			return nil, err
		}
		return c, nil
	}
	return nil, nil
}

// complete says what is wrong with credentials that are meant for us.
func (c *credentials) complete(req *sip.Request) error {
	// RFC 7616 §3.4: qop, cnonce and nc must be there since we offered qop.
	if c.username == "" || c.nonce == "" || c.uri == "" || c.response == "" || c.cnonce == "" || c.qop != "auth" {
		return errors.New("digest credentials are incomplete")
	}
	count, err := strconv.ParseUint(c.nc, 16, 32)
	if err != nil || len(c.nc) != 8 || count == 0 {
		return errors.New("digest nonce count is malformed")
	}
	c.count = uint32(count)
	// RFC 7616 §3.4.6: what was signed must be what is asked for.
	uri, err := parseURI(c.uri)
	if err != nil || !sameResource(&uri, &req.Recipient) {
		return errors.New("digest is for another request URI")
	}
	return nil
}

// sameResource compares what was signed with the Request-URI. Parameters do not count: phones leave them out.
func sameResource(a, b *sip.Uri) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && a.Raw() == b.Raw() && plainUser(a.User) == plainUser(b.User) &&
		strings.EqualFold(a.Host, b.Host) && a.Port == b.Port
}

// algorithmName returns our name of an algorithm; none named means MD5 (RFC 7616 §3.3), "" means that we do not know it.
func algorithmName(v string) string {
	switch {
	case strings.EqualFold(v, sha256Name):
		return sha256Name
	case v == "", strings.EqualFold(v, md5Name):
		return md5Name
	}
	return ""
}

// parseDirectives reads name=value, name="value", …. Names become lower case; quoted values lose their quotes and keep
// their escapes, because that is what is hashed.
//
// RFC 7616 §3.3, RFC 7235 §2.1
func parseDirectives(text string) (map[string]string, error) {
	d := make(map[string]string, 12)
	for more := true; more; {
		item := text
		i := outsideQuotes(text, ",")
		if more = i >= 0; more {
			item, text = text[:i], text[i+1:]
		}
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		name, v, ok := strings.Cut(item, "=")
		name, v = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(v)
		if _, twice := d[name]; !ok || twice || !isToken(name) {
			return nil, fmt.Errorf("broken or repeated directive %q", scrub(name))
		}
		if strings.HasPrefix(v, `"`) {
			if quoteEnd(v) != len(v)-1 {
				return nil, fmt.Errorf("broken quotes in directive %q", name)
			}
			v = v[1 : len(v)-1]
		} else if strings.ContainsAny(v, " \t\"") {
			return nil, fmt.Errorf("broken value in directive %q", name)
		}
		d[name] = v
	}
	return d, nil
}
