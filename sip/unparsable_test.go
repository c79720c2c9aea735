package sip

import (
	"bytes"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/test/claims"
)

func TestARequestThatDoesNotParseGets400(t *testing.T) {
	for name, text := range map[string]string{
		"brackets around the URI": strings.Replace(inviteWith("", ""), "sip:100@example.com SIP", "<sip:100@example.com> SIP", 1),
		"space in the URI":        strings.Replace(inviteWith("", ""), "sip:100@example.com SIP", "sip:100@example.com; lr SIP", 1),
		"two spaces":              strings.Replace(inviteWith("", ""), "INVITE ", "INVITE  ", 1),
		"space at the end":        strings.Replace(inviteWith("", ""), "SIP/2.0\n", "SIP/2.0  \n", 1),
		"open quote":              strings.Replace(inviteWith("", ""), "To: <", `To: "Mr. <`, 1),
		"body too short":          inviteWith("Content-Length: 100\n", "v=0\n"),
		"negative length":         inviteWith("Content-Length: -1\n", "v=0\n"),
		"CSeq too large":          strings.Replace(inviteWith("", ""), "CSeq: 1 ", "CSeq: 3735928559 ", 1),
		"line without a colon":    inviteWith("nonsense\n", ""),
		"folded and compact":      strings.NewReplacer("From: ", "f  :\n\t", "Call-ID:", "i:", "To: <", "TO :\n \"<").Replace(inviteWith("", "")),
		"headers without an end":  strings.TrimRight(inviteWith("", ""), "\n"),
	} {
		raw := crlf(text)
		if m, err := newParser().ParseSIP(raw); err == nil {
			t.Errorf("%s: parses as %q", name, m)
		}
		answer := answerUnparsable(raw)
		if !bytes.HasPrefix(answer, []byte("SIP/2.0 400 ")) {
			t.Errorf("%s: answer %q", name, answer)
			continue
		}
		if !bytes.Equal(answer, answerUnparsable(raw)) {
			t.Errorf("%s: the same request gets another answer", name)
		}
		if !strings.Contains(string(answer), "Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa\r\n") || !strings.Contains(string(answer), ";tag=") {
			t.Errorf("%s: answer %q", name, answer)
		}
	}
}

func TestASchemeThatSipgoCannotReadGets416(t *testing.T) {
	for scheme, want := range map[string]string{"soap.beep://192.0.2.1:3002": "416", "h323:x": "416", "a_b:x": "400", ".:": "416", "sip:": "400"} {
		answer := answerUnparsable(crlf(strings.Replace(inviteWith("", ""), "sip:100@example.com SIP", scheme+" SIP", 1)))
		if !bytes.HasPrefix(answer, []byte("SIP/2.0 "+want+" ")) {
			t.Errorf("%s: %q", scheme, answer)
		}
	}
}

func TestWhatIsNoRequestOrTooLittleOfOneGetsNoAnswer(t *testing.T) {
	broken := "Content-Length: -1\n"
	for name, text := range map[string]string{
		"nothing":          "",
		"line breaks":      "\n\n",
		"junk":             "\x00\x01\x02\xff",
		"HTTP":             "GET / HTTP/1.1\nHost: x\n\n",
		"a response":       responseWith(broken),
		"an ACK":           strings.ReplaceAll(inviteWith(broken, ""), "INVITE", "ACK"),
		"ACK in front":     strings.Replace(inviteWith(broken, ""), "INVITE sip", "ACK sip", 1),
		"ACK in CSeq":      strings.Replace(inviteWith(broken, ""), "1 INVITE", "1 ACK", 1),
		"no version":       strings.Replace(inviteWith(broken, ""), "m SIP/2.0", "m", 1),
		"no Via":           strings.Replace(inviteWith(broken, ""), "Via:", "X:", 1),
		"no From":          strings.Replace(inviteWith(broken, ""), "From:", "X:", 1),
		"no To":            strings.Replace(inviteWith(broken, ""), "To:", "X:", 1),
		"no Call-ID":       strings.Replace(inviteWith(broken, ""), "Call-ID:", "X:", 1),
		"no CSeq":          strings.Replace(inviteWith(broken, ""), "CSeq:", "X:", 1),
		"empty Call-ID":    strings.Replace(inviteWith(broken, ""), "Call-ID: c1", "Call-ID: ", 1),
		"too many Via":     inviteWith(broken+strings.Repeat("v: SIP/2.0/UDP h\n", mostVias), ""),
		"an endless value": strings.Replace(inviteWith(broken, ""), "Call-ID: c1", "Call-ID: "+strings.Repeat("c", longestEcho+1), 1),
	} {
		if answer := answerUnparsable(crlf(text)); answer != nil {
			t.Errorf("%s: answer %q", name, answer)
		}
	}
}

func TestOfTwoHeadersWhereOneBelongsTheFirstIsRepeated(t *testing.T) {
	answer := string(answerUnparsable(crlf(inviteWith("Content-Length: -1\nf: <sip:second@h>\nv: SIP/2.0/UDP second\n", ""))))
	if strings.Count(answer, "From:") != 1 || strings.Contains(answer, "second@h") || strings.Count(answer, "Via:") != 2 {
		t.Errorf("answer %q", answer)
	}
}

func TestA400CarriesNoHeaderThatTheSenderSmuggledIn(t *testing.T) {
	claims.Proven(t, "no field of a broken request becomes a header of its answer")
	raw := crlf(inviteWith("", ""))
	raw = bytes.Replace(raw, []byte("To: <sip:100"), []byte("To: \"a\nInjected: x\r\x00\" <sip:100"), 1)
	answer := string(answerUnparsable(raw))
	if answer == "" || strings.Contains(strings.ReplaceAll(answer, "\r\n", ""), "\n") || strings.ContainsAny(strings.ReplaceAll(answer, "\r\n", ""), "\r\x00") {
		t.Errorf("answer %q", answer)
	}
}

func FuzzUnparsable(f *testing.F) {
	f.Add(crlf(inviteWith("Content-Length: -1\n", "v=0\n")))
	f.Add(crlf(strings.Replace(inviteWith("", ""), "To: <", "To:\n \"Mr. <", 1)))
	f.Add([]byte("INVITE SIP/2.0\r\nv:\r\n\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		answer := answerUnparsable(raw)
		if answer == nil {
			return
		}
		if !bytes.HasPrefix(answer, []byte("SIP/2.0 4")) || !bytes.HasSuffix(answer, []byte("\r\nContent-Length: 0\r\n\r\n")) {
			t.Fatalf("answer %q", answer)
		}
		for _, line := range strings.Split(strings.TrimSuffix(string(answer), "\r\n\r\n"), "\r\n")[1:] {
			name, v, ok := strings.Cut(line, ": ")
			if !ok || controls(v) || echoed[strings.ToLower(name)] == "" && name != "Content-Length" {
				t.Fatalf("line %q in %q", line, answer)
			}
		}
		if len(answer) > 2*len(raw)+300 {
			t.Fatalf("%d bytes in, %d bytes out", len(raw), len(answer))
		}
		if m, err := sip.NewParser().ParseSIP(answer); err == nil {
			if _, ok := m.(*sip.Response); !ok {
				t.Fatalf("answer %q", answer)
			}
		}
	})
}
