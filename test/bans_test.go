package test

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"telagent-gateway/test/claims"
)

var hostAt = regexp.MustCompile(`udp:(\d+\.\d+\.\d+\.)1:`)

// guesses sends REGISTERs with wrong passwords over one TCP connection from an address; heard is how many were answered
// before the gateway closed it.
func guesses(t *testing.T, from, to string, times int) (heard int) {
	t.Helper()
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), 0)), Timeout: time.Minute}
	c, err := d.Dial("tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	lines, proof := bufio.NewScanner(c), ""
	for n := range times {
		if _, err := fmt.Fprintf(c, "REGISTER sip:here SIP/2.0\r\nVia: SIP/2.0/TCP %s;branch=z9hG4bK%d\r\nMax-Forwards: 70\r\nFrom: <sip:ana@here>;tag=1\r\n"+
			"To: <sip:ana@here>\r\nCall-ID: guess-%s\r\nCSeq: %d REGISTER\r\n%sContent-Length: 0\r\n\r\n", from, n, from, n+1, proof); err != nil {
			return heard
		}
		ended := true
		for lines.Scan() {
			if ended = lines.Text() != ""; !ended {
				break
			}
			if _, nonce, ok := strings.Cut(lines.Text(), `nonce="`); ok {
				nonce, _, _ = strings.Cut(nonce, `"`)
				proof = fmt.Sprintf("Authorization: Digest username=\"ana\", realm=\"here\", nonce=\"%s\", uri=\"sip:here\", algorithm=SHA-256, "+
					"qop=auth, cnonce=\"c\", nc=00000001, response=\"%064x\"\r\n", nonce, n)
			}
		}
		if ended {
			return heard
		}
		heard++
	}
	return heard
}

func TestABanOutlivesAGatewayThatIsKilledAndWhoIsAllowedIsNeverBanned(t *testing.T) {
	claims.Proven(t, "bans survive a restart")
	b := newBench(t)
	prefix := hostAt.FindStringSubmatch(b.read("telagent.yaml"))[1]
	gateway, guesser, allowed := prefix+"1:5060", prefix+"2", prefix+"3"
	config := strings.Replace(b.read("telagent.yaml"), `"udp:`+gateway+`"`, `"udp:`+gateway+`", "tcp:`+gateway+`"`, 1)
	b.write("telagent.yaml", config+"security: {allow: ["+allowed+"/32], ban: {after: 3}}\n")
	b.run(0, "", "import", "-c", "telagent.yaml", "directory.yaml")
	b.run(0, "root-secret-1\n", "user", "add", "root", "--role", "admin", "-c", "telagent.yaml")

	running := b.start()
	b.signIn("root", "root-secret-1")
	if n := guesses(t, allowed, gateway, 20); n != 20 {
		t.Errorf("who is allowed was heard %d times of 20", n)
	}
	if n := guesses(t, guesser, gateway, 20); n < 3 || n == 20 {
		t.Errorf("who guesses was heard %d times of 20", n)
	}
	b.run(0, "", "switch", "ana", "--yes") // is written before it is answered, and what came before it, too
	if err := running.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = running.Wait() // killed

	stop := b.serve()
	b.signIn("root", "root-secret-1")
	bans, _ := b.run(0, "", "bans", "--json")
	if !strings.Contains(bans, guesser) || strings.Contains(bans, allowed) {
		t.Errorf("bans after the start: %s", bans)
	}
	if n := guesses(t, guesser, gateway, 1); n != 0 {
		t.Error("who is banned is heard after the start")
	}
	if n := guesses(t, allowed, gateway, 20); n != 20 {
		t.Errorf("who is allowed was heard %d times of 20 after the start", n)
	}
	stop()
}
