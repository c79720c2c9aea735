package gateway

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"telagent-gateway/config"
	"telagent-gateway/console"
	"telagent-gateway/telagent"
)

// program is one that says its version and then, instead of serving, does what a script says. Its baton is 3, of which each dd
// takes a message.
func program(t *testing.T, script string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "telagent")
	text := "#!/bin/sh\n[ \"$1\" = version ] && exit 0\nhear() { dd bs=200000 count=1 <&3 >/dev/null 2>&1; }\n" + script
	if err := os.WriteFile(name, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return name
}

// openSockets counts the sockets of this process.
func openSockets(t *testing.T) (n int) {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		if to, err := os.Readlink("/proc/self/fd/" + one.Name()); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

func TestANewProgramThatFailsAtAnyStepLeavesEverythingAsItWas(t *testing.T) {
	far := phone(t)
	audio, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 49, 1, 1), Port: 4000}) // see spoken
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = audio.Close() }()
	g, err := Start(t.Context(), Options{Config: left(t, map[string]map[string][]byte{sipLegs: {"l1": leftLeg("c1", far)}, mediaLegs: {"l1": spoken(t, "l1")}}, waitingCaller())})
	if err != nil {
		t.Fatal(err)
	}
	if method := hears(t, far); method != "OPTIONS" { // whether he is there still
		t.Fatalf("the phone hears %s", method)
	}
	const ready, asks = "hear\nprintf '{\"Word\":\"ready\"}' >&3\nhear\n", "printf '{\"Word\":\"audio\"}' >&3\n"
	sockets := 0
	for step, script := range []string{
		"exit 1",                    // at once
		"printf nonsense >&3\nhear", // it says something else
		"exec 3>&-\nexec sleep 100", // it does not listen
		"hear\nprintf '{\"Word\":\"failed\",\"Why\":\"no such table\"}' >&3\nexec sleep 100",
		"hear\nprintf '{\"Word\":\"ready\"}' >&3", // before it may go
		ready,        // when it may
		ready + asks, // before it has the audio
		ready + asks + "hear\nprintf '{\"Word\":\"ready\"}' >&3\n", // with a part of it
		ready + asks + "hear\nhear\n",                              // with all of it
	} {
		if _, err := g.Upgrade(t.Context(), "", program(t, script)); !errors.Is(err, console.ErrUpgrade) {
			t.Errorf("step %d: %v", step, err)
		}
		if now := openSockets(t); sockets > 0 && now != sockets {
			t.Errorf("step %d: %d sockets are open, %d were", step, now, sockets)
		} else {
			sockets = now
		}
		goesOn(t, g, far, audio, fmt.Sprint("after step ", step))
	}
	ended := make(chan error, 1)
	go func() { ended <- g.Close(t.Context()) }()
	if method := hears(t, far); method != "BYE" {
		t.Errorf("the phone hears %s at the end", method)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAProgramWhoseChildHangsIsWaitedForNoLonger(t *testing.T) {
	name := filepath.Join(t.TempDir(), "telagent")
	if err := os.WriteFile(name, []byte("#!/bin/sh\nsleep 1000 &\necho $! >$0.child\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := try(t.Context(), name, "version"); err == nil {
		t.Error("it was taken")
	}
	child, err := os.ReadFile(name + ".child")
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("kill", strings.TrimSpace(string(child))).Run(); err != nil {
		t.Errorf("its child has ended: %v", err)
	}
}

func TestAProgramWithAnotherStoreTakesNothingOver(t *testing.T) {
	one, other := batons(t)
	h := &Heir{baton: other, store: storeMark(&config.Config{Store: "sqlite:elsewhere"})}
	_, err := Start(t.Context(), Options{Config: left(t, nil), From: h})
	if err == nil || !strings.Contains(err.Error(), "another store") {
		t.Errorf("it starts: %v", err)
	}
	h.Failed(err) // as the command does
	if _, heard := one.expect(readyWord, soon()); heard == nil || heard.Error() != err.Error() {
		t.Errorf("who has the calls hears %v", heard)
	}
}

// goesOn checks that the loop, the store, signalling and audio work.
func goesOn(t *testing.T, g *Gateway, far, audio *net.UDPConn, when string) {
	t.Helper()
	for _, off := range []bool{false, true} {
		if err := g.Do(t.Context(), telagent.Drain{Off: off}); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	asks := strings.ReplaceAll(fmt.Sprintf(`OPTIONS sip:gw@127.49.1.2 SIP/2.0
Via: SIP/2.0/UDP %[1]s;branch=z9hG4bK%[2]d
From: <sip:far@%[1]s>;tag=there
To: <sip:gw@127.49.1.2>;tag=here
Call-ID: c1
CSeq: %[2]d OPTIONS
Max-Forwards: 70
Content-Length: 0

`, far.LocalAddr(), time.Now().UnixMilli()&0x7fffffff), "\n", "\r\n")
	gateway := &net.UDPAddr{IP: net.IPv4(127, 49, 1, 2), Port: 5060}
	if _, err := far.WriteToUDP([]byte(asks), gateway); err != nil {
		t.Fatal(err)
	}
	room := make([]byte, 4096)
	if err := errors.Join(far.SetReadDeadline(time.Now().Add(10*time.Second)), audio.SetReadDeadline(time.Now().Add(time.Millisecond))); err != nil {
		t.Fatal(err)
	}
	if n, err := far.Read(room); err != nil || !strings.HasPrefix(string(room[:n]), "SIP/2.0 200 ") {
		t.Errorf("%s: within its dialog the phone hears %q, %v", when, room[:n], err)
	}
	for err := error(nil); err == nil; { // what waited
		_, err = audio.Read(room)
	}
	if err := audio.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := audio.Read(room); err != nil {
			t.Errorf("%s: no music: %v", when, err)
			return
		}
	}
}
