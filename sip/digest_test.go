package sip

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/test/claims"
)

const realm = "gw.example.com"

// secretOf is a directory of two users: ana with both hashes, old with MD5 alone. The password is "secret".
func secretOf(user string) (Secret, bool) {
	switch user {
	case "ana", "bob":
		return Secret{HA1MD5: HA1("MD5", user, realm, "secret"), HA1SHA: HA1("SHA-256", user, realm, "secret")}, true
	case "old":
		return Secret{HA1MD5: HA1("MD5", user, realm, "secret")}, true
	}
	return Secret{}, false
}

func registerText(user string, cseq int, lines string) string {
	return fmt.Sprintf("REGISTER sip:%s SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK%d;rport\nFrom: <sip:%s@%s>;tag=1\n"+
		"To: <sip:%s@%s>\nCall-ID: c1\nCSeq: %d REGISTER\nMax-Forwards: 70\n%s\n", realm, cseq, user, realm, user, realm, cseq, lines)
}

// proof is an Authorization value made by hand, so that the guard is not judged by our own client.
type proof struct{ user, password, realm, nonce, uri, algorithm, nc, cnonce, qop, method string }

func (p proof) line() string {
	ha1 := digest(p.algorithm, p.user, p.realm, p.password)
	response := digest(p.algorithm, ha1, p.nonce, p.nc, p.cnonce, p.qop, digest(p.algorithm, p.method, p.uri))
	return fmt.Sprintf("Authorization: Digest username=%q, realm=%q, nonce=%q, uri=%q, response=%q, algorithm=%s, cnonce=%q, qop=%s, nc=%s\n",
		p.user, p.realm, p.nonce, p.uri, response, p.algorithm, p.cnonce, p.qop, p.nc)
}

func goodProof(g *guard) proof {
	return proof{"ana", "secret", realm, g.nonces.make(""), "sip:" + realm, "SHA-256", "00000001", "abc", "auth", "REGISTER"}
}

func TestHA1AndResponseAreThoseOfTheRFC(t *testing.T) {
	// RFC 7616 §3.9.1
	const nonce, cnonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
	for algorithm, want := range map[string]string{
		"MD5":     "8ca523f5e9506fed4657c9700eebdbec",
		"SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		ha1 := HA1(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life")
		if got := digest(algorithm, ha1, nonce, "00000001", cnonce, "auth", digest(algorithm, "GET", "/dir/index.html")); got != want {
			t.Errorf("%s: %s, want %s", algorithm, got, want)
		}
	}
	if HA1("SHA-512", "a", "b", "c") != "" {
		t.Error("an unknown algorithm has a digest")
	}
}

func TestWhoShowsNothingIsAskedForSHA256BeforeMD5(t *testing.T) {
	g := newGuard(realm, secretOf, newClock().now)
	for name, text := range map[string]string{
		"nothing":        registerText("ana", 1, ""),
		"another scheme": registerText("ana", 1, "Authorization: NoOneKnowsThisScheme opaque-data=here\n"),
		"another realm":  registerText("ana", 1, "Authorization: Digest realm=\"x\", username=\"ana\"\n"),
		"SHA-512":        registerText("ana", 1, "Authorization: Digest realm=\""+realm+"\", algorithm=SHA-512-256\n"),
		"MD5-sess":       registerText("ana", 1, "Authorization: Digest realm=\""+realm+"\", algorithm=MD5-sess\n"),
		"an INVITE":      strings.ReplaceAll(registerText("ana", 1, ""), "REGISTER", "INVITE"),
	} {
		user, res := g.check(readRequest(t, text))
		if user != "" || res == nil || res.StatusCode != 401 {
			t.Fatalf("%s: user %q, answer %v", name, user, res)
		}
		asked := res.GetHeaders("WWW-Authenticate")
		if len(asked) != 2 || !strings.Contains(asked[0].Value(), "algorithm=SHA-256,") || !strings.Contains(asked[1].Value(), "algorithm=MD5,") {
			t.Fatalf("%s: %v", name, asked)
		}
		if !strings.Contains(asked[0].Value(), `qop="auth"`) || strings.Contains(res.String(), "stale") {
			t.Fatalf("%s: %s", name, asked[0].Value())
		}
	}
}

func TestABaresipThatGivesUpAtSHA256IsAskedForMD5Alone(t *testing.T) {
	g := newGuard(realm, secretOf, newClock().now)
	for agent, want := range map[string]int{"baresip v1.0.0 (x86_64/linux)": 1, "baresip v0.6.5": 1, "baresip v3.1.0": 2, "Linphone": 2} {
		_, res := g.check(readRequest(t, registerText("ana", 1, "User-Agent: "+agent+"\n")))
		asked := res.GetHeaders("WWW-Authenticate")
		if len(asked) != want || !strings.Contains(asked[want-1].Value(), "algorithm=MD5,") {
			t.Errorf("%s is asked %v", agent, asked)
		}
	}
}

