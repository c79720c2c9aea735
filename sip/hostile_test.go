package sip

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

// kept is what a gateway holds in memory for its peers.
type kept struct{ queues, legs, streams, transactions, nonces, contacts, watches int }

func (g *wild) kept() kept {
	g.Helper()
	open := make(chan int, 1)
	g.w.desk.in.put(func() { open <- len(g.w.desk.tx.servers) + len(g.w.desk.tx.clients) })
	k := kept{transactions: <-open}
	watches := make(chan int, 1)
	g.w.board.in.put(func() {
		open <- len(g.w.board.tx.servers) + len(g.w.board.tx.clients)
		watches <- len(g.w.board.watches) + len(g.w.board.said)
	})
	k.transactions += <-open
	k.watches = <-watches
	g.w.mu.Lock()
	k.queues, k.legs, k.streams = len(g.w.queues), len(g.w.legs), len(g.w.streams)
	g.w.mu.Unlock()
	g.w.guard.nonces.mu.Lock()
	k.nonces = g.w.guard.nonces.size
	g.w.guard.nonces.mu.Unlock()
	k.contacts = len(g.w.Phones())
	return k
}

// oneCall is what is kept when nothing but callQuietly has happened.
var oneCall = kept{queues: 1, legs: 1}

// eventually asks again and again, with a round trip to the gateway in between, until something is so.
func (g *wild) eventually(what string, so func() bool) {
	g.Helper()
	p := g.from(stranger)
	for end := time.Now().Add(patience); !so(); {
		if time.Now().After(end) {
			g.Fatalf("never: %s (kept is %+v)", what, g.kept())
		}
		p.fence()
	}
}

func TestAPeerThatNeverReadsItsConnectionLosesItAndStopsNobodyElse(t *testing.T) {
	g := newWild(t)
	quiet := g.callQuietly()
	deaf := g.stream(stranger)
	if err := deaf.conn.SetWriteDeadline(time.Now().Add(3 * patience)); err != nil {
		t.Fatal(err)
	}
	other, friend := g.stream(stranger), g.from(stranger)
	many := bytes.Repeat(crlf(deaf.words("OPTIONS", "100", "deaf", "Content-Length: 0\n\n")), 200)
	for n := 0; ; n++ {
		if _, err := deaf.conn.Write(many); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal("the connection of a peer that does not read is kept")
			}
			break
		}
		if n%10 == 0 {
			friend.fence()
			other.fence()
		}
	}
	friend.fence()
	other.fence()
	g.eventually("only the other connection is left", func() bool { return g.kept().streams == 1 })
	quiet.undisturbed()
}

func TestAFloodOfStrangersIsAnsweredAndNothingIsKeptOfIt(t *testing.T) {
	claims.Proven(t, "limits hold and nothing is kept of strangers: requests of every kind")
	g := newWild(t)
	quiet := g.callQuietly()
	p := g.from(stranger)
	for i := range 100 {
		for n := range 50 {
			method := []string{"INVITE", "OPTIONS", "REGISTER", "BYE", "CANCEL", "ACK", "SUBSCRIBE", "UPDATE", "PUBLISH"}[n%9]
			p.say(p.words(method, "ana", fmt.Sprintf("flood-%d-%d", i, n), ""))
		}
		for _, m := range p.fence() {
			if s := status(m); s != 200 && s != 401 && s != 405 && s != 481 && s != 503 {
				t.Fatalf("answer to a flood:\n%s", m)
			}
		}
	}
	if k := g.kept(); k != oneCall {
		t.Errorf("kept of strangers: %+v", k)
	}
	quiet.undisturbed()
}

func TestOfManySourceAddressesNothingIsKept(t *testing.T) {
	claims.Proven(t, "limits hold and nothing is kept of strangers: source addresses")
	g := newWild(t)
	quiet := g.callQuietly()
	for i := range 400 {
		p := g.from(fmt.Sprintf("127.1.%d.%d", i/200, i%200+1))
		for _, method := range []string{"INVITE", "REGISTER", "BYE", "CANCEL", "SUBSCRIBE", "PUBLISH"} {
			p.say(p.words(method, "ana", fmt.Sprintf("spoofed-%d-%s", i, method), ""))
		}
		p.send([]byte("junk"))
		// A proof that is wrong, with a nonce that is right.
		wrong := goodProof(g.w.guard)
		wrong.password = "guess"
		p.say(p.words("REGISTER", "ana", fmt.Sprintf("guess-%d", i), wrong.line()))
		p.fence()
		_ = p.conn.Close()
	}
	if k := g.kept(); k != oneCall {
		t.Errorf("kept of 400 addresses: %+v", k)
	}
	quiet.undisturbed()
}

