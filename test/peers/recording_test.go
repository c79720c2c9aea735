//go:build peers

package peers

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// recorded waits until the only call is in the history with the end of its recording.
func (s *site) recorded() (call ended) {
	s.t.Helper()
	await(s.t, "the recording is in the history", bound, func() bool {
		h := s.history()
		if len(h) != 1 || len(h[0].Recordings) == 0 || h[0].Recordings[0].Length == 0 {
			return false
		}
		call = h[0]
		return true
	})
	return call
}

// sox runs one of SoX's programs and returns what it prints.
func (s *site) sox(program string, args ...string) []byte {
	s.t.Helper()
	var complaint strings.Builder
	cmd := exec.Command(program, args...)
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("%s %v (Debian package sox): %v %s", program, args, err, complaint.String())
	}
	return out
}

// voices lets SoX take one channel of a file, and returns what is in it one after the other: a tone's name, or silence.
// What lasts less than half a second is left out.
func (s *site) voices(file string, channel int) string {
	s.t.Helper()
	names := map[float64]string{customerTone: "customer", softphoneTone: "softphone", phoneTone: "phone"}
	name := func(window []float64) string {
		if loud(window) == 0 {
			return "silence"
		}
		for hz, name := range names {
			if share(window, hz) > 0.5 {
				return name
			}
		}
		return "something else"
	}
	pcm := samples(s.sox("sox", file, "-t", "raw", "-e", "signed", "-b", "16", "-L", "-", "remix", strconv.Itoa(channel)))
	var order []string
	last, lasts := "", 0
	for ; len(pcm) >= rate/10; pcm = pcm[rate/10:] {
		now := name(pcm[:rate/10])
		if now != last {
			last, lasts = now, 0
		}
		if lasts++; lasts == 5 && (len(order) == 0 || order[len(order)-1] != now) {
			order = append(order, now)
		}
	}
	return strings.Join(order, ", ")
}

// soxiNumber asks SoX for a number about a file: -D its seconds, -c its channels, -r its rate.
func (s *site) soxiNumber(flag, file string) float64 {
	s.t.Helper()
	n, err := strconv.ParseFloat(string(bytes.TrimSpace(s.sox("soxi", flag, file))), 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// awaitMore waits until the phone got so much more sound.
func (p *phone) awaitMore(d time.Duration) {
	p.t.Helper()
	p.awaitSound(len(p.heard()) + int(d.Seconds()*rate))
}

// recordedFile is the only file in the site's folder for recordings.
func (s *site) recordedFile() string {
	s.t.Helper()
	files, err := filepath.Glob(s.path("recordings/*"))
	if err != nil || len(files) != 1 {
		s.t.Fatalf("files of recordings: %v %v, want one", files, err)
	}
	return files[0]
}

func TestARecordingIsOneFileAcrossASwitchWithBothVoicesOnTheirSides(t *testing.T) {
	t.Parallel()
	s := startSite(t, 26, "")
	phone := s.pstnPhone("+49301234567", "auto")
	softphone := s.softphone("ana", s.slot+2, softphoneTone)
	s.available("ana")
	customer := s.customer()
	customer.dial("sip:+18005550101@" + s.net + ".1")
	customer.awaitTone(softphoneTone)
	softphone.awaitTone(customerTone)
	customer.awaitMore(time.Second)
	recording := s.theCall() + "/recording"
	s.ask("ana", "PUT", recording, map[string]string{"state": "paused"})
	customer.awaitMore(2 * time.Second)
	s.ask("ana", "PUT", recording, map[string]string{"state": "on"})
	customer.awaitMore(time.Second)

	s.switchTo("ana", "telagent")
	phone.waitFor("CALL_ESTABLISHED", 1)
	phone.awaitSound(rate) // of the prompt: by then it speaks too, on a busy machine as well
	phone.press("1")
	customer.awaitTone(phoneTone)
	phone.awaitTone(customerTone)
	customer.awaitMore(2 * time.Second)
	customer.hangup()
	s.awaitStatus("ana", "acw")

	call := s.recorded()
	if got := call.Recordings; len(got) != 1 || got[0].Problem != "" || !got[0].Paused {
		t.Errorf("recordings %+v", got)
	}
	file := s.recordedFile()
	if left, want := s.voices(file, 1), "customer, silence, customer"; left != want {
		t.Errorf("left: %s, want %s", left, want)
	}
	if right, want := s.voices(file, 2), "softphone, silence, softphone, phone"; right != want {
		t.Errorf("right: %s, want %s", right, want)
	}
	seconds, served := s.soxiNumber("-D", file), call.Ended.Sub(call.Answered).Seconds()
	if s.soxiNumber("-c", file) != 2 || s.soxiNumber("-r", file) != rate || math.Abs(seconds-call.Recordings[0].Length) > 0.01 {
		t.Errorf("the file of %.2f s is not what the history tells: %+v", seconds, call)
	}
	if math.Abs(seconds-served) > 1 {
		t.Errorf("%.2f s are recorded of a call of %.2f s", seconds, served)
	}
	s.heardAgain(call.ID, file)
}

// heardAgain checks that a supervisor gets a recording from the history byte by byte.
func (s *site) heardAgain(id, file string) {
	s.t.Helper()
	want, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	status, got := s.call(s.token, "GET", fmt.Sprintf("/history/%s/recording", id), nil)
	if status != 200 || !bytes.Equal(got, want) {
		s.t.Errorf("the history gives %d with %d bytes, the file has %d", status, len(got), len(want))
	}
}
