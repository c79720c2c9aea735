package sip

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// errNoAlgorithm is what answerChallenge returns when it is asked for a proof that it cannot make.
var errNoAlgorithm = errors.New("no challenge that we can answer")

// errRefused is what answerChallenge returns when the proof that it gave was judged wrong.
var errRefused = errors.New("user or password was refused")

// answerChallenge puts into req what the 401 or 407 asks for, in place of an older answer for the same realm. A new
// CSeq and a new branch are the caller's, and so is the number of tries: a server that makes new challenges for ever
// is not noticed here.
//
// RFC 3261 §22.2, §22.3, RFC 8760 §2.4
func answerChallenge(req *sip.Request, res *sip.Response, user, password string) error {
	asks, answers := "www-authenticate", "Authorization"
	if res.StatusCode == sip.StatusProxyAuthRequired {
		asks, answers = "proxy-authenticate", "Proxy-Authorization"
	}
	ask := best(res.GetHeaders(asks))
	if ask == nil {
		return fmt.Errorf("answer %d: %w", res.StatusCode, errNoAlgorithm)
	}
	count, others := 1, []sip.Header(nil)
	for _, h := range req.GetHeaders(answers) {
		old := readChallenge(h.Value())
		if old == nil || old["realm"] != ask["realm"] {
			others = append(others, h)
			continue
		}
		if old["nonce"] == ask["nonce"] {
			if !strings.EqualFold(ask["stale"], "true") {
				return fmt.Errorf("answer %d: %w", res.StatusCode, errRefused)
			}
			used, err := strconv.ParseUint(old["nc"], 16, 32)
			if err == nil {
				count = int(used) + 1
			}
		}
	}
	for req.RemoveHeader(answers) {
	}
	for _, h := range others {
		req.AppendHeader(h)
	}
	req.AppendHeader(sip.NewHeader(answers, ask.answer(req, scrub(user), password, count)))
	return nil
}

// challenge is a server's question by its directives, which are kept as they were quoted.
type challenge map[string]string

// readChallenge reads one Digest challenge or answer; nil: it is something else.
func readChallenge(text string) challenge {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	if !strings.EqualFold(scheme, "digest") || !clean(text) {
		return nil
	}
	d, err := parseDirectives(rest)
	if err != nil {
		return nil
	}
	return d
}

// best returns the challenge by the best algorithm that we know; nil: there is none.
func best(headers []sip.Header) challenge {
	var found challenge
	for _, h := range headers {
		c := readChallenge(h.Value())
		if c == nil || c["nonce"] == "" || algorithmName(c["algorithm"]) == "" {
			continue
		}
		if _, asked := c["qop"]; asked && c.qop() == "" {
			continue // auth-int alone: todo RFC 7616 §3.4.3
		}
		if found == nil || algorithmName(c["algorithm"]) == sha256Name && algorithmName(found["algorithm"]) != sha256Name {
			found = c
		}
	}
	return found
}

// qop returns "auth" when the challenge offers it, else "".
func (c challenge) qop() string {
	for v := range strings.SplitSeq(c["qop"], ",") {
		if strings.EqualFold(strings.TrimSpace(v), "auth") {
			return "auth"
		}
	}
	return ""
}

// answer makes the value of the header that proves the password.
//
// RFC 7616 §3.4; without qop as RFC 2617 §3.2.2.1 had it, for servers that know nothing newer
func (c challenge) answer(req *sip.Request, user, password string, count int) string {
	algorithm := algorithmName(c["algorithm"])
	uri := scrub(req.Recipient.String())
	ha1 := HA1(algorithm, user, c["realm"], password)
	ha2 := digest(algorithm, req.Method.String(), uri)
	var b strings.Builder
	b.WriteString(`Digest username="` + scrubName(user) + `", realm="` + c["realm"] + `", nonce="` + c["nonce"] + `", uri="` + uri + `"`)
	if c.qop() == "" {
		b.WriteString(`, response="` + digest(algorithm, ha1, c["nonce"], ha2) + `"`)
	} else {
		cnonce, nc := rand.Text(), fmt.Sprintf("%08x", count)
		b.WriteString(`, response="` + digest(algorithm, ha1, c["nonce"], nc, cnonce, "auth", ha2) + `"`)
		b.WriteString(`, qop=auth, cnonce="` + cnonce + `", nc=` + nc)
	}
	if _, named := c["algorithm"]; named {
		b.WriteString(`, algorithm=` + algorithm)
	}
	if opaque, ok := c["opaque"]; ok {
		b.WriteString(`, opaque="` + opaque + `"`)
	}
	return b.String()
}
