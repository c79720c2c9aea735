package sip

import (
	"errors"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/test/claims"
)

func challenged(t *testing.T, req *sip.Request, status int, lines ...string) *sip.Response {
	t.Helper()
	res := reply(req, status, "")
	name := "WWW-Authenticate"
	if status == 407 {
		name = "Proxy-Authenticate"
	}
	for _, l := range lines {
		res.AppendHeader(sip.NewHeader(name, l))
	}
	return res
}

func TestOurOwnGuardTakesOurOwnAnswer(t *testing.T) {
	g := newGuard(realm, secretOf, newClock().now)
	for _, method := range []string{"REGISTER", "INVITE"} {
		req := readRequest(t, strings.ReplaceAll(registerText("ana", 1, ""), "REGISTER", method))
		_, res := g.check(req)
		if err := answerChallenge(req, res, "ana", "secret"); err != nil {
			t.Fatal(err)
		}
		if v := req.GetHeader("Authorization").Value(); !strings.Contains(v, "algorithm=SHA-256") || !strings.Contains(v, "nc=00000001") {
			t.Errorf("answered by %s", v)
		}
		if user, res := g.check(req); user != "ana" {
			t.Errorf("%s: %v", method, res)
		}
	}
}

func TestTheBestChallengeThatWeKnowIsAnswered(t *testing.T) {
	claims.Proven(t, "a trunk that offers SHA-256 and MD5 gets no answer by MD5")
	const md5, sha, other = `Digest realm="r", nonce="m", algorithm=md5, qop="auth"`, `Digest realm="r", nonce="s", algorithm=SHA-256, qop="auth-int, auth"`,
		`Digest realm="r", nonce="o", algorithm=SHA-512-256, qop="auth"`
	for want, lines := range map[string][]string{
		`nonce="s"`: {other, md5, sha},
		`nonce="m"`: {"Basic realm=\"r\"", md5, other},
		`nonce="p"`: {`Digest nonce="p", realm="r"`},
	} {
		for status, name := range map[int]string{401: "Authorization", 407: "Proxy-Authorization"} {
			req := readRequest(t, registerText("ana", 1, ""))
			if err := answerChallenge(req, challenged(t, req, status, lines...), "ana", "secret"); err != nil {
				t.Fatal(err)
			}
			if v := req.GetHeader(name).Value(); !strings.Contains(v, want) {
				t.Errorf("%d: answered by %s, want %s", status, v, want)
			}
		}
	}
}

func TestAChallengeWithoutQopIsAnsweredAsRFC2617Had(t *testing.T) {
	req := readRequest(t, registerText("ana", 1, ""))
	if err := answerChallenge(req, challenged(t, req, 401, `Digest realm="r", nonce="n", opaque="o\"p"`), "ana", "secret"); err != nil {
		t.Fatal(err)
	}
	want := `Digest username="ana", realm="r", nonce="n", uri="sip:gw.example.com", response="` +
		digest("MD5", HA1("MD5", "ana", "r", "secret"), "n", digest("MD5", "REGISTER", "sip:gw.example.com")) + `", opaque="o\"p"`
	if got := req.GetHeader("Authorization").Value(); got != want {
		t.Errorf("answered by %s\nwant %s", got, want)
	}
}

func TestAChallengeThatWeCannotMeetIsAnError(t *testing.T) {
	for _, line := range []string{
		"", "Basic realm=\"r\"", `Digest realm="r", nonce="n", algorithm=SHA-512-256`, `Digest realm="r", nonce="n", qop="auth-int"`,
		`Digest realm="r"`, `Digest realm="r, nonce="n"`, `Digest realm="r", nonce="n` + "\r\n" + `X: y"`,
	} {
		req := readRequest(t, registerText("ana", 1, ""))
		if err := answerChallenge(req, challenged(t, req, 401, line), "ana", "secret"); !errors.Is(err, errNoAlgorithm) {
			t.Errorf("%q: %v", line, err)
		}
		if req.GetHeader("Authorization") != nil {
			t.Errorf("%q was answered", line)
		}
	}
}

func TestAnOlderAnswerIsReplacedAndOtherRealmsStay(t *testing.T) {
	req := readRequest(t, registerText("ana", 1, ""))
	ask := func(status int, line string) error {
		return answerChallenge(req, challenged(t, req, status, line), "ana", "secret")
	}
	if err := errors.Join(ask(407, `Digest realm="p1", nonce="1", qop="auth"`), ask(407, `Digest realm="p2", nonce="2", qop="auth"`),
		ask(407, `Digest realm="p1", nonce="3", qop="auth", stale=true`)); err != nil {
		t.Fatal(err)
	}
	got := req.GetHeaders("Proxy-Authorization")
	if len(got) != 2 || !strings.Contains(got[0].Value(), `nonce="2"`) || !strings.Contains(got[1].Value(), `nonce="3"`) {
		t.Errorf("%v", got)
	}
	if err := ask(407, `Digest realm="p1", nonce="3", qop="auth"`); !errors.Is(err, errRefused) {
		t.Errorf("the same question again: %v", err)
	}
	if err := ask(407, `Digest realm="p1", nonce="3", qop="auth", stale=TRUE`); err != nil || !strings.Contains(req.String(), "nc=00000002") {
		t.Errorf("the same nonce, stale: %v\n%s", err, req)
	}
}

func TestNothingThatWePutIntoAnAnswerBreaksTheLine(t *testing.T) {
	req := readRequest(t, registerText("ana", 1, ""))
	user := "a\"n\\a\r\nX-Injected: yes"
	if err := answerChallenge(req, challenged(t, req, 401, `Digest realm="r", nonce="n", qop="auth"`), user, "secret\r\nX: y"); err != nil {
		t.Fatal(err)
	}
	v := req.GetHeader("Authorization").Value()
	if controls(v) || unescape(readChallenge(v)["username"]) != scrub(user) {
		t.Errorf("answered by %q", v)
	}
}
