package sip

import (
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// crlf makes a message of lines that end as the wire has them.
func crlf(text string) []byte {
	return []byte(strings.ReplaceAll(strings.TrimLeft(text, "\n"), "\n", "\r\n"))
}

// readRequest parses a request that must parse.
func readRequest(t testing.TB, text string) *sip.Request {
	t.Helper()
	m, err := newParser().ParseSIP(crlf(text))
	if err != nil {
		t.Fatalf("parse %q: %v", text, err)
	}
	req, ok := m.(*sip.Request)
	if !ok {
		t.Fatalf("%q is no request", text)
	}
	return req
}

// optionsWith is a request with further header lines, each with its line break.
func optionsWith(lines string) string {
	return "OPTIONS sip:gw@example.com SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa\nFrom: <sip:a@example.com>;tag=1\n" +
		"To: <sip:gw@example.com>\nCall-ID: c1\nCSeq: 1 OPTIONS\n" + lines + "\n"
}

func TestAViaIsReadWithWhiteSpaceWhereTheGrammarAllowsIt(t *testing.T) {
	for text, want := range map[string]string{
		"SIP/2.0/UDP host:5060;branch=z9hG4bKx":                           "SIP/2.0/UDP host:5060;branch=z9hG4bKx",
		"SIP  / 2.0 /  TCP     spindle.example.com  ;  branch  =   z9hG4": "SIP/2.0/TCP spindle.example.com;branch=z9hG4",
		"SIP/2.0/UDP host : 5060 ;branch=z9hG4bKx;rport":                  "SIP/2.0/UDP host:5060;branch=z9hG4bKx;rport",
		"SIP/2.0/UDP\t\thost;Branch=z9hG4bKx":                             "SIP/2.0/UDP host;branch=z9hG4bKx",
		"SIP/2.0/TLS [2001:db8::9:1]:5061;received=[::1];branch=z9hG4bK1": "SIP/2.0/TLS [2001:db8::9:1]:5061;received=[::1];branch=z9hG4bK1",
		"SIP/2.0/UDP 192.0.2.1":                                           "SIP/2.0/UDP 192.0.2.1",
		`SIP/2.0/UDP h;branch=z9hG4bKx;note="a, b; c"`:                    `SIP/2.0/UDP h;branch=z9hG4bKx;note="a, b; c"`,
	} {
		via, err := parseVia(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if via.Value() != want {
			t.Errorf("%q was read as %q, want %q", text, via.Value(), want)
		}
	}
}

func TestABrokenViaIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "SIP/2.0", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0/UDP :5060", "SIP/2.0/UDP host:0", "SIP/2.0/UDP host:65536",
		"SIP/2.0/UDP host:a", "SIP/2.0/UDP [::1", "SIP/2.0/UDP [zz]", "SIP/2.0/UDP a b", "/2.0/UDP h", "SIP/2.0/UDP h;branch=a;branch=b",
		"SIP/2.0/UDP h;=x", "SIP/2.0/UDP h;a=b c", "SIP/2.0/UDP <h>",
	} {
		if via, err := parseVia(text); err == nil {
			t.Errorf("%q was read as %q", text, via.Value())
		}
	}
}

func TestEveryViaOfAListIsRead(t *testing.T) {
	req := readRequest(t, strings.Replace(
		optionsWith("v: SIP/2.0/UDP third, SIP / 2.0 / TCP fourth:5070 ;branch=z9hG4bK4\n"), "Via: ", "Via: SIP/2.0/UDP first,", 1))
	var got []string
	for _, h := range req.GetHeaders("via") {
		got = append(got, h.(*sip.ViaHeader).Host)
	}
	if want := "first 192.0.2.1 third fourth"; strings.Join(got, " ") != want {
		t.Fatalf("hosts %q, want %q", got, want)
	}
	if req.Via().Host != "first" {
		t.Fatalf("topmost Via is %q", req.Via().Host)
	}
}