func TestJunkInDatagramsIsDroppedOrRefused(t *testing.T) {
	g := newWild(t)
	quiet := g.callQuietly()
	p := g.from(stranger)
	seed := rand.New(rand.NewPCG(1, 2))
	whole := crlf(p.words("INVITE", "ana", "cut", sdp+"Content-Length: 5\n\nv=0\n"))
	var junk [][]byte
	for i := range whole {
		junk = append(junk, whole[:i], whole[i:])
	}
	for range 2000 {
		b := append([]byte(nil), whole...)
		for range 1 + seed.IntN(8) {
			b[seed.IntN(len(b))] = byte(seed.IntN(256))
		}
		junk = append(junk, b)
	}
	for n := range 200 {
		b := make([]byte, n*n)
		for i := range b {
			b[i] = byte(seed.IntN(256))
		}
		junk = append(junk, b)
	}
	junk = append(junk, []byte("\r\n\r\n"), []byte("\r\n"), []byte{0}, []byte("SIP/2.0 200 OK\r\n\r\n"), bytes.Repeat([]byte{'\r', '\n'}, 30_000),
		bytes.Repeat([]byte("A"), 65_000), []byte("INVITE "+strings.Repeat("x", 60_000)+" SIP/2.0\r\n\r\n"),
		crlf(p.words("OPTIONS", "ana", "many", strings.Repeat("X: y\n", 12_000)+"\n")),
		crlf(p.words("OPTIONS", "ana", "folded", "X: y"+strings.Repeat("\n ", 25_000)+"\n\n")),
		crlf(p.words("OPTIONS", "ana", "vias", strings.Repeat("v: SIP/2.0/UDP h\n", 3_500)+"\n")),
		crlf(p.words("OPTIONS", "ana", "commas", "v: SIP/2.0/UDP h"+strings.Repeat(",SIP/2.0/UDP h", 4_000)+"\n\n")),
		crlf(p.words("REGISTER", "ana", "contacts", "m: sip:a@b"+strings.Repeat(",sip:a@b", 7_000)+"\n\n")))
	for i, b := range junk {
		p.send(b)
		if i%20 != 0 && len(b) < 20_000 {
			continue
		}
		for _, m := range p.fence() {
			if status(m) < 200 || status(m) > 599 {
				t.Fatalf("answer to junk:\n%s", m)
			}
		}
	}
	g.eventually("nothing is left of junk", func() bool { return g.kept() == oneCall })
	quiet.undisturbed()
}

func TestAConnectionThatSpeaksNoSIPIsClosedAndNoOtherOne(t *testing.T) {
	g := newWild(t)
	quiet := g.callQuietly()
	other := g.stream(stranger)
	other.fence()
	head := "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n"
	for name, text := range map[string]string{
		"HTTP":                    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"bytes":                   "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n",
		"no Content-Length":       head + "\r\n",
		"negative Content-Length": head + "Content-Length: -1\r\n\r\n",
		"endless Content-Length":  head + "Content-Length: 4294967295\r\n\r\n",
		"huge Content-Length":     head + "Content-Length: 999999999999999999999\r\n\r\n",
		"endless header":          head + "X: " + strings.Repeat("y", 1<<20),
		"endless headers":         head + strings.Repeat("X: y\r\n", 1<<17),
		"endless start line":      strings.Repeat("INVITE", 1<<18),
		"control in a header":     head + "To: \"a\x00\" <sip:b@h>\r\n\r\n",
	} {
		p := g.stream(stranger)
		p.send([]byte(text))
		for {
			m, ok := p.hears()
			if !ok {
				break
			}
			if status(m) < 400 {
				t.Errorf("%s was answered by\n%s", name, m)
			}
		}
	}
	other.fence()
	g.eventually("the other connection alone is left", func() bool { return g.kept().streams == 1 })
	quiet.undisturbed()
}

func TestAStreamMayBeCutAnywhereAndTheMessagesArriveInOrder(t *testing.T) {
	g := newWild(t)
	p := g.stream(stranger)
	var all []byte
	for i := range 20 {
		all = append(all, crlf(p.words("OPTIONS", "ana", fmt.Sprint("piece-", i), "Content-Length: 0\n\n"))...)
	}
	for i := 0; i < len(all); i += 7 {
		p.send(all[i:min(i+7, len(all))])
	}
	for i := range 20 {
		if m, ok := p.hears(); !ok || status(m) != 200 || lineOf(m, "Call-ID") != fmt.Sprint("piece-", i) {
			t.Fatalf("answer %d is\n%s", i, m)
		}
	}
}

