package sip

import (
	"bytes"
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/miekg/dns"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// fuzzed is a wire whose peers are the fuzzer: what they send goes the whole way, and what comes back is judged.
type fuzzed struct {
	w       *Wire
	mu      sync.Mutex
	answers [][]byte
}

func newFuzzed(f *testing.F) *fuzzed {
	z := &fuzzed{}
	o := Options{
		Domain: realm, Listen: []string{"udp:192.0.2.1:5060"}, Audio: newFakeAudio(), Log: zap.NewNop(), Secrets: secretOf, Legs: 50,
		Trunks: []Trunk{{Name: "north", URI: "sip:198.51.100.7", AcceptFrom: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}}},
		Report: func(e call.Event) {
			if in, ok := e.(call.Invited); ok {
				z.w.Do(call.Reject{Leg: in.Leg, Cause: call.Busy})
			}
		},
	}
	w, err := start(o, newMemory(), nil)
	if err != nil {
		f.Fatal(err)
	}
	z.w = w
	f.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // nobody answers
		_ = w.Close(ctx)
	})
	return z
}

// from is a source over UDP whose answers are kept.
func (z *fuzzed) from(addr string) source {
	src := source{network: "UDP", local: z.w.listeners[0].local, remote: netip.MustParseAddrPort(addr)}
	src.flow = &flow{network: "UDP", local: src.local, remote: src.remote, trace: z.w.trace, send: func(b []byte) error {
		z.mu.Lock()
		defer z.mu.Unlock()
		z.answers = append(z.answers, bytes.Clone(b))
		return nil
	}}
	return src
}

// taken returns what was answered since it was asked last.
func (z *fuzzed) taken() [][]byte {
	z.mu.Lock()
	defer z.mu.Unlock()
	all := z.answers
	z.answers = nil
	return all
}

// FuzzDatagram sends datagrams the whole way, from a stranger and from a trunk: nothing breaks, every answer can be read and has
// no header that it should not have, and nothing is kept of strangers.
func FuzzDatagram(f *testing.F) {
	_, messages := torture(f)
	for _, m := range messages {
		f.Add(m)
	}
	for _, text := range torture5118 {
		f.Add(crlf(text))
	}
	f.Add(crlf(inviteWith(sdp, "v=0\n")))
	f.Add(crlf(registerText("ana", 1, "Authorization: Digest username=\"ana\", realm=\""+realm+"\", nonce=\"x\", uri=\"sip:"+realm+"\", response=\"0\", cnonce=\"c\", qop=auth, nc=00000001\n")))
	f.Add(crlf(strings.ReplaceAll(optionsWith("Event: presence\nExpires: 60\nAccept: application/pidf+xml\n"), "OPTIONS", "SUBSCRIBE")))
	z := newFuzzed(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		z.taken()
		z.w.datagram(bytes.Clone(raw), z.from("203.0.113.9:5060"))
		z.w.mu.Lock()
		kept := len(z.w.queues) + len(z.w.legs)
		z.w.mu.Unlock()
		judgeAnswers(t, z, raw)
		z.w.datagram(bytes.Clone(raw), z.from("198.51.100.7:5060"))
		judgeAnswers(t, z, raw)
		z.w.mu.Lock()
		defer z.w.mu.Unlock()
		if kept > 8*z.w.o.Legs {
			t.Fatalf("%d queues and legs", kept)
		}
	})
}

// judgeAnswers looks at everything that was answered so far.
func judgeAnswers(t *testing.T, z *fuzzed, raw []byte) {
	t.Helper()
	if n := z.w.panics.Load(); n != 0 {
		t.Fatalf("%d bugs were caught; the last message was %q", n, raw)
	}
	for _, answer := range z.taken() {
		head, _, whole := bytes.Cut(answer, []byte("\r\n\r\n"))
		if !whole {
			t.Fatalf("an answer without an end: %q", answer)
		}
		for line := range bytes.SplitSeq(head, []byte("\r\n")) {
			if controls(string(line)) {
				t.Fatalf("a control character within a line: %q", answer)
			}
		}
	}
}