func TestAnAddressIsReadAsTheGrammarHasIt(t *testing.T) {
	for text, want := range map[string]string{
		`sip:vivekg@example.com ;   tag    = 19`:               `<sip:vivekg@example.com>;tag=19`,
		`"J Rosenberg \\\""   <sip:j@example.com>  ;  TAG = 9`: `"J Rosenberg \\\"" <sip:j@example.com>;tag=9`,
		`Bob<sip:b@example.com>`:                               `"Bob" <sip:b@example.com>`,
		`"a;b<c>,d" <sip:b@example.com>;tag=1`:                 `"a;b<c>,d" <sip:b@example.com>;tag=1`,
		`<sip:b@example.com;Transport=tcp>`:                    `<sip:b@example.com;transport=tcp>`,
		`<sip:b@h>;x="a;b=c";tag=2`:                            `<sip:b@h>;x="a;b=c";tag=2`,
		`<sip:b@h>;x="a b"`:                                    `<sip:b@h>;x="a b"`,
		`sip:user;par=u%40example.net@example.com`:             ``,
		`<sip:user;par=u%40example.net@example.com>`:           `<sip:user;par=u%40example.net@example.com>`,
		`Jürgen <sip:j@example.com>`:                           `"Jürgen" <sip:j@example.com>`,
		`<sip:b@h>;+sip.instance="<urn:uuid:0=1>";reg-id=1`:    `<sip:b@h>;+sip.instance="<urn:uuid:0=1>";reg-id=1`,
		`<sip:[2001:db8::1]:5060>`:                             `<sip:[2001:db8::1]:5060>`,
		`"Mr. J. User <sip:j@example.com>`:                     ``,
		`Bell, Alexander <sip:a@example.com>`:                  ``,
		`"Watson" < sip:t@example.org >`:                       ``,
		`sip:user@example.com?Route=%3Csip:sip.example.com%3E`: ``,
		`<sip:a@example.com`:                                   ``,
		`<sip:a@example.com> x`:                                ``,
		`"Name"`:                                               ``,
		`<sip:a@example.com>;tag=1;tag=2`:                      ``,
		`<sip:a@example.com>, <sip:b@example.com>`:             ``,
		`*`: ``,
		``:  ``,
	} {
		a, err := oneAddress(text)
		got := (&sip.ToHeader{DisplayName: a.name, Address: a.uri, Params: a.params}).Value()
		switch {
		case want == "" && err == nil && !strings.HasPrefix(text, "sip:user;par"):
			t.Errorf("%q was read as %q", text, got)
		case want != "" && err != nil:
			t.Errorf("%q: %v", text, err)
		case want != "" && got != want:
			t.Errorf("%q was read as %q, want %q", text, got, want)
		}
	}
}

func TestEveryContactOfAListIsRead(t *testing.T) {
	req := readRequest(t, optionsWith("m: \"a, <b>\" <sip:one@h>;q=0.5 , sip:two@h;q=1,<sip:three@h;a=b,c>\nContact: sip:four@h\n"))
	var got []string
	for _, h := range req.GetHeaders("contact") {
		got = append(got, h.(*sip.ContactHeader).Address.User)
	}
	if want := "one two three four"; strings.Join(got, " ") != want {
		t.Fatalf("users %q, want %q", got, want)
	}
}

func TestAControlCharacterInAHeaderOfOursStopsTheParser(t *testing.T) {
	for _, line := range []string{
		"Contact: <sip:a@h\nInjected: x>", "To: \"a\x00\" <sip:b@h>", "Call-ID: a\x7fb", "Max-Forwards: 7\x01", "Route: <sip:a\nb>",
	} {
		raw := append(crlf(strings.TrimRight(optionsWith(""), "\n")+"\n"), line+"\r\n\r\n"...)
		if m, err := newParser().ParseSIP(raw); err == nil {
			t.Errorf("%q was taken: %s", line, m)
		}
	}
}

func TestAControlCharacterMayStandBehindABackslashInQuotesButALineBreakMayNot(t *testing.T) {
	for text, want := range map[string]bool{
		"\"BEL \\\x07 NUL \\\x00 DEL \\\x7f\" <sip:1@h>": false, "\"a\\\"b\"": false, "a\tb": false, "": false,
		"\"a\x07\"": true, "\\\x07": true, "\"a\\\nb\"": true, "\"a\\\rb\"": true, "\"a\"\\\x00": true, "a\nb": true, "\"\\\\\x00\"": true,
	} {
		if got := controls(text); got != want {
			t.Errorf("controls(%q) is %t", text, got)
		}
	}
}

func TestTheMethodOfCSeqLosesTheSpacesInFront(t *testing.T) {
	req := readRequest(t, strings.Replace(optionsWith(""), "CSeq: 1 OPTIONS", "CSEQ : 0009 \n   OPTIONS", 1))
	if c := req.CSeq(); c.SeqNo != 9 || c.MethodName != sip.OPTIONS {
		t.Fatalf("CSeq is %d %q", c.SeqNo, c.MethodName)
	}
}

