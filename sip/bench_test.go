package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"telagent-gateway/call"
)

// cpu returns the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// benchmark is a gateway on real sockets that answers every call, and one peer of it.
type benchmark struct {
	*testing.B
	w    *Wire
	conn *net.UDPConn
	buf  []byte
}

func newBenchmark(b *testing.B) *benchmark {
	b.Helper()
	g := &benchmark{B: b, buf: make([]byte, 64<<10)}
	r := &rig{audio: newFakeAudio()}
	o := r.options()
	o.Listen, o.Audio = []string{"udp:127.0.0.1:0"}, stillAudio{}
	o.Trunks[0].AcceptFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.7/32")}
	o.Ladders = 64 << 20 // as the gateway
	started := make(chan struct{})
	o.Report = func(e call.Event) {
		if in, ok := e.(call.Invited); ok {
			<-started
			g.w.Do(call.Answer{Leg: in.Leg})
		}
	}
	w, err := Start(o)
	if err != nil {
		b.Fatal(err)
	}
	g.w = w
	close(started)
	to := net.UDPAddrFromAddrPort(w.listeners[0].local)
	if g.conn, err = net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 7)}, to); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = g.conn.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = w.Close(ctx) // calls that stay up are not waited for
	})
	return g
}

// ask sends a request and returns the first answer whose status is not below want.
func (g *benchmark) ask(want int, format string, args ...any) string {
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\r\n")
	if _, err := g.conn.Write([]byte(text)); err != nil {
		g.Fatal(err)
	}
	for want > 0 {
		n, err := g.conn.Read(g.buf)
		if err != nil {
			g.Fatal(err)
		}
		if answer := string(g.buf[:n]); status(answer) >= want {
			return answer
		}
	}
	return ""
}

// measure runs one unit of work after the other and reports what one costs, both sides together.
func (g *benchmark) measure(unit func(i int)) {
	g.ReportAllocs()
	g.ResetTimer()
	before := cpu(g.B)
	for i := range g.N {
		unit(i)
	}
	g.ReportMetric(float64((cpu(g.B)-before).Nanoseconds())/1000/float64(g.N), "cpu-µs/op")
}

// BenchmarkCallSetup is one call from a trunk: INVITE, 100, 200, ACK, BYE, 200.
func BenchmarkCallSetup(b *testing.B) {
	g := newBenchmark(b)
	const headers = "Via: SIP/2.0/UDP 127.0.0.7:5060;branch=z9hG4bK%s%d;rport\nFrom: <sip:c@x>;tag=%d\nTo: <sip:+49@x>%s\nCall-ID: b%d\n" +
		"CSeq: %d %s\nMax-Forwards: 70\nContact: <sip:c@127.0.0.7:5060>\n"
	g.measure(func(i int) {
		body := strings.ReplaceAll(sdpOfPeer, "\r\n", "\n")
		answer := g.ask(200, "INVITE sip:+49@x SIP/2.0\n"+headers+"Content-Type: application/sdp\nContent-Length: %d\n\n%s", "i", i, i, "", i, 1, "INVITE",
			len(sdpOfPeer), body)
		_, tag, _ := strings.Cut(lineOf(answer, "To"), ";")
		g.ask(0, "ACK sip:x SIP/2.0\n"+headers+"Content-Length: 0\n\n", "a", i, i, ";"+tag, i, 1, "ACK")
		g.ask(200, "BYE sip:x SIP/2.0\n"+headers+"Content-Length: 0\n\n", "b", i, i, ";"+tag, i, 2, "BYE")
	})
}

// BenchmarkRegisterOverUDP is one registration: REGISTER, 401, REGISTER with proof, 200.
func BenchmarkRegisterOverUDP(b *testing.B) {
	g := newBenchmark(b)
	const text = "REGISTER sip:" + realm + " SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.7:5060;branch=z9hG4bK%d.%d;rport\nFrom: <sip:ana@" + realm + ">;tag=%d\n" +
		"To: <sip:ana@" + realm + ">\nCall-ID: b\nCSeq: %d REGISTER\nMax-Forwards: 70\nContact: <sip:ana@127.0.0.7:5060>\nExpires: 600\n%sContent-Length: 0\n\n"
	ha1, ha2 := HA1("SHA-256", "ana", realm, "secret-ana"), digest("SHA-256", "REGISTER", "sip:"+realm)
	g.measure(func(i int) {
		answer := g.ask(200, text, i, 1, i, 2*i+1, "")
		_, nonce, _ := strings.Cut(answer, `nonce="`)
		nonce, _, _ = strings.Cut(nonce, `"`)
		proof := fmt.Sprintf("Authorization: Digest username=\"ana\", realm=\"%s\", nonce=\"%s\", uri=\"sip:%s\", response=\"%s\", algorithm=SHA-256, "+
			"cnonce=\"c\", nc=00000001, qop=auth\n", realm, nonce, realm, digest("SHA-256", ha1, nonce, "00000001", "c", "auth", ha2))
		if answer = g.ask(200, text, i, 2, i, 2*i+2, proof); status(answer) != 200 {
			b.Fatal(answer)
		}
	})
}

// stillAudio is an audio wire that costs nothing.
type stillAudio struct{}

func (stillAudio) Offer(call.Peer, call.LegID) ([]byte, error) { return []byte(sdpOfPeer), nil }
func (stillAudio) Accept(call.LegID, []byte) error             { return nil }
func (stillAudio) Answer(call.Peer, []byte) ([]byte, error)    { return []byte(sdpOfPeer), nil }
func (stillAudio) Current(call.LegID) ([]byte, error)          { return []byte(sdpOfPeer), nil }
func (stillAudio) Behind(call.LegID, netip.Addr)               {}
func (stillAudio) Early(call.LegID)                            {}

func (stillAudio) Established(call.LegID) {}
func (stillAudio) Release(call.LegID)     {}