// FuzzStream cuts a stream in two at any place: what is read of it must not depend on that.
func FuzzStream(f *testing.F) {
	f.Add(crlf(optionsWith("")), 10)
	f.Add(append(crlf(inviteWith(sdp+"Content-Length: 5\n", "v=0\n")), crlf("\n\n"+optionsWith("Content-Length: 0\n"))...), 100)
	f.Add([]byte("\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n"), 3)
	f.Fuzz(func(t *testing.T, data []byte, at int) {
		if len(data) > maxMessage {
			return
		}
		at = max(0, min(at, len(data)))
		whole, broken := framed(data)
		parts, brokenToo := framed(data[:at], data[at:])
		if broken != brokenToo || strings.Join(whole, "") != strings.Join(parts, "") {
			t.Fatalf("in one piece %q (broken: %t), in two %q (broken: %t)", whole, broken, parts, brokenToo)
		}
	})
}

// framed reads pieces of a stream and returns the messages in it.
func framed(pieces ...[]byte) (all []string, broken bool) {
	frame := framing{parser: newParser().NewSIPStream(), pong: func() error { return nil }}
	defer frame.parser.Close()
	for _, p := range pieces {
		if len(p) == 0 {
			continue
		}
		if frame.feed(bytes.Clone(p), func(m sip.Message) { all = append(all, m.String()) }) != nil {
			return all, true
		}
	}
	return all, false
}

// FuzzHeader reads a header that we read ourselves: what is taken can be written and read again, and is the same then.
func FuzzHeader(f *testing.F) {
	for _, name := range []string{"Via", "From", "To", "Contact", "CSeq"} {
		f.Add(name, `"A \"B\" C" <sip:a%40b@[::1]:5060;lr?X=y>;tag=1;q="0.5"`)
	}
	f.Add("Via", "SIP / 2.0 / UDP first.example.com : 4000 ;ttl=16 ;maddr=224.2.0.1;branch=z9hG4bKa7c6a8dlze.1")
	f.Add("CSeq", "0009\t INVITE")
	f.Add("Contact", "*")
	parser := newParser()
	f.Fuzz(func(t *testing.T, name, text string) {
		known := []string{"via", "v", "from", "f", "to", "t", "contact", "m", "cseq"}
		if !slices.Contains(known, strings.ToLower(name)) || strings.ContainsAny(text, "\r\n") {
			return // of the others validation looks at the text
		}
		read := func(text string) (string, bool) {
			m, err := parser.ParseSIP([]byte("OPTIONS sip:a@b SIP/2.0\r\n" + name + ": " + text + "\r\n\r\n"))
			if err != nil {
				return "", false
			}
			var lines []string
			for _, h := range m.(*sip.Request).Headers() {
				if controls(h.Value()) {
					t.Fatalf("%s: %q came in", name, h.Value())
				}
				lines = append(lines, h.Value())
			}
			return strings.Join(lines, ", "), true
		}
		once, ok := read(text)
		if !ok || once == "" {
			return
		}
		if twice, ok := read(once); !ok || twice != once {
			t.Fatalf("%s: %q was written as %q and read as %q (%t)", name, text, once, twice, ok)
		}
	})
}

// FuzzURI reads URIs: what is taken is written so that it is taken again as the same.
func FuzzURI(f *testing.F) {
	for _, u := range []string{"sip:a@b", "sips:%00@[2001:db8::1]:5061;lr;transport=tcp?Route=%3Csip:x%3E", "tel:+49-30;phone-context=x", "sip:user@[2001:db8:::192.0.2.1]", "urn:service:sos", "*"} {
		f.Add(u)
	}
	f.Fuzz(func(t *testing.T, text string) {
		uri, err := parseURI(text)
		if err != nil || uri.Wildcard || controls(text) {
			return
		}
		again, err := parseURI(uri.String())
		if err != nil || again.String() != uri.String() {
			t.Fatalf("%q became %q, and that %q (%v)", text, uri.String(), again.String(), err)
		}
		if isSIP(&uri) && !sameURI(&uri, &again) {
			t.Fatalf("%q is another than itself", text)
		}
	})
}