func TestListsAndCompactFormsAreLookedUp(t *testing.T) {
	req := readRequest(t, optionsWith("k: timer, \"a,b\",path\nSupported: 100rel\nx: 1800;refresher=uac\nExpires: 60\nExpires: 70\n"))
	if got := strings.Join(values(req, "Supported"), "|"); got != `100rel|timer|"a,b"|path` {
		t.Errorf("Supported is %q", got)
	}
	paths := readRequest(t, optionsWith("Path: <sip:a,b@h>,<sip:c\"d@h>, <sip:e@h>\n"))
	if got := strings.Join(values(paths, "path"), "|"); got != `<sip:a,b@h>|<sip:c"d@h>|<sip:e@h>` {
		t.Errorf("Path is %q", got)
	}
	if got, ok := value(req, "Session-Expires"); !ok || got != "1800;refresher=uac" {
		t.Errorf("Session-Expires is %q", got)
	}
	if got, _ := value(req, "expires"); got != "60" {
		t.Errorf("Expires is %q", got)
	}
	if got, ok := value(req, "Refer-To"); ok {
		t.Errorf("Refer-To is %q", got)
	}
}

// The defects of the library that newParser and reply are there for. When one of these fails, a newer sipgo has mended
// it and our own reading may go.
func TestSipgoStillMisreadsWhatWeReadOurselves(t *testing.T) {
	read := func(text string) *sip.Request {
		m, err := sip.NewParser().ParseSIP(crlf(text))
		if err != nil {
			t.Fatalf("sipgo refuses %q now: %v", text, err)
		}
		return m.(*sip.Request)
	}
	if v := read(strings.Replace(optionsWith(""), "SIP/2.0/UDP 192", "SIP / 2.0 / UDP 192", 1)).Via(); v.Transport == "UDP" {
		t.Error("white space in Via is read")
	}
	if v := read(strings.Replace(optionsWith(""), ";tag=1", "; Tag = 1", 1)).From(); v.Params.Has("tag") {
		t.Error("a tag with white space is read")
	}
	if v := read(strings.Replace(optionsWith(""), "Via: ", "Via: SIP/2.0/UDP a,", 1)).Via(); v.Host == "a" {
		t.Error("a Via without parameters in a list is read")
	}
	if v := read(strings.Replace(optionsWith(""), "<sip:a@", "Bell, A <sip:a@", 1)).From(); v == nil {
		t.Error("a name without quotes is refused")
	}
	if req := read(strings.Replace(optionsWith(""), "OPTIONS sip", "OpTiOnS sip", 1)); req.Method == "OpTiOnS" {
		t.Error("the case of a method is kept")
	}
	if h := read(optionsWith("Referred-By: <sip:a@b>, <sip:c@d>\nRefer-To: sip:a@b?c=d\n")); len(h.GetHeaders("referred-by")) != 1 ||
		h.GetHeader("refer-to").Value() == "sip:a@b?c=d" {
		t.Error("Refer-To or Referred-By is read as the grammar has it")
	}
	if res := sip.NewResponseFromRequest(read(strings.Replace(optionsWith(""), "m SIP/2.0", "m SIP/7.0", 1)), 505, "", nil); res.SipVersion == "SIP/2.0" {
		t.Error("an answer has our own version")
	}
	if p := (sip.HeaderParams{{K: "x", V: `"a b"`}}); p.ToString(';') == `x="a b"` {
		t.Error("a quoted value with white space is written with one pair of quotes")
	}
}

func TestTheHeadersOfAURIAreFoundBehindAParameterWithoutAValue(t *testing.T) {
	for text, want := range map[string]string{
		"sip:a@b;lr?X=y&Z=%20": "sip:a@b;lr?X=y&Z=%20", "sip:b;lr?X=y": "sip:b;lr?X=y", "sip:a?b@c;lr": "sip:a?b@c;lr",
		"sip:a@b;transport=tcp?X=y": "sip:a@b;transport=tcp?X=y",
	} {
		uri, err := parseURI(text)
		if err != nil || uri.String() != want {
			t.Errorf("%s: %s (%v)", text, uri.String(), err)
		}
	}
}