func TestWhoKnowsThePasswordIsLetIn(t *testing.T) {
	g := newGuard(realm, secretOf, newClock().now)
	for name, change := range map[string]func(*proof){
		"SHA-256":             func(*proof) {},
		"MD5":                 func(p *proof) { p.algorithm = "MD5" },
		"MD5 is all there is": func(p *proof) { p.user, p.algorithm = "old", "MD5" },
		"uri with parameter":  func(p *proof) { p.uri += ";transport=udp" },
		"uri in capitals":     func(p *proof) { p.uri = "sip:GW.example.com" },
		"nc far ahead":        func(p *proof) { p.nc = "0000ffff" },
	} {
		p := goodProof(g)
		change(&p)
		if user, res := g.check(readRequest(t, registerText("ana", 2, p.line()))); res != nil || user != p.user {
			t.Errorf("%s: %v", name, res)
		}
	}
	p := goodProof(g)
	other := "Authorization: Digest username=\"x\", realm=\"elsewhere\", nonce=\"1\", uri=\"sip:x\", response=\"00\"\n"
	if user, _ := g.check(readRequest(t, registerText("ana", 2, other+p.line()))); user != "ana" {
		t.Error("credentials for another realm in front hide ours")
	}
}

func TestWhatProvesNothingIsAskedAgain(t *testing.T) {
	g := newGuard(realm, secretOf, newClock().now)
	for name, change := range map[string]func(*proof){
		"wrong password":       func(p *proof) { p.password = "Secret" },
		"unknown user":         func(p *proof) { p.user = "nobody" },
		"another method":       func(p *proof) { p.method = "INVITE" },
		"hash that is missing": func(p *proof) { p.user = "old" },
		"escaped user":         func(p *proof) { p.user = "an%61" },
	} {
		p := goodProof(g)
		change(&p)
		user, res := g.check(readRequest(t, registerText("ana", 2, p.line())))
		if user != "" || res == nil || res.StatusCode != 401 || strings.Contains(res.String(), "stale") {
			t.Errorf("%s: user %q, answer %v", name, user, res)
		}
	}
	if g.nonces.size != 0 {
		t.Error("who knows no password made us remember something")
	}
}

func TestAProofThatIsOldOrWasUsedIsStale(t *testing.T) {
	c := newClock()
	g := newGuard(realm, secretOf, c.now)
	p := goodProof(g)
	text := registerText("ana", 2, p.line())
	if user, _ := g.check(readRequest(t, text)); user != "ana" {
		t.Fatal("refused")
	}
	isStale := func(what, text string) {
		t.Helper()
		_, res := g.check(readRequest(t, text))
		if res == nil || res.StatusCode != 401 || strings.Count(res.String(), "stale=true") != 2 {
			t.Errorf("%s: %v", what, res)
		}
	}
	isStale("a replay", text)
	late := goodProof(g)
	c.pass(nonceLife + time.Second)
	isStale("an old nonce", registerText("ana", 3, late.line()))
	before := goodProof(newGuard(realm, secretOf, c.now))
	isStale("a nonce of the gateway's life before", registerText("ana", 4, before.line()))
	late.password = "wrong"
	if _, res := g.check(readRequest(t, registerText("ana", 5, late.line()))); strings.Contains(res.String(), "stale") {
		t.Error("an old nonce with a wrong password is called stale")
	}
}

func TestCredentialsThatMakeNoSenseGet400(t *testing.T) {
	g := newGuard(realm, secretOf, newClock().now)
	for name, change := range map[string]func(string) string{
		"no username":     func(l string) string { return strings.Replace(l, `username="ana"`, `username=""`, 1) },
		"no response":     func(l string) string { return regexp.MustCompile(`response="[^"]*", `).ReplaceAllString(l, "") },
		"no qop":          func(l string) string { return strings.Replace(l, "qop=auth, ", "", 1) },
		"no cnonce":       func(l string) string { return strings.Replace(l, `cnonce="abc", `, "", 1) },
		"auth-int":        func(l string) string { return strings.Replace(l, "qop=auth", "qop=auth-int", 1) },
		"nc of 7 digits":  func(l string) string { return strings.Replace(l, "nc=00000001", "nc=0000001", 1) },
		"nc of no digits": func(l string) string { return strings.Replace(l, "nc=00000001", "nc=0000000g", 1) },
		"nc of zero":      func(l string) string { return strings.Replace(l, "nc=00000001", "nc=00000000", 1) },
		"twice a nonce":   func(l string) string { return strings.Replace(l, "Digest ", `Digest nonce="x", `, 1) },
		"open quote":      func(l string) string { return strings.Replace(l, `uri="`, `uri=`, 1) },
		"another uri":     func(l string) string { return strings.Replace(l, `uri="sip:`, `uri="sip:x.`, 1) },
		"another port":    func(l string) string { return strings.Replace(l, realm+`", response`, realm+`:5070", response`, 1) },
		"another user":    func(l string) string { return strings.Replace(l, `uri="sip:`, `uri="sip:bob@`, 1) },
		"uri of a phone":  func(l string) string { return strings.Replace(l, `uri="sip:`, `uri="tel:`, 1) },
	} {
		text := registerText("ana", 2, change(goodProof(g).line()))
		if user, res := g.check(readRequest(t, text)); user != "" || res == nil || res.StatusCode != 400 {
			t.Errorf("%s: user %q, answer %v", name, user, res)
		}
	}
}