func TestAMessageWithoutAMandatoryHeaderIsNoCrash(t *testing.T) {
	g := newWild(t)
	quiet := g.callQuietly()
	for _, host := range []string{stranger, roughly} {
		p := g.from(host)
		for _, method := range []string{"REGISTER", "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "UPDATE", "INFO", "PRACK", "NONSENSE"} {
			for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Contact"} {
				text := p.words(method, "ana", "without-"+name+"-"+method, "")
				at := strings.Index(text, "\n"+name+":")
				end := at + 1 + strings.IndexByte(text[at+1:], '\n')
				p.say(text[:at] + text[end:])
				for _, m := range p.fence() {
					id := lineOf(m, "Call-ID")
					if id != "" && id != "without-"+name+"-"+method {
						continue // an INVITE that was let in is answered when the core has decided
					}
					if method == "ACK" || name != "Max-Forwards" && name != "Contact" && status(m) != 400 {
						t.Errorf("%s without %s was answered by\n%s", method, name, m)
					}
				}
			}
		}
		for _, half := range []string{"SIP/2.0 200 OK\n", "SIP/2.0 200 OK\nCall-ID: quiet-call\n", "SIP/2.0 200 OK\nCall-ID: quiet-call\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\n"} {
			p.say(half)
		}
		p.fence()
	}
	quiet.undisturbed()
}

func TestConnectionsThatNeverFinishAMessageAreClosedInTime(t *testing.T) {
	claims.Proven(t, "limits hold and nothing is kept of strangers: connections that never finish a message")
	bubble(t, func(r *rig) {
		began := time.Now()
		silent, half, drop := r.connect("silent", "203.0.113.1"), r.connect("half", "203.0.113.2"), r.connect("drop", "203.0.113.3")
		half.write([]byte("INVITE sip:x SIP/2.0\r\nVia: "))
		stop := make(chan struct{})
		go func() {
			defer close(stop)
			for {
				select {
				case <-drop.ended:
					return
				case <-time.After(time.Second):
					drop.write([]byte("X")) // a byte now and then does not help
				}
			}
		}()
		<-half.ended
		<-drop.ended
		<-stop
		if d := time.Since(began); d > messageTime+2*time.Second {
			t.Errorf("half a message holds a connection for %v", d)
		}
		<-silent.ended
		if d := time.Since(began); d > strangerTime+2*time.Second {
			t.Errorf("silence holds a connection for %v", d)
		}
		r.settle()
		r.w.mu.Lock()
		defer r.w.mu.Unlock()
		if len(r.w.streams) != 0 {
			t.Errorf("%d connections are kept", len(r.w.streams))
		}
	})
}

func TestAPhoneWhoseConnectionDiesAfterAChallengeIsUnboundAtOnce(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("ana", "203.0.113.1")
		p.registers("ana")
		c := p.caller("")
		c.target = "sip:" + realm
		c.ask("REGISTER", "")
		c.hears(401)
		p.close()
		r.reported(call.Missed{Sign: call.Flow, AOR: "ana"})
		r.reported(call.Unbound{AOR: "ana"})
	})
}

// evil is a value that would become a header, the end of a message, or a part of a URI.
const evil = "x\r\nX-Injected: 1\r\n\r\nINVITE>\";tag=9?Route=y@z\n\x00"

// injected says what is wrong with a message that was made with evil in it.
func injected(message string) string {
	head, body, _ := strings.Cut(message, "\r\n\r\n")
	for i, line := range strings.Split(head, "\r\n") {
		name, _, ok := strings.Cut(line, ":")
		if strings.EqualFold(strings.TrimSpace(name), "X-Injected") || i > 0 && !ok {
			return "a header was injected"
		}
		if controls(line) {
			return "a line break got into a header"
		}
	}
	if strings.Contains(body, "X-Injected") {
		return "the head ended early"
	}
	if _, err := newParser().ParseSIP([]byte(message)); err != nil {
		return "it cannot be read: " + err.Error()
	}
	return ""
}

