package demo

import (
	"strings"
	"testing"
)

// RFC 7616 §3.9.1.
func TestDigestAnswersAreThoseOfTheRFC(t *testing.T) {
	cr := credentials{user: "Mufasa", password: "Circle of Life"}
	for algorithm, want := range map[string]string{
		"MD5":     "8ca523f5e9506fed4657c9700eebdbec",
		"SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		c := challenge{
			"realm": "http-auth@example.org", "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "qop": "auth",
			"algorithm": algorithm,
		}
		got := cr.response(c, "GET", "/dir/index.html", "00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
		if got != want {
			t.Errorf("%s: %s, want %s", algorithm, got, want)
		}
	}
}

// RFC 2617 §3.5 gives the vector with qop; without it the older form of RFC 2069 §2.4 (as its errata correct it) holds.
func TestADigestWithoutQopIsTheOldForm(t *testing.T) {
	cr := credentials{user: "Mufasa", password: "CircleOfLife"}
	c := challenge{"realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093"}
	if got := cr.response(c, "GET", "/dir/index.html", "", ""); got != "1949323746fe6a43ef61f9606e7febea" {
		t.Errorf("got %s", got)
	}
}

func TestTheFirstUsableChallengeIsAnsweredAndProves(t *testing.T) {
	offered := []string{
		`Digest realm="gw", nonce="a, \"b\"", algorithm=SHA-512-256, qop="auth"`,
		`Digest realm="gw", nonce="n1", algorithm=SHA-256, qop="auth,auth-int", opaque="o"`,
		`Digest realm="gw", nonce="n2", algorithm=MD5, qop="auth"`,
	}
	cr := credentials{user: "ana", password: "secret"}
	for wanted, nonce := range map[string]string{"": "n1", "MD5": "n2"} {
		asked := cr
		asked.algorithm = wanted
		got, err := asked.answer(offered, "REGISTER", "sip:gw")
		if err != nil {
			t.Fatal(err)
		}
		if !cr.proves(got, nonce, "REGISTER") {
			t.Errorf("%q does not prove ana for nonce %s", got, nonce)
		}
		if cr.proves(got, nonce, "INVITE") || cr.proves(got, "other", "REGISTER") {
			t.Errorf("%q proves too much", got)
		}
		if (credentials{user: "ana", password: "wrong"}).proves(got, nonce, "REGISTER") {
			t.Error("a wrong password is taken")
		}
		if wanted == "" && !strings.Contains(got, `opaque="o"`) {
			t.Errorf("%q does not return opaque", got)
		}
	}
}

func TestAChallengeThatNobodyCanServeIsAnError(t *testing.T) {
	for _, offered := range [][]string{nil, {"Basic realm=\"x\""}, {`Digest realm="gw", nonce="n", algorithm=SHA-512`}} {
		if got, err := (credentials{user: "ana", password: "x"}).answer(offered, "INVITE", "sip:gw"); err == nil {
			t.Errorf("%q is answered with %q", offered, got)
		}
	}
}
