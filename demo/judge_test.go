package demo

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

// stranger is a peer that writes raw bytes, for what no robot would send.
func stranger(t *testing.T, r *Robot) func(text string) string {
	t.Helper()
	conn, err := net.DialUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 40, 1)}, r.at)
	must(t, err)
	t.Cleanup(func() { must(t, conn.Close()) })
	return func(text string) string {
		_, err := conn.Write([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
		must(t, err)
		b := make([]byte, 2000)
		deadline, _ := within(t).Deadline()
		must(t, conn.SetReadDeadline(deadline))
		n, err := conn.Read(b)
		must(t, err)
		line, _, _ := strings.Cut(string(b[:n]), "\r\n")
		return line
	}
}

func request(method, branch, from, to string) string {
	return fmt.Sprintf("%s sip:ana@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.40.1;branch=%s\nMax-Forwards: 70\n"+
		"From: <sip:x@y>%s\nTo: <sip:ana@z>%s\nCall-ID: c\nCSeq: 1 %s\n\n", method, branch, from, to, method)
}

func TestRequestsOutsideACallGetTheirAnswers(t *testing.T) {
	r, err := NewRobot(Part{Address: "127.0.30.1", Tone: PhoneTone})
	must(t, err)
	defer r.Kill()
	send := stranger(t, r)
	for i, c := range []struct{ method, to, want string }{
		{"OPTIONS", "", "200"}, {"MESSAGE", "", "405"}, {"BYE", ";tag=1", "481"}, {"CANCEL", "", "481"}, {"INVITE", "", "404"},
	} {
		m := request(c.method, fmt.Sprintf("z9hG4bK%d", i), ";tag=1", c.to)
		if got := send(m); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", c.method, got, c.want)
		}
		if got := send(m); !strings.Contains(got, c.want) {
			t.Errorf("%s repeated: %s, want %s", c.method, got, c.want)
		}
	}
	if got := strings.Join(r.Faults(), "; "); got != "robot: INVITE without Contact" {
		t.Errorf("faults %q", got)
	}
}

func TestFaultsOfAPeerAreNamed(t *testing.T) {
	r, err := NewRobot(Part{Address: "127.0.30.1", Tone: PhoneTone})
	must(t, err)
	defer r.Kill()
	send := stranger(t, r)
	send(request("OPTIONS", "old-branch", "", ""))
	send(strings.Replace(request("OPTIONS", "z9hG4bK1", ";tag=1", ""), "1 OPTIONS", "1 INVITE", 1))
	send(strings.Replace(request("OPTIONS", "z9hG4bK2", ";tag=1", ""), "Max-Forwards: 70\n", "", 1))
	got := strings.Join(r.Faults(), "; ")
	for _, want := range []string{`branch "old-branch"`, "without a From tag", `CSeq "1 INVITE"`, "without Max-Forwards"} {
		if !strings.Contains(got, want) {
			t.Errorf("faults %q do not name %q", got, want)
		}
	}
}
