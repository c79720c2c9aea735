package sip

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

const ping = "\r\n\r\n"

func optionsText(p *peer, n int) string {
	return fmt.Sprintf("OPTIONS sip:x@%s SIP/2.0\r\nVia: SIP/2.0/TCP %s;branch=z9hG4bK%d;rport\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\n"+
		"To: <sip:c@d>\r\nCall-ID: opt-%d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", gatewayAddr, p.addr, n, n)
}

func TestMessagesInAStreamAreFoundHoweverTheyAreCut(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("phone", "203.0.113.20")
		text := optionsText(p, 1) + "\r\n" + optionsText(p, 2) + ping + optionsText(p, 3)
		p.write([]byte(text))
		p.hears(200)
		p.hears(200)
		if m := p.next(); m != nil {
			t.Errorf("got %v, want a pong", m)
		}
		p.hears(200)
		for i := range text {
			p.write([]byte{text[i]})
		}
		for _, want := range []int{200, 200, 0, 200} {
			if m := p.next(); want == 0 && m != nil || want != 0 && statusOfMessage(m) != want {
				t.Errorf("got %v, want %d", m, want)
			}
		}
		p.hearsNothing()
	})
}

func TestAPingIsAnswered(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("phone", "203.0.113.20")
		p.write([]byte("\r\n"))
		p.hearsNothing()
		p.write([]byte("\r\n"))
		if m := p.next(); m != nil {
			t.Errorf("got %v, want a pong", m)
		}
		p.hearsNothing()
	})
}

func TestAStreamThatIsNoSIPIsClosed(t *testing.T) {
	for name, text := range map[string]string{
		"junk":        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"too long":    "OPTIONS sip:x SIP/2.0\r\nX: " + strings.Repeat("x", maxMessage),
		"huge body":   "OPTIONS sip:x SIP/2.0\r\nContent-Length: 4000000000\r\n\r\n",
		"no length":   "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP x;branch=z9hG4bKx\r\n\r\n",
		"broken line": "OPTIONS sip:x SIP/2.0\r\nno colon\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				p := r.connect("phone", "203.0.113.20")
				p.write([]byte(text))
				<-p.ended
			})
		})
	}
}

func TestASilentOrSlowStrangerLosesHisConnection(t *testing.T) {
	for name, c := range map[string]struct {
		first string
		every time.Duration
		want  time.Duration
	}{
		"silent":         {"", 0, messageTime},
		"drop by drop":   {"", time.Second, messageTime},
		"after a call":   {"OPTIONS", 0, strangerTime},
		"slow afterward": {"OPTIONS", time.Second, messageTime},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				p := r.connect("phone", "203.0.113.20")
				if c.first != "" {
					p.write([]byte(optionsText(p, 1)))
					p.hears(200)
				}
				began := time.Now()
				if c.every > 0 {
					tick := time.NewTicker(c.every)
					defer tick.Stop()
					for open := true; open; {
						select {
						case <-p.ended:
							open = false
						case <-tick.C:
							p.write([]byte("O"))
						}
					}
				}
				<-p.ended
				if d := time.Since(began); d < c.want || d > c.want+2*time.Second {
					t.Errorf("closed after %v, want %v", d, c.want)
				}
			})
		})
	}
}

func TestARegisteredPhoneMayBeSilentForLong(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connect("ana", "203.0.113.20")
		p.registers("ana")
		r.pass(30 * time.Minute)
		r.do(toAna)
		p.asked("INVITE")
	})
}

func TestAPeerThatNeverReadsLosesItsConnectionAndNobodyElseNotices(t *testing.T) {
	claims.Proven(t, "limits hold and nothing is kept of strangers: a peer that never reads")
	bubble(t, func(r *rig) {
		c := talking(r)
		conn, err := r.net.dialFrom(netip.MustParseAddr("203.0.113.66"), netip.MustParseAddrPort(gatewayAddr))
		if err != nil {
			t.Fatal(err)
		}
		mute := &peer{r: r, addr: addrPortOf(conn.LocalAddr())}
		sent := make(chan int)
		go func() {
			n := 0
			for ; n < 3*writeQueue; n++ {
				if _, err := conn.Write([]byte(optionsText(mute, n))); err != nil {
					break
				}
			}
			sent <- n
		}()
		if n := <-sent; n >= 3*writeQueue {
			t.Error("the connection stayed open")
		}
		c.ask("OPTIONS", "")
		c.hears(200)
		_ = conn.Close()
	})
}

