package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"
)

// strangers is how many addresses the flood comes from. One machine cannot forge addresses of others on its loopback; that
// they answer nothing makes them the same.
const strangers = 400

// flood sends messages to target at an even rate, and reads no answer.
func flood(ctx context.Context, target string, rate int, length time.Duration) error {
	to, err := netip.ParseAddrPort(target)
	if err != nil {
		return fmt.Errorf("where the flood goes: %w", err)
	}
	var sockets []*net.UDPConn
	for i := range strangers {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 26, byte(100 + i/200), byte(1 + i%200)}), 0)
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(from))
		if err != nil {
			return fmt.Errorf("a stranger's socket: %w", err)
		}
		defer func() { _ = c.Close() }()
		_ = c.SetReadBuffer(4096) // what is not read is dropped
		sockets = append(sockets, c)
	}
	began, sent := time.Now(), 0
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		passed := time.Since(began)
		for due := int(passed.Seconds() * float64(rate)); sent < due; sent++ {
			_, _ = sockets[sent%len(sockets)].WriteToUDPAddrPort(message(sent), to)
		}
		if passed > length {
			fmt.Printf("%d messages were sent\n", sent)
			return nil
		}
	}
}

// message is one message of the flood: half REGISTERs, a sixth with a wrong proof, a sixth other requests, the rest junk.
func message(n int) []byte {
	switch n % 6 {
	case 0, 1, 2:
		return request("REGISTER", n, "")
	case 3:
		return request("REGISTER", n, fmt.Sprintf("Authorization: Digest username=\"agent-%d\", realm=\"flood.test\", nonce=\"%032x\", uri=\"sip:flood.test\", "+
			"response=\"%032x\", algorithm=MD5, cnonce=\"c\", qop=auth, nc=00000001\r\n", n%20, n, n))
	case 4:
		return request([]string{"OPTIONS", "INVITE", "SUBSCRIBE", "BYE"}[n/6%4], n, "")
	}
	junk := make([]byte, 200+n%300)
	for i := range junk {
		junk[i] = byte(rand.IntN(256))
	}
	return junk
}

func request(method string, n int, lines string) []byte {
	return fmt.Appendf(nil, "%s sip:flood.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.26.100.1:5060;branch=z9hG4bK-f%d;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:agent-%d@flood.test>;tag=f%d\r\nTo: <sip:agent-%d@flood.test>\r\nCall-ID: flood-%d@stranger\r\nCSeq: 1 %s\r\n"+
		"Contact: <sip:agent@127.26.100.1:5060>\r\nUser-Agent: a flood of the tests\r\nExpires: 3600\r\n%sContent-Length: 0\r\n\r\n",
		method, n, n%20, n, n%20, n, method, lines)
}