// FuzzChallenge answers challenges of a trunk: no field of them becomes a header of its own.
func FuzzChallenge(f *testing.F) {
	f.Add(`Digest realm="a", nonce="b", qop="auth,auth-int", algorithm=SHA-256, opaque="c", stale=true`, "gw", 401)
	f.Add(`Digest realm="\"", nonce="b", algorithm=MD5`, "g\"w\r\nX: y", 407)
	f.Fuzz(func(t *testing.T, challenge, user string, status int) {
		req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", User: "1", Host: "x"})
		res := sip.NewResponse(status, "x")
		for _, name := range []string{"WWW-Authenticate", "Proxy-Authenticate"} {
			res.AppendHeader(sip.NewHeader(name, challenge))
		}
		if answerChallenge(req, res, user, "secret of the trunk") != nil {
			return
		}
		text := req.String()
		if strings.Contains(text, "secret of the trunk") || strings.Count(text, "\r\n") != 3 || controls(strings.ReplaceAll(text, "\r\n", "")) {
			t.Fatalf("%q", text)
		}
	})
}

// FuzzReplaces reads names of dialogs.
func FuzzReplaces(f *testing.F) {
	f.Add("a@b;to-tag=1;from-tag=2;early-only")
	f.Add("a%00;to-tag=\"1\";from-tag=")
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := parseReplaces(text); err == nil && (r.callID == "" || controls(text)) {
			t.Fatalf("%q is %+v", text, r)
		}
	})
}

// FuzzNonce asks for nonces that we never made.
func FuzzNonce(f *testing.F) {
	mine, other := newNonces(newClock().now), newNonces(newClock().now)
	f.Add(other.make("192.0.2.7:5060"), "192.0.2.7:5060")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, nonce, asker string) {
		if mine.sent(nonce, asker) || mine.use(nonce, 1) {
			t.Fatalf("%q is ours", nonce)
		}
	})
}

