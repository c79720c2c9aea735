package demo

import (
	"slices"
	"testing"
)

func TestAMessageComesBackAsItWasWritten(t *testing.T) {
	m := &message{method: "INVITE", uri: "sip:+1800@127.0.0.1", body: []byte("v=0\r\n")}
	m.add("Via", "SIP/2.0/UDP 127.0.0.2:5060;rport;branch=z9hG4bKx")
	m.add("CSeq", "7 INVITE")
	m.add("From", `"A, B" <sip:a@b;x=y>;tag=t1`)
	got, err := parse(m.bytes())
	if err != nil {
		t.Fatal(err)
	}
	if n, method := got.cseq(); got.method != "INVITE" || got.uri != m.uri || n != 7 || method != "INVITE" {
		t.Errorf("got %+v", got)
	}
	if got.branch() != "z9hG4bKx" || string(got.body) != "v=0\r\n" {
		t.Errorf("branch %q, body %q", got.branch(), got.body)
	}
	if from := got.get("from"); param(from, "tag") != "t1" || param(from, "x") != "" || address(from) != "sip:a@b;x=y" {
		t.Errorf("From %q is misread", from)
	}
}

func TestCompactFoldedAndListedHeadersAreRead(t *testing.T) {
	got, err := parse([]byte("SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1\r\nt: <sip:b>\r\n ;tag=2\r\n" +
		"Record-Route: <sip:p1;lr>, \"x, y\" <sip:p2,q;lr>\r\nl: 0\r\n\r\nrest"))
	if err != nil {
		t.Fatal(err)
	}
	if got.status != 200 || got.branch() != "z9hG4bK1" || param(got.get("To"), "tag") != "2" || len(got.body) != 0 {
		t.Errorf("got %+v", got)
	}
	if routes := got.all("Record-Route"); !slices.Equal(routes, []string{"<sip:p1;lr>", `"x, y" <sip:p2,q;lr>`}) {
		t.Errorf("routes %q", routes)
	}
}

func TestWhatIsNoSIPMessageIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "\r\n\r\n", "INVITE sip:a SIP/2.0\r\nVia: x", "INVITE sip:a\r\n\r\n", "INVITE sip:a SIP/3.0\r\n\r\n", "SIP/2.0 99 Low\r\n\r\n",
		"SIP/2.0 abc Odd\r\n\r\n", "BYE sip:a SIP/2.0\r\nno colon\r\n\r\n", "BYE sip:a SIP/2.0\r\nContent-Length: 9\r\n\r\nshort",
		"BYE sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n",
	} {
		if m, err := parse([]byte(text)); err == nil {
			t.Errorf("%q is taken as %+v", text, m)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("INVITE sip:a SIP/2.0\r\nVia: x;branch=1\r\nFrom: <sip:a>;tag=1\r\nCSeq: 1 INVITE\r\n\r\nv=0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4 1.2.3.4\r\n"))
	f.Add([]byte("SIP/2.0 401 No\r\nWWW-Authenticate: Digest realm=\"a\", nonce=\"\\\"\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parse(b)
		if err != nil {
			return
		}
		for _, h := range m.headers {
			_, _, _ = param(h.value, "tag"), address(h.value), userOf(h.value)
			_, _ = parseChallenge(h.value)
			_, _ = hostOf(h.value), list(h.value)
		}
		_, _ = m.cseq()
		_, _ = parseSDP(m.body)
	})
}
