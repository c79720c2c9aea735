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

	"telagent-gateway/test/stage"
)

// recorded waits until the only call is in the history with the end of its recording.
func (s *site) recorded() (call ended) {
	s.T.Helper()
	stage.Await(s.T, "the recording is in the history", bound, func() bool {
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
	s.T.Helper()
	var complaint strings.Builder
	cmd := exec.Command(program, args...)
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		s.T.Fatalf("%s %v (Debian package sox): %v %s", program, args, err, complaint.String())
	}
	return out
}

// voices lets SoX take one channel of a file, and returns what is in it one after the other: a tone's name, or silence.
// What lasts less than half a second is left out.
func (s *site) voices(file string, channel int) string {
	s.T.Helper()
	names := map[float64]string{customerTone: "customer", softphoneTone: "softphone", phoneTone: "phone"}
	name := func(window []float64) string {
		if stage.Loud(window) == 0 {
			return "silence"
		}
		for hz, name := range names {
			if stage.Share(window, hz) > 0.5 {
				return name
			}
		}
		return "something else"
	}
	pcm := stage.Samples(s.sox("sox", file, "-t", "raw", "-e", "signed", "-b", "16", "-L", "-", "remix", strconv.Itoa(channel)))
	var order []string
	last, lasts := "", 0
	for ; len(pcm) >= stage.Rate/10; pcm = pcm[stage.Rate/10:] {
		now := name(pcm[:stage.Rate/10])
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
	s.T.Helper()
	n, err := strconv.ParseFloat(string(bytes.TrimSpace(s.sox("soxi", flag, file))), 64)
	if err != nil {
		s.T.Fatal(err)
	}
	return n
}

// awaitMore waits until the phone got so much more sound.
func (p *phone) awaitMore(d time.Duration) {
	p.T.Helper()
	p.awaitSound(len(p.Heard()) + int(d.Seconds()*stage.Rate))
}

// recordedFile is the only file in the site's folder for recordings.
func (s *site) recordedFile() string {
	s.T.Helper()
	files, err := filepath.Glob(s.Path("recordings/*"))
	if err != nil || len(files) != 1 {
		s.T.Fatalf("files of recordings: %v %v, want one", files, err)
	}
	return files[0]
}

func TestARecordingIsOneFileAcrossASwitchWithBothVoicesOnTheirSides(t *testing.T) {
	t.Parallel()
	s := startSite(t, 26, "")
	phone := s.pstnPhone("+49301234567", "auto")
	softphone := s.softphone("ana", s.slot+2, softphoneTone)
	s.Available("ana")
	customer := s.customer()
	customer.Dial("sip:+18005550101@" + s.Net + ".1")
	customer.AwaitTone(softphoneTone)
	softphone.AwaitTone(customerTone)
	customer.awaitMore(time.Second)
	recording := s.TheCall() + "/recording"
	s.ask("ana", "PUT", recording, map[string]string{"state": "paused"})
	customer.awaitMore(2 * time.Second)
	s.ask("ana", "PUT", recording, map[string]string{"state": "on"})
	customer.awaitMore(time.Second)

	s.SwitchTo("ana", "telagent")
	phone.WaitFor("CALL_ESTABLISHED", 1)
	phone.awaitSound(stage.Rate) // of the prompt: by then it speaks too, on a busy machine as well
	phone.Press("1")
	customer.AwaitTone(phoneTone)
	phone.AwaitTone(customerTone)
	customer.awaitMore(2 * time.Second)
	customer.Hangup()
	s.AwaitStatus("ana", "acw")

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
	if s.soxiNumber("-c", file) != 2 || s.soxiNumber("-r", file) != stage.Rate || math.Abs(seconds-call.Recordings[0].Length) > 0.01 {
		t.Errorf("the file of %.2f s is not what the history tells: %+v", seconds, call)
	}
	if math.Abs(seconds-served) > 1 {
		t.Errorf("%.2f s are recorded of a call of %.2f s", seconds, served)
	}
	s.heardAgain(call.ID, file)
}

// heardAgain checks that a supervisor gets a recording from the history byte by byte.
func (s *site) heardAgain(id, file string) {
	s.T.Helper()
	want, err := os.ReadFile(file)
	if err != nil {
		s.T.Fatal(err)
	}
	status, got := s.Call(s.Token, "GET", fmt.Sprintf("/history/%s/recording", id), nil)
	if status != 200 || !bytes.Equal(got, want) {
		s.T.Errorf("the history gives %d with %d bytes, the file has %d", status, len(got), len(want))
	}
}