func TestKnownAndUnknownUsersGetTheSameBytes(t *testing.T) {
	g := newGuard(realm, secretOf, newClock().now)
	chance := regexp.MustCompile(`nonce="[^"]*"|;tag=[0-9a-f-]{36}`)
	answer := func(user, line string) string {
		_, res := g.check(readRequest(t, strings.ReplaceAll(registerText(user, 2, line), user+"@", "X@")))
		if res == nil {
			t.Fatalf("%s is let in", user)
		}
		return chance.ReplaceAllString(res.String(), "")
	}
	for _, algorithm := range []string{"MD5", "SHA-256"} {
		known, unknown := goodProof(g), goodProof(g)
		known.password, known.algorithm, unknown.user, unknown.algorithm = "wrong", algorithm, "nobody", algorithm
		if a, b := answer("ana", known.line()), answer("nobody", unknown.line()); a != b {
			t.Errorf("known:\n%s\nunknown:\n%s", a, b)
		}
	}
	if a, b := answer("ana", ""), answer("nobody", ""); a != b {
		t.Errorf("known:\n%s\nunknown:\n%s", a, b)
	}
}

func TestAnUnknownUserCostsTheSameWork(t *testing.T) {
	g := newGuard(realm, secretOf, newClock().now)
	work := func(user string) float64 {
		p := goodProof(g)
		p.user, p.password = user, "wrong"
		req := readRequest(t, registerText("ana", 2, p.line()))
		return testing.AllocsPerRun(50, func() { g.check(req) })
	}
	if secret, known := g.secret("nobody"); known || len(secret.HA1MD5) != 32 || len(secret.HA1SHA) != 64 {
		t.Errorf("an unknown user is checked against %v", secret)
	}
	// secretOf itself allocates for ana; what the guard does must not differ by more than that.
	lookup := testing.AllocsPerRun(50, func() { secretOf("ana") })
	if known, unknown := work("ana")-lookup, work("nobody"); math.Abs(known-unknown) > 1 { // the race detector adds one now and then
		t.Errorf("%v allocations for a known user, %v for an unknown one", known, unknown)
	}
}

func TestOnlyOneOfManyWhoSendTheSameProofIsLetIn(t *testing.T) {
	claims.Proven(t, "a digest answer lets in once")
	g := newGuard(realm, secretOf, time.Now)
	text := registerText("ana", 2, goodProof(g).line())
	var in sync.WaitGroup
	users := make(chan string, 16)
	for range cap(users) {
		in.Go(func() {
			user, _ := g.check(readRequest(t, text))
			users <- user
		})
	}
	in.Wait()
	close(users)
	let := 0
	for user := range users {
		if user != "" {
			let++
		}
	}
	if let != 1 {
		t.Errorf("%d were let in", let)
	}
}

func FuzzDigest(f *testing.F) {
	g := newGuard(realm, secretOf, time.Now)
	f.Add(strings.TrimPrefix(strings.TrimSpace(goodProof(g).line()), "Authorization: "))
	f.Add(`Digest username="a\"b", realm="` + realm + `",,nonce="", nc=00000001`)
	f.Add(`Digest realm="gw.example.com", nonce="x", algorithm=MD5, qop="auth,auth-int", opaque="\"", stale=TRUE`)
	f.Add("Basic x")
	f.Fuzz(func(t *testing.T, text string) {
		req := readRequest(t, registerText("ana", 2, ""))
		req.AppendHeader(sip.NewHeader("Authorization", text))
		if user, res := g.check(req); (user == "") == (res == nil) {
			t.Fatalf("user %q and answer %v", user, res)
		} else if res != nil && res.StatusCode != 401 && res.StatusCode != 400 {
			t.Fatalf("answer %d", res.StatusCode)
		}
		res := reply(req, 401, "Unauthorized")
		res.AppendHeader(sip.NewHeader("WWW-Authenticate", text))
		out := readRequest(t, registerText("ana", 2, ""))
		if err := answerChallenge(out, res, "ana", "secret"); err != nil {
			return
		}
		if controls(out.GetHeader("Authorization").Value()) {
			t.Fatalf("control character in %q", out.GetHeader("Authorization").Value())
		}
		if readChallenge(out.GetHeader("Authorization").Value()) == nil {
			t.Fatalf("our own answer cannot be read: %q", out.GetHeader("Authorization").Value())
		}
	})
}
