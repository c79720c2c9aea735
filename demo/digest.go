package demo

import (
	"crypto/md5" // RFC 7616 keeps it for old peers
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// credentials are what a robot proves itself with, or what it asks for. The zero value is none.
type credentials struct {
	user, password string
	algorithm      string // answer only challenges of this one; empty: the first that is known
}

var algorithms = map[string]func() hash.Hash{"MD5": md5.New, "SHA-256": sha256.New}

// challenge is one WWW-Authenticate or Proxy-Authenticate value, or the answer to it: parameters by their lower-case
// names, quotes removed.
type challenge map[string]string

func parseChallenge(value string) (challenge, error) {
	scheme, rest, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Digest") {
		return nil, fmt.Errorf("not a digest: %q", value)
	}
	c := challenge{}
	for _, p := range list(rest) {
		name, v, ok := strings.Cut(p, "=")
		if !ok {
			return nil, fmt.Errorf("not a parameter: %q", p)
		}
		if v = strings.TrimSpace(v); strings.HasPrefix(v, `"`) {
			v = strings.ReplaceAll(strings.Trim(v, `"`), `\`, "")
		}
		c[strings.ToLower(strings.TrimSpace(name))] = v
	}
	return c, nil
}

// algorithm returns the challenge's algorithm; RFC 7616 §3.3: MD5 when it says none.
func (c challenge) algorithm() string {
	if a := strings.ToUpper(c["algorithm"]); a != "" {
		return a
	}
	return "MD5"
}

// answer returns the Authorization value for the first of the challenges that the credentials can serve.
// RFC 7616 §3.7: the server lists them in its order of preference.
func (cr credentials) answer(challenges []string, method, uri string) (string, error) {
	for _, value := range challenges {
		c, err := parseChallenge(value)
		if err != nil {
			return "", err
		}
		if algorithms[c.algorithm()] == nil || (cr.algorithm != "" && cr.algorithm != c.algorithm()) {
			continue
		}
		cnonce, nc := newToken(), "00000001"
		var b strings.Builder
		fmt.Fprintf(&b, `Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s", algorithm=%s`,
			cr.user, c["realm"], c["nonce"], uri, cr.response(c, method, uri, nc, cnonce), c.algorithm())
		if c["qop"] != "" {
			fmt.Fprintf(&b, `, qop=auth, nc=%s, cnonce="%s"`, nc, cnonce)
		}
		if c["opaque"] != "" {
			fmt.Fprintf(&b, `, opaque="%s"`, c["opaque"])
		}
		return b.String(), nil
	}
	return "", errors.New("no challenge with a usable algorithm")
}

// response is RFC 7616 §3.4.1: with qop "auth", or in the old form of RFC 2069 without it.
func (cr credentials) response(c challenge, method, uri, nc, cnonce string) string {
	h := func(s string) string {
		sum := algorithms[c.algorithm()]()
		_, _ = sum.Write([]byte(s)) // a hash never fails
		return hex.EncodeToString(sum.Sum(nil))
	}
	ha1 := h(cr.user + ":" + c["realm"] + ":" + cr.password)
	ha2 := h(method + ":" + uri)
	if c["qop"] == "" {
		return h(ha1 + ":" + c["nonce"] + ":" + ha2)
	}
	return h(strings.Join([]string{ha1, c["nonce"], nc, cnonce, "auth", ha2}, ":"))
}

// proves says whether an Authorization or Proxy-Authorization value answers our challenge with these credentials.
func (cr credentials) proves(value, nonce, method string) bool {
	c, err := parseChallenge(value)
	if err != nil || algorithms[c.algorithm()] == nil || c["nonce"] != nonce || c["username"] != cr.user {
		return false
	}
	return c["response"] == cr.response(c, method, c["uri"], c["nc"], c["cnonce"])
}

// newToken returns 16 random hexadecimal digits, for tags, branches, Call-IDs and nonces.
func newToken() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails, says its documentation
	return hex.EncodeToString(b)
}