func TestNoValueThatAnyoneGivesUsBecomesAHeader(t *testing.T) {
	claims.Proven(t, "no value that anybody gives us becomes a header: names, numbers, texts, contacts, paths, fields of the API")
	phone, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.4:0")))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = phone.Close() }()
	g := newWild(t, func(o *Options) {
		o.Trunks = append(o.Trunks, Trunk{Name: "out", URI: "sip:" + phone.LocalAddr().String()})
	})
	// heard reads what the phone gets, until a method.
	heard := func(method string) string {
		t.Helper()
		buf := make([]byte, 64<<10)
		for {
			if err := phone.SetReadDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			n, err := phone.Read(buf)
			if err != nil {
				t.Fatalf("no %s: %v", method, err)
			}
			m := string(buf[:n])
			if why := injected(m); why != "" {
				t.Errorf("%s:\n%q", why, m)
			}
			if strings.HasPrefix(m, method+" ") {
				return m
			}
		}
	}
	answer := func(request string, status int, more string) {
		t.Helper()
		text := fmt.Sprintf("SIP/2.0 %d x\n", status)
		for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
			v := lineOf(request, name)
			if name == "To" && !strings.Contains(v, ";tag=") {
				v += ";tag=phone"
			}
			text += name + ": " + v + "\n"
		}
		if _, err := phone.WriteToUDPAddrPort(crlf(text+more), g.udp); err != nil {
			t.Fatal(err)
		}
	}
	// What the core and its people give: number, names, target, text.
	for i, d := range []call.Dial{
		{Target: call.Target{Device: call.PSTN, Number: "+4930" + evil, Trunk: "out"}, From: call.Party{Number: evil, Name: evil}},
		{Target: call.Target{Device: call.PSTN, Number: evil, Trunk: "out"}, From: call.Party{Name: evil}},
	} {
		d.Leg = call.LegID(fmt.Sprint("evil-", i))
		g.w.Do(d)
		invite := heard("INVITE")
		answer(invite, 200, "Contact: <sip:phone@"+phone.LocalAddr().String()+">\n"+strings.TrimSuffix(sdp, "\n")+"\nContent-Length: 5\n\nv=0\n")
		heard("ACK")
		if e := g.happens(); e != (call.Answered{Leg: d.Leg}) {
			t.Fatalf("reported %T%+v", e, e)
		}
		g.w.Do(call.Hangup{Leg: d.Leg, Cause: call.Forced, Text: evil})
		answer(heard("BYE"), 200, "Content-Length: 0\n\n")
		if e := g.happens(); e != (call.Ended{Leg: d.Leg, How: call.HungUp, Cause: call.Forced}) {
			t.Fatalf("reported %T%+v", e, e)
		}
	}
	// What a caller gives: it is shown to the core without anything that could break a line, and rings a phone so.
	c := g.from(calmHost)
	c.say(strings.Replace(c.words("INVITE", "100%0d%0aX-Injected:1", "named", withSDP), "From: ", "From: \"A\\\x0b\\\x00%0d%0a\\\"B\" ", 1))
	in, ok := g.happens().(call.Invited)
	if !ok || controls(in.From.Name+in.From.Number+in.To) {
		t.Fatalf("reported %+v", in)
	}
	g.w.Do(call.Dial{Leg: "shown", Target: call.Target{Device: call.PSTN, Number: in.To, Trunk: "out"}, From: in.From})
	invite := heard("INVITE")
	answer(invite, 486, "Content-Length: 0\n\n")
	heard("ACK")
	g.w.Do(call.Reject{Leg: in.Leg, Cause: call.Busy})
	if m := c.answered("named"); injected(m) != "" || status(m) != 486 {
		t.Errorf("%s:\n%q", injected(m), m)
	}
}

func TestNoValueOfAPhoneOrItsRegistrationBecomesAHeader(t *testing.T) {
	claims.Proven(t, "no value that anybody gives us becomes a header: names, numbers, texts, contacts, paths, fields of the API")
	g := newWild(t)
	p := g.from(stranger)
	for _, lines := range []string{
		"User-Agent: a\nb\x00", "m: \"\\\x00\" <sip:x%0d%0aX-Injected:1@h;x=%0a>;+sip.instance=\"<urn:\\\x01>\"", "Path: <sip:p%0d%0aX-Injected:1;lr>",
		"m: <sip:a@h>;+sip.instance=\"\\\x02\"", "m: <sip:a@h>;reg-id=\"\\\x03\"",
	} {
		text := p.words("REGISTER", "ana", "evil", "")
		proof := goodProof(g.w.guard)
		proof.uri = "sip:ana@" + realm
		// The LF in the first one is bare, as no line break of ours is.
		raw := append(bytes.TrimSuffix(crlf(text+strings.TrimSuffix(proof.line(), "\n")+"\n"), []byte("\r\n\r\n")), lines+"\r\n\r\n"...)
		p.send(raw)
		for _, m := range p.fence() {
			if why := injected(m); why != "" {
				t.Errorf("%q: %s:\n%q", lines, why, m)
			}
		}
	}
}
