package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"telagent-gateway/config"
	"telagent-gateway/telagent"
)

func TestAnInviteThatWaitedForTheNewProcessIsTurnedAwayByADrainThatGoesOn(t *testing.T) {
	c := left(t, nil)
	c.Trunks = []config.Trunk{{Name: "carrier", URI: "sip:127.49.1.1:5060", AcceptFrom: []string{"127.49.1.1/32"}}}
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 49, 1, 2), Port: 5060})
	if err != nil {
		t.Fatal(err)
	}
	file, err := socket.File()
	if err := errors.Join(err, socket.Close()); err != nil {
		t.Fatal(err)
	}
	far := phone(t)
	invite := strings.ReplaceAll(fmt.Sprintf(`INVITE sip:100@127.49.1.2 SIP/2.0
Via: SIP/2.0/UDP %[1]s;branch=z9hG4bKwaits
From: <sip:+49301234567@%[1]s>;tag=there
To: <sip:100@127.49.1.2>
Call-ID: waits
CSeq: 1 INVITE
Contact: <sip:%[1]s>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: 119

v=0
o=- 1 1 IN IP4 127.49.1.1
s=-
c=IN IP4 127.49.1.1
t=0 0
m=audio 4000 RTP/AVP 0
a=rtpmap:0 PCMU/8000
a=sendrecv
`, far.LocalAddr()), "\n", "\r\n")
	if _, err := far.WriteToUDP([]byte(invite), &net.UDPAddr{IP: net.IPv4(127, 49, 1, 2), Port: 5060}); err != nil {
		t.Fatal(err)
	}

	one, other := batons(t)
	started := make(chan *Gateway, 1)
	go func() {
		g, err := Start(context.Background(), Options{Config: c, From: &Heir{baton: other, socket: map[string]*os.File{"udp:127.49.1.2:5060": file}}})
		if err != nil {
			t.Error(err)
		}
		started <- g
	}()
	drain, err := json.Marshal(telagent.Drain{Stop: true, Within: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		wants word
		says  message
	}{{readyWord, message{Word: goWord, Body: drain}}, {audioWord, message{Word: endWord}}} {
		if _, err := one.expect(step.wants, soon()); err != nil {
			t.Fatal(err)
		}
		if err := one.say(step.says); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := one.expect(runningWord, soon()); err != nil {
		t.Fatal(err)
	}
	g := <-started
	room := make([]byte, 4096)
	if err := far.SetReadDeadline(soon()); err != nil {
		t.Fatal(err)
	}
	for said := ""; !strings.HasPrefix(said, "SIP/2.0 503 "); {
		n, err := far.Read(room)
		if err != nil {
			t.Fatal(err)
		}
		if said = string(room[:n]); !strings.HasPrefix(said, "SIP/2.0 100 ") && !strings.HasPrefix(said, "SIP/2.0 503 ") {
			t.Fatalf("the caller hears\n%s", said)
		}
	}
	<-g.Drained() // nobody is left
	if err := g.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