func TestThereAreOnlySoManyConnections(t *testing.T) {
	claims.Proven(t, "limits hold and nothing is kept of strangers: connections")
	bubble(t, func(r *rig) {
		r.w.connections = 2
		one, two := r.connect("1", "203.0.113.1"), r.connect("2", "203.0.113.2")
		one.registers("ana")
		two.registers("ben")
		three := r.connect("3", "203.0.113.3")
		<-three.ended
		one.close()
		r.settle()
		four := r.connect("4", "203.0.113.4")
		for _, p := range []*peer{two, four} {
			p.write([]byte(optionsText(p, 1)))
			p.hears(200)
		}
	})
}

func TestStrangersWhoHoldEveryConnectionKeepNobodyOut(t *testing.T) {
	bubble(t, func(r *rig) {
		r.w.connections = 3
		known := r.connect("ana", "203.0.113.1")
		known.registers("ana")
		for i := range 2 {
			p := r.connect("stranger", "203.0.113.66")
			p.write([]byte(optionsText(p, i)))
			p.hears(200)
		}
		r.connect("ben", "203.0.113.2").registers("ben")
		r.do(toAna)
		known.asked("INVITE")
	})
}

func TestACallOverTCPGoesOnOverTheConnectionItBeganOn(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := r.connect("ana", "203.0.113.20")
		p.registers("ana")
		r.do(toAna)
		in := p.asked("INVITE")
		if in.Via().Transport != "TCP" {
			t.Errorf("wrong Via:\n%v", in)
		}
		p.answer(in, 200, "a", withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		r.do(call.Hangup{Leg: "out", Cause: call.Normal})
		p.answer(p.asked("BYE"), 200, "", "")
	})
}

func TestACallWhoseConnectionIsGoneGoesOnOverANewOne(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := r.connect("ana", "203.0.113.20")
		p.registers("ana")
		r.do(toAna)
		p.answer(p.asked("INVITE"), 200, "a", "Contact: <sip:ana@203.0.113.20:5060;transport=tcp>\n"+withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		l, err := r.net.listenStream(netip.MustParseAddrPort("203.0.113.20:5060"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		p.close()
		r.reported(call.Missed{Sign: call.Flow, AOR: "ana"})
		r.reported(call.Unbound{AOR: "ana"})
		r.do(call.Hangup{Leg: "out", Cause: call.Normal})
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		again := r.streamPeer("ana", c)
		again.answer(again.asked("BYE"), 200, "", "")
	})
}

func TestNothingIsKeptOfDatagramsFromAnywhere(t *testing.T) {
	bubble(t, func(r *rig) {
		junk, err := r.net.listenPacket(netip.MustParseAddrPort("203.0.113.66:1"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = junk.Close() }()
		for _, text := range []string{"", "\r\n\r\n", "\x00", "junk", "SIP/2.0 200 OK\r\n\r\n", "INVITE sip:x SIP/2.0\r\n\r\n"} {
			if _, err := junk.WriteToUDPAddrPort([]byte(text), netip.MustParseAddrPort(gatewayAddr)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 200 {
			p := r.peer("spoofed", fmt.Sprintf("203.0.113.%d:%d", 1+i%50, 2000+i))
			c := p.caller("ana")
			c.ask([]string{"OPTIONS", "REGISTER", "INVITE", "BYE"}[i%4], "")
			p.next()
			p.hearsNothing() // one answer for one request
		}
		done := make(chan int)
		r.w.desk.in.put(func() { done <- len(r.w.desk.tx.servers) })
		if n := <-done; n != 0 {
			t.Errorf("%d transactions of strangers are kept", n)
		}
		if n := len(r.w.queues) + len(r.w.streams); n != 0 {
			t.Errorf("%d queues and streams are kept", n)
		}
		r.nothingReported()
	})
}

func TestAHeaderThatGoesOnInTheNextSegmentIsOneHeader(t *testing.T) {
	first, second, _ := strings.Cut(optionsWith("Subject: a\n b\nContent-Length: 0\n"), "a\n")
	all, broken := framed(crlf(first+"a\n"), crlf(second))
	if broken || len(all) != 1 || !strings.Contains(all[0], "Subject: a b\r\n") {
		t.Errorf("%q (broken: %t)", all, broken)
	}
}
