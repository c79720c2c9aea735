package sip

import (
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// inviteWith is an INVITE with this body and further header lines, each with its line break.
func inviteWith(lines, body string) string {
	return "INVITE sip:100@example.com SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa\nFrom: <sip:a@example.com>;tag=1\n" +
		"To: <sip:100@example.com>\nCall-ID: c1\nCSeq: 1 INVITE\nMax-Forwards: 70\n" + lines + "\n" + body
}

const sdp = "Content-Type: application/sdp\n"

func TestRequestsInOrderAreTaken(t *testing.T) {
	for name, text := range map[string]string{
		"OPTIONS":                        optionsWith(""),
		"INVITE without a body":          inviteWith("", ""),
		"INVITE to a telephone":          strings.Replace(inviteWith("", ""), "sip:100@example.com", "tel:+49-30-1;phone-context=x", 1),
		"INVITE with SDP":                inviteWith(sdp, "v=0\n"),
		"SDP in capitals, parameters":    inviteWith("c: Application/SDP ; charset=utf-8\n", "v=0\n"),
		"Accept of our kind":             inviteWith("Accept: text/plain;q=0.1, application/sdp\n", ""),
		"Accept of any kind":             inviteWith("Accept: */*\n", ""),
		"Accept of an UPDATE":            strings.ReplaceAll(inviteWith("Accept: text/plain\n", ""), "INVITE", "UPDATE"),
		"identity encoding":              inviteWith(sdp+"e: identity\n", "v=0\n"),
		"MESSAGE with any body":          strings.ReplaceAll(inviteWith("Content-Type: text/plain\n", "hello"), "INVITE", "MESSAGE"),
		"no Max-Forwards":                strings.Replace(inviteWith("", ""), "Max-Forwards: 70\n", "", 1),
		"OPTIONS that ends here":         optionsWith("Max-Forwards: 0\n"),
		"re-INVITE at its last hop":      strings.Replace(strings.Replace(inviteWith("", ""), "To: <sip:100@example.com>", "To: <sip:100@example.com>;tag=2", 1), ": 70", ": 0", 1),
		"no branch, as RFC 2543 had it":  strings.Replace(inviteWith("", ""), ";branch=z9hG4bKa", "", 1),
		"no From tag, as RFC 2543 had":   strings.Replace(inviteWith("", ""), ";tag=1", "", 1),
		"method of mixed case":           strings.ReplaceAll(optionsWith(""), "OPTIONS", "oPtioNs!*"),
		"sips":                           strings.Replace(inviteWith("", ""), "INVITE sip:", "INVITE sips:", 1),
		"Proxy-Require is for others":    inviteWith("Proxy-Require: x\n", ""),
		"CANCEL does not require":        strings.ReplaceAll(inviteWith("Require: x\n", ""), "INVITE", "CANCEL"),
		"version in small letters":       strings.Replace(inviteWith("", ""), "m SIP/2.0", "m sip/2.0", 1),
		"Via of an unknown transport":    strings.Replace(inviteWith("", ""), "SIP/2.0/UDP", "SIP/2.0/UNKNOWN", 1),
		"strange header, strange values": inviteWith("UnknownHeaderWithUnusualValue: ;;,,;;,;\nX:\n", ""),
	} {
		if r := validateRequest(readRequest(t, text)); r != nil {
			t.Errorf("%s: %d %s", name, r.status, r.reason)
		}
	}
}

func TestEachFaultHasItsStatus(t *testing.T) {
	replace := func(old, new string) string {
		text := strings.Replace(inviteWith("", ""), old, new, 1)
		if text == inviteWith("", "") {
			t.Fatalf("nothing to replace in %q", old)
		}
		return text
	}
	for name, c := range map[string]struct {
		text string
		want int
	}{
		// RFC 3261 §8.1.1, §20
		"no To":                 {replace("To: <sip:100@example.com>\n", ""), 400},
		"no From":               {replace("From: <sip:a@example.com>;tag=1\n", ""), 400},
		"no Call-ID":            {replace("Call-ID: c1\n", ""), 400},
		"no CSeq":               {replace("CSeq: 1 INVITE\n", ""), 400},
		"no Via":                {replace("Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa\n", ""), 0},
		"Via of another kind":   {replace("SIP/2.0/UDP", "HTTP/2.0/UDP"), 0},
		"Via of version 3":      {replace("SIP/2.0/UDP", "SIP/3.0/UDP"), 400},
		"two To":                {inviteWith("t: <sip:b@h>\n", ""), 400},
		"two From":              {inviteWith("f: <sip:b@h>;tag=2\n", ""), 400},
		"two Call-ID":           {inviteWith("i: c2\n", ""), 400},
		"two CSeq":              {inviteWith("CSeq: 2 INVITE\n", ""), 400},
		"two Max-Forwards":      {inviteWith("Max-Forwards: 7\n", ""), 400},
		"two Content-Length":    {inviteWith("Content-Length: 0\nl: 0\n", ""), 400},
		"two Content-Type":      {inviteWith(sdp+sdp, "v=0\n"), 400},
		"CSeq of another":       {replace("CSeq: 1 INVITE", "CSeq: 1 BYE"), 400},
		"only the cookie":       {replace("branch=z9hG4bKa", "branch=z9hG4bK"), 400},
		"branch in quotes":      {replace("branch=z9hG4bKa", `branch="z9hG4bKa"`), 400},
		"empty tag":             {replace("tag=1", "tag="), 400},
		"tag in quotes":         {replace("tag=1", `tag="1"`), 400},
		"tag with a colon":      {replace("<sip:100@example.com>", "<sip:100@example.com>;tag=a:b"), 400},
		"Call-ID of two words":  {replace("Call-ID: c1", "Call-ID: c1 c2"), 400},
		"Max-Forwards of 256":   {replace(": 70", ": 256"), 400},
		"control in a header":   {inviteWith("Subject: a\x01b\n", ""), 400},
		"name with a space":     {inviteWith("Sub ject: a\n", ""), 400},
		"too many headers":      {inviteWith(strings.Repeat("X: y\n", mostHeaders), ""), 400},
		"too many Via":          {inviteWith(strings.Repeat("v: SIP/2.0/UDP h\n", mostVias), ""), 400},
		"no method that is one": {strings.ReplaceAll(inviteWith("", ""), "INVITE", "IN(VITE"), 400},
		// RFC 3261 §21.5.6, §8.2.2.1, §19.1.1
		"version 7":              {replace("m SIP/2.0", "m SIP/7.0"), 505},
		"another scheme":         {replace("INVITE sip:100@example.com", "INVITE nobody:opaque"), 416},
		"telephone scheme":       {strings.ReplaceAll(replace("INVITE sip:100@example.com", "BYE tel:+4930"), "1 INVITE", "1 BYE"), 416},
		"headers in Request-URI": {replace("INVITE sip:100@example.com", "INVITE sip:100@example.com?Route=%3Csip:x%3E"), 400},
		"no host in Request-URI": {replace("INVITE sip:100@example.com", "INVITE sip:100@"), 400},
		"port beyond all":        {replace("INVITE sip:100@example.com", "INVITE sip:100@example.com:70000"), 400},
		"quote in Request-URI":   {replace("INVITE sip:100@example.com", `INVITE sip:"100"@example.com`), 400},
		// RFC 7332 §4
		"no hop left": {replace(": 70", ": 0"), 483},
		// RFC 3261 §8.2.2.3, §8.2.3
		"unknown extension": {inviteWith("Require: a, 100rel\n", ""), 420},
		"unknown body":      {inviteWith("Content-Type: application/unknown\n", "x"), 415},
		"body of no kind":   {inviteWith("", "x"), 400},
		"packed body":       {inviteWith(sdp+"Content-Encoding: gzip\n", "x"), 415},
		"nothing accepted":  {inviteWith("Accept: text/nobodyKnowsThis\n", ""), 406},
	} {
		r := validateRequest(readRequest(t, c.text))
		if r == nil || r.status != c.want {
			t.Errorf("%s: %+v, want %d", name, r, c.want)
		}
	}
}

func TestWhatIsRefusedSaysWhatWouldDo(t *testing.T) {
	for text, want := range map[string]string{
		inviteWith("Require: a, b\nRequire: c\n", ""):                     "Unsupported: a, b, c",
		inviteWith("Content-Type: application/x\n", "x"):                  "Accept: application/sdp",
		inviteWith(sdp+"Content-Encoding: gzip\n", "x"):                   "Accept-Encoding: identity",
		inviteWith("Require: "+strings.Repeat("long-tag,", 500)+"\n", ""): "Unsupported: long-tag, long-tag",
	} {
		r := validateRequest(readRequest(t, text))
		if r == nil || len(r.headers) != 1 || !strings.HasPrefix(r.headers[0].String(), want) || len(r.headers[0].Value()) > maxValue {
			t.Errorf("%+v, want %s", r, want)
		}
	}
}

func TestAnACKIsNeverAnswered(t *testing.T) {
	for _, text := range []string{
		strings.Replace(inviteWith("", ""), "To: <sip:100@example.com>\n", "", 1),
		strings.Replace(inviteWith("", ""), "m SIP/2.0", "m SIP/7.0", 1),
		inviteWith("Max-Forwards: 7\n", ""),
	} {
		r := validateRequest(readRequest(t, strings.ReplaceAll(text, "INVITE", "ACK")))
		if r == nil || r.status != 0 {
			t.Errorf("%+v", r)
		}
	}
}

func TestAnAnswerToEveryFaultCanBeMade(t *testing.T) {
	for _, name := range []string{"To", "From", "Call-ID", "CSeq"} {
		req := readRequest(t, optionsWith(""))
		req.RemoveHeader(name)
		if r := validateRequest(req); r == nil || r.status != 400 {
			t.Fatalf("without %s: %+v", name, r)
		}
		if res := reply(req, 400, "x"); res.Via() == nil {
			t.Errorf("without %s there is no answer", name)
		}
	}
}

func responseWith(lines string) string {
	return "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa\nFrom: <sip:a@example.com>;tag=1\n" +
		"To: <sip:100@example.com>;tag=2\nCall-ID: c1\nCSeq: 1 INVITE\n" + lines + "\n"
}

func TestAResponseThatMakesNoSenseIsDropped(t *testing.T) {
	read := func(text string) *sip.Response {
		m, err := newParser().ParseSIP(crlf(text))
		if err != nil {
			t.Fatalf("parse %q: %v", text, err)
		}
		return m.(*sip.Response)
	}
	for _, text := range []string{
		responseWith(""), responseWith("X: y\n"),
		strings.Replace(responseWith(""), "200 OK", "699 ", 1), strings.Replace(responseWith(""), "200 OK", "100 Versuch läuft", 1),
		strings.Replace(responseWith(""), ";tag=2", "", 1),
	} {
		if !validateResponse(read(text)) {
			t.Errorf("dropped: %q", text)
		}
	}
	good := responseWith("")
	for _, text := range []string{
		responseWith("v: SIP/2.0/UDP 255.255.255.255\n"),
		responseWith("CSeq: 2 INVITE\n"), responseWith("To: <sip:x@y>\n"), responseWith("From: <sip:x@y>\n"), responseWith("i: 2\n"),
		strings.Replace(good, "SIP/2.0 200", "SIP/1.0 200", 1), strings.Replace(good, " 200 ", " 700 ", 1), strings.Replace(good, " 200 ", " 99 ", 1),
		strings.Replace(good, "To: <sip:100@example.com>;tag=2\n", "", 1), strings.Replace(good, "From: <sip:a@example.com>;tag=1\n", "", 1),
		strings.Replace(good, "Call-ID: c1\n", "", 1), strings.Replace(good, "CSeq: 1 INVITE\n", "", 1),
		strings.Replace(good, "Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa\n", "", 1), strings.Replace(good, "=z9hG4bKa", "=z9hG4bK", 1),
		strings.Replace(good, "1 INVITE", "1 IN(VITE", 1), strings.Replace(good, ";tag=2", ";tag=", 1),
		responseWith("X: a\x02\n"), strings.Replace(good, "200 OK", "200 O\x02K", 1), responseWith("l: 0\nContent-Length: 0\n"),
	} {
		if validateResponse(read(text)) {
			t.Errorf("taken: %q", text)
		}
	}
}

func FuzzValidate(f *testing.F) {
	f.Add([]byte(inviteWith(sdp, "v=0\n")))
	f.Add([]byte(responseWith("")))
	f.Add([]byte(optionsWith("Require: a\nAccept: x\n")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		parser := newParser()
		for _, text := range [][]byte{raw, crlf(string(raw))} {
			m, err := parser.ParseSIP(text)
			if err != nil {
				continue
			}
			switch m := m.(type) {
			case *sip.Response:
				validateResponse(m)
			case *sip.Request:
				checkRefusal(t, parser, m)
			}
		}
	})
}

// checkRefusal holds what the rest of the wire relies upon after validation.
func checkRefusal(t *testing.T, parser *sip.Parser, req *sip.Request) {
	r := validateRequest(req)
	if r == nil {
		if req.To() == nil || req.From() == nil || req.CallID() == nil || req.CSeq() == nil || req.Via() == nil {
			t.Fatalf("taken: %q", req)
		}
		r = &refusal{status: 200, reason: "OK"}
	}
	if r.status == 0 {
		return
	}
	res := reply(req, r.status, r.reason)
	for _, h := range r.headers {
		res.AppendHeader(h)
	}
	again, err := parser.ParseSIP([]byte(res.String()))
	if err != nil {
		t.Fatalf("our answer cannot be read: %v\n%q", err, res)
	}
	if len(again.(*sip.Response).Headers()) != len(res.Headers()) {
		t.Fatalf("our answer has other headers for who reads it: %q", res)
	}
}
