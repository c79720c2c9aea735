//go:build peers || outage

package outage

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"telagent-gateway/demo"
)

// softphone is one baresip of an agent. It registers, answers every call and speaks a tone until it is killed; it has no
// idea of what happens to its network.
type softphone struct {
	dir    string
	cmd    *exec.Cmd
	exited chan struct{}
}

// baresipModules is where Debian puts them.
const baresipModules = "/usr/lib/baresip/modules"

// startSoftphone starts the i-th softphone at the site.
func (s *stage) startSoftphone(i int) *softphone {
	s.t.Helper()
	slot := s.place.slot + i
	p := &softphone{dir: filepath.Join(s.dir, agentID(i)), exited: make(chan struct{})}
	account := fmt.Sprintf("<sip:%s@%s>;auth_pass=%s;answermode=auto;regint=%d", agentID(i), s.place.gateway, password, registerEvery)
	if s.place.proxy != "" {
		account += fmt.Sprintf(`;outbound="sip:%s"`, s.place.proxy)
	}
	s.must(os.Mkdir(p.dir, 0o700))
	s.write(filepath.Join(p.dir, "accounts"), account+"\n")
	s.write(filepath.Join(p.dir, "contacts"), "")
	s.write(filepath.Join(p.dir, "config"), strings.NewReplacer(
		"HOST", s.place.phones, "SIPPORT", fmt.Sprint(21000+2*slot), "RTPFIRST", fmt.Sprint(22000+14*slot),
		"RTPLAST", fmt.Sprint(22013+14*slot),
		"TONE", filepath.Join(s.dir, "tone.wav"), "MODULES", baresipModules,
	).Replace(baresipConfig))
	log, err := os.Create(filepath.Join(p.dir, "log"))
	s.must(err)
	p.cmd = exec.Command("baresip", "-f", p.dir, "-s")
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := s.place.line.start(p.cmd); err != nil {
		s.t.Fatalf("start baresip (Debian package baresip-core): %v", err)
	}
	go func() { _ = p.cmd.Wait(); _ = log.Close(); close(p.exited) }()
	s.t.Cleanup(p.kill)
	return p
}

// registerEvery is the seconds between two registrations.
const registerEvery = 30

const baresipConfig = `
poll_method epoll
sip_listen HOST:SIPPORT
net_interface HOST
call_local_timeout 120
call_max_calls 4
audio_source aufile,TONE
audio_player aubridge,player
audio_alert aubridge,alert
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports RTPFIRST-RTPLAST
module_path MODULES
module g711.so
module aufile.so
module aubridge.so
module_tmp account.so
module_app menu.so
`

// kill ends the process as a power cut would.
func (p *softphone) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// logs says whether the softphone's log, every message of it included, has a text.
func (p *softphone) logs(text string) bool {
	data, err := os.ReadFile(filepath.Join(p.dir, "log"))
	return err == nil && bytes.Contains(data, []byte(text))
}

// wave is a WAV file of a tone, 8 kHz mono 16 bit, as baresip's aufile wants it. At its end baresip hangs up.
func wave(tone demo.Sound, d time.Duration) string {
	const rate, loud = 8000, 12000
	n := int(d.Seconds() * rate)
	head := struct {
		RIFF              [4]byte
		Size              uint32
		WAVE, Format      [4]byte
		FormatSize        uint32
		PCM, Channels     uint16
		Rate, BytesPerSec uint32
		Align, Bits       uint16
		Data              [4]byte
		DataSize          uint32
	}{
		RIFF: [4]byte([]byte("RIFF")), Size: uint32(36 + 2*n), WAVE: [4]byte([]byte("WAVE")), Format: [4]byte([]byte("fmt ")),
		FormatSize: 16, PCM: 1, Channels: 1, Rate: rate, BytesPerSec: 2 * rate, Align: 2, Bits: 16,
		Data: [4]byte([]byte("data")), DataSize: uint32(2 * n),
	}
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(loud * math.Sin(2*math.Pi*float64(tone)*float64(i)/rate))
	}
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, head) // a buffer takes everything
	_ = binary.Write(&b, binary.LittleEndian, pcm)
	return b.String()
}