// FuzzStored reads dialogs that somebody stored.
func FuzzStored(f *testing.F) {
	raw, err := (&Dialog{Version: 1, CallID: "a", LocalTag: "1", RemoteTag: "2"}).encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"Version": 1, "Routes": [null], "RemoteTarget": 7}`))
	f.Fuzz(func(_ *testing.T, raw []byte) { _, _ = decodeDialog(raw) })
}

// FuzzMasked hides secrets of messages that may be broken.
func FuzzMasked(f *testing.F) {
	f.Add("REGISTER sip:x SIP/2.0\r\nAuthorization: Digest response=\"KEY\"\r\n\r\n")
	f.Add("INFO sip:x SIP/2.0\r\n\r\nSignal=KEY\r\n")
	f.Fuzz(func(t *testing.T, message string) {
		if got := masked(message); len(got) > len(message)+3*strings.Count(message, "\n")+16 {
			t.Fatalf("%q became %q", message, got)
		}
	})
}

// FuzzCaller reads what a trusted trunk and a phone say about who calls, and the timers that they ask for.
func FuzzCaller(f *testing.F) {
	f.Add("P-Asserted-Identity: \"A\" <sip:+49301;verstat=TN-Validation-Passed@x>, <tel:+49302>\nPrivacy: id;critical\nSession-Expires: 1800;refresher=uac\nMin-SE: 90\n")
	f.Add("Diversion: <sip:1@x>;reason=no-answer\nHistory-Info: <sip:2@x;cause=302>;index=1.1\nRemote-Party-ID: <sip:3@x>;privacy=full\n")
	f.Add("P-Asserted-Identity: \"\\\x00\" <sip:%0d%0a@x>\nx: 99999999999;refresher=\nIdentity: a;info=<x>\n")
	parser := newParser()
	f.Fuzz(func(t *testing.T, lines string) {
		m, err := parser.ParseSIP(crlf(inviteWith(strings.TrimRight(lines, "\n")+"\n", "")))
		if err != nil {
			return
		}
		req, is := m.(*sip.Request)
		if !is || validateRequest(req) != nil {
			return
		}
		for _, trunk := range []*trunk{nil, agreed(Trunk{Trusted: true}), agreed(Trunk{})} {
			who := identify(req, trunk)
			for _, v := range []string{who.from.Name, who.from.Number, who.diverted.Number, who.attested} {
				if controls(scrubName(v)) || controls(scrubUser(v)) {
					t.Fatalf("%q", v)
				}
			}
			if trunk == nil && who.attested != "" {
				t.Fatalf("a phone vouches for itself: %+v", who)
			}
		}
		if d, _, ok := delta(req, "Session-Expires"); ok && (d < 0 || d > longestSession) {
			t.Fatalf("a session of %v", d)
		}
		tooShort(req)
	})
}

// FuzzNames arranges what a name server may say.
func FuzzNames(f *testing.F) {
	m := new(dns.Msg)
	for _, text := range []string{"a. 1 IN SRV 1 0 5060 b.", "a. 1 IN SRV 1 65535 5060 c.", "a. 1 IN NAPTR 1 1 \"s\" \"SIP+D2U\" \"\" _sip._udp.a."} {
		record, err := dns.NewRR(text)
		if err != nil {
			f.Fatal(err)
		}
		m.Answer = append(m.Answer, record)
	}
	raw, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw, 7)
	z := newFuzzed(f)
	f.Fuzz(func(t *testing.T, raw []byte, lot int) {
		m := new(dns.Msg)
		if m.Unpack(raw) != nil {
			return
		}
		srv := 0
		for _, record := range m.Answer {
			switch record := record.(type) {
			case *dns.SRV:
				if record.Port > 0 {
					srv++
				}
			case *dns.NAPTR:
				z.w.serviceIn(record, hop{})
			}
		}
		list := arrange(m.Answer, func(n int) int { return max(lot, -lot, 0) % n })
		if len(list) != srv || !slices.IsSortedFunc(list, func(a, b *dns.SRV) int { return int(a.Priority) - int(b.Priority) }) {
			t.Fatalf("%d of %d: %v", len(list), srv, list)
		}
	})
}

// FuzzKept takes legs and contacts up that some process kept, or that are damaged: nothing in them stops a start.
func FuzzKept(f *testing.F) {
	for _, seed := range []string{
		`{"Version":1,"Up":true,"Dialog":{"Version":1,"CallID":"a","LocalTag":"b","RemoteTag":"c","LocalURI":"sip:a@b","RemoteURI":"sip:c@d","Target":"sip:c@d","Contact":"sip:x@y","Network":"UDP","Local":"192.0.2.1:5060","Remote":"198.51.100.7:5060","Trunk":"north","Timer":{"Interval":1,"Refreshes":true}}}`,
		`{"Version":1,"Dialog":{"Version":1,"CallID":"a","LocalTag":"b"},"Byes":[{"Dialog":{"Version":1,"CallID":"a","LocalTag":"b"},"Reason":"x"}],"Calling":"ana","Referral":{"Event":"refer"}}`,
		`{"Version":1,"Invites":[{"Network":"UDP","Local":"192.0.2.1:5060","Remote":"198.51.100.7:5060","Request":"SU5WSVRFIHNpcDphQGIgU0lQLzIuMA0KVmlhOiBTSVAvMi4wL1VEUCBhO2JyYW5jaD16OWhHNGJLeA0KRnJvbTogPHNpcDphQGI+O3RhZz14DQpUbzogPHNpcDphQGI+DQpDYWxsLUlEOiB5DQpDU2VxOiAxIElOVklURQ0KTWF4LUZvcndhcmRzOiA3MA0KQ29udGVudC1MZW5ndGg6IDANCg0K"}]}`,
		`{"Version":1,"Dialog":{"Version":1,"CallID":"y","LocalTag":"b"},"Accepted":{"Network":"TCP","Invite":"","Response":""}}`,
		`{"Version":1,"Bindings":[{"URI":"sip:ana@203.0.113.20","Network":"UDP","Local":"192.0.2.1:5060","Remote":"203.0.113.20:5060","Address":"203.0.113.20","Expires":"2100-01-01T00:00:00Z"}]}`,
		`{"Version":1,"Up":false,"Problem":"x"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		synctest.Test(t, func(t *testing.T) {
			inRig(t, nil, func(r *rig) {
				r.w.Abandon()
				r.calls.Store(true)
				r.rise(func(o *Options) {
					o.Kept = map[call.LegID][]byte{"one": raw}
					o.Contacts = map[string][]byte{"aor:ana": raw, "trunk:north": raw, "watch:x": raw, "seal": raw}
				})
				go func() {
					for range r.events {
					}
				}()
				r.do(toAna)
				r.do(call.Hangup{Leg: "one", Cause: call.Normal})
				r.pass(3 * time.Minute)
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				defer cancel()
				_ = r.w.Close(ctx)
				close(r.events)
			})
		})
	})
}
