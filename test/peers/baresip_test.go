//go:build peers

package peers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// phone is one baresip process with its own address and its own tone.
type phone struct {
	t      *testing.T
	name   string
	dir    string
	cmd    *exec.Cmd
	ctrl   net.Conn
	exited chan struct{}

	mu     sync.Mutex
	events []event
	news   chan struct{} // closed and replaced at each event
}

type event struct {
	Type  string `json:"type"`
	Class string `json:"class"`
	Param string `json:"param"`
}

// startPhone runs a baresip that speaks a tone of hz. account is its line in the accounts file. It lives at 127.0.0.1,
// because its RTP socket is not bound and would send from there whatever it writes into its SDP; slot tells the phones
// of this machine apart by their ports. It watches its contacts, lines of its contacts file.
func startPhone(t *testing.T, name string, slot int, account string, hz float64, contacts ...string) *phone {
	t.Helper()
	return startPhoneAt(t, name, "127.0.0.1", slot, account, hz, contacts...)
}

// startPhoneAt is startPhone with signalling from another address of this machine, so that the gateway does not take the
// phone for the carrier.
func startPhoneAt(t *testing.T, name, host string, slot int, account string, hz float64, contacts ...string) *phone {
	t.Helper()
	p := &phone{t: t, name: name, dir: t.TempDir(), exited: make(chan struct{}), news: make(chan struct{})}
	p.write("tone.wav", wave(hz, 120*time.Second))
	p.write("accounts", []byte(account+"\n"))
	p.write("contacts", []byte(strings.Join(contacts, "\n")))
	config := p.config(host, slot)
	if len(contacts) > 0 {
		config += "module_app contact.so\nmodule_app presence.so\n"
	}
	p.write("config", []byte(config))
	log, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	p.cmd = exec.Command("baresip", "-f", p.dir, "-s")
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start baresip (Debian package baresip-core): %v", err)
	}
	go func() { _ = p.cmd.Wait(); _ = log.Close(); close(p.exited) }()
	t.Cleanup(p.stop)
	await(t, name+"'s control port", 10*time.Second, func() bool {
		p.ctrl, err = net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", ctrlPort(slot)))
		return err == nil
	})
	go p.listen()
	return p
}

// The ports of the phone in a slot, 0..499.
func sipPort(slot int) int  { return 11000 + 2*slot } // the one above is baresip's for TLS
func ctrlPort(slot int) int { return 12500 + slot }
func rtpPort(slot int) int  { return 13000 + 14*slot }

func (p *phone) config(host string, slot int) string {
	modules, err := filepath.Glob("/usr/lib/baresip/modules")
	if err != nil || len(modules) == 0 {
		p.t.Fatal("baresip's modules are not where Debian puts them")
	}
	ports := []string{
		"HOST", host, "SIPPORT", strconv.Itoa(sipPort(slot)), "CTRLPORT", strconv.Itoa(ctrlPort(slot)),
		"RTPFIRST", strconv.Itoa(rtpPort(slot)), "RTPLAST", strconv.Itoa(rtpPort(slot) + 13),
	}
	return strings.NewReplacer(append(ports, "DIR", p.dir, "MODULES", modules[0])...).Replace(`
poll_method epoll
sip_listen HOST:SIPPORT
net_interface 127.0.0.1
call_local_timeout 120
audio_source aufile,DIR/tone.wav
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
module sndfile.so
snd_path DIR
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:CTRLPORT
`)
}

func (p *phone) write(name string, data []byte) {
	if err := os.WriteFile(filepath.Join(p.dir, name), data, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// listen reads the control connection's netstrings until it closes.
func (p *phone) listen() {
	buf, chunk := []byte{}, make([]byte, 64<<10)
	for {
		n, err := p.ctrl.Read(chunk)
		if err != nil {
			return
		}
		buf = append(buf, chunk[:n]...)
		for {
			head, rest, found := bytes.Cut(buf, []byte(":"))
			size, err := strconv.Atoi(string(head))
			if !found || err != nil || len(rest) < size+1 {
				break
			}
			var e event
			if json.Unmarshal(rest[:size], &e) == nil && e.Type != "" {
				p.mu.Lock()
				p.events = append(p.events, e)
				close(p.news)
				p.news = make(chan struct{})
				p.mu.Unlock()
			}
			buf = rest[size+1:]
		}
	}
}

// order sends one command to baresip.
func (p *phone) order(command, params string) {
	p.t.Helper()
	data, err := json.Marshal(map[string]string{"command": command, "params": params})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(p.ctrl, "%d:%s,", len(data), data); err != nil {
		p.t.Fatalf("tell %s to %s: %v", p.name, command, err)
	}
}

func (p *phone) dial(uri string)  { p.t.Helper(); p.order("dial", uri) }
func (p *phone) hangup()          { p.t.Helper(); p.order("hangup", "") }
func (p *phone) press(key string) { p.t.Helper(); p.order("sndcode", key) }

// waitFor waits until baresip has told at least n events of a type, and returns the n-th.
func (p *phone) waitFor(kind string, n int) event {
	p.t.Helper()
	bound := time.After(30 * time.Second)
	for {
		p.mu.Lock()
		var seen []event
		for _, e := range p.events {
			if e.Type == kind {
				seen = append(seen, e)
			}
		}
		news := p.news
		p.mu.Unlock()
		if len(seen) >= n {
			return seen[n-1]
		}
		select {
		case <-news:
		case <-bound:
			p.t.Fatalf("%s told no %s number %d; its log:\n%s", p.name, kind, n, p.log())
		}
	}
}

// has says whether baresip has told an event of that type.
func (p *phone) has(kind string) bool { return p.count(kind) > 0 }

// count returns how many events of a type baresip has told.
func (p *phone) count(kind string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		if e.Type == kind {
			n++
		}
	}
	return n
}

// kill ends the process as a power cut would: nothing is said to anybody.
func (p *phone) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

func (p *phone) stop() {
	p.kill()
	if p.ctrl != nil {
		_ = p.ctrl.Close()
	}
	if p.t.Failed() {
		p.t.Logf("log of %s:\n%s", p.name, p.log())
	}
}

func (p *phone) log() string {
	data, err := os.ReadFile(filepath.Join(p.dir, "log"))
	if err != nil {
		return err.Error()
	}
	const most = 6000
	if len(data) > most {
		data = data[len(data)-most:]
	}
	return string(data)
}

// heard returns all that this phone's user heard so far in his last call, as samples at 8 kHz.
func (p *phone) heard() []float64 {
	files, err := filepath.Glob(filepath.Join(p.dir, "dump-*-dec.wav"))
	if err != nil || len(files) == 0 {
		return nil
	}
	data, err := os.ReadFile(files[len(files)-1])
	if err != nil || len(data) < wavHeader {
		return nil
	}
	return samples(data[wavHeader:])
}

// hears says whether the last 200 ms that arrived hold the tone.
func (p *phone) hears(hz float64) bool {
	s := p.heard()
	return len(s) >= rate/5 && tone(s[len(s)-rate/5:], hz)
}

// awaitTone waits until the phone hears the tone now.
func (p *phone) awaitTone(hz float64) {
	p.t.Helper()
	await(p.t, fmt.Sprintf("%s hears %.0f Hz", p.name, hz), 20*time.Second, func() bool { return p.hears(hz) })
}

// everHeard says whether any 100 ms of the call hold the tone.
func (p *phone) everHeard(hz float64) bool {
	s := p.heard()
	for i := 0; i+rate/10 <= len(s); i += rate / 20 {
		if tone(s[i:i+rate/10], hz) {
			return true
		}
	}
	return false
}

const (
	rate      = 8000
	wavHeader = 44
)

// tone says whether at least a quarter of the samples' power lies at hz.
func tone(s []float64, hz float64) bool { return share(s, hz) > 0.25 }

// share returns the part of the samples' power that lies at hz (Goertzel); 0: there is hardly any power.
func share(s []float64, hz float64) float64 {
	var s1, s2, power float64
	k := 2 * math.Cos(2*math.Pi*hz/rate)
	for _, x := range s {
		s1, s2 = x+k*s1-s2, s1
		power += x * x
	}
	n := float64(len(s))
	if power/n <= 1e-5 {
		return 0
	}
	return 2 * (s1*s1 + s2*s2 - k*s1*s2) / n / power // 1 for a pure tone
}

// loud returns the mean power of samples in -1..1.
func loud(s []float64) float64 {
	var power float64
	for _, x := range s {
		power += x * x
	}
	return power / float64(max(1, len(s)))
}

func samples(pcm []byte) []float64 {
	out := make([]float64, len(pcm)/2)
	for i := range out {
		out[i] = float64(int16(uint16(pcm[2*i])|uint16(pcm[2*i+1])<<8)) / 32768
	}
	return out
}

// wave returns a WAV file with a tone, 8 kHz mono 16 bit.
func wave(hz float64, d time.Duration) []byte {
	n := int(d.Seconds() * rate)
	var b bytes.Buffer
	put := func(v uint32, size int) {
		for i := range size {
			b.WriteByte(byte(v >> (8 * i)))
		}
	}
	b.WriteString("RIFF")
	put(uint32(36+2*n), 4)
	b.WriteString("WAVEfmt ")
	put(16, 4)
	put(1, 2)
	put(1, 2)
	put(rate, 4)
	put(2*rate, 4)
	put(2, 2)
	put(16, 2)
	b.WriteString("data")
	put(uint32(2*n), 4)
	for i := range n {
		put(uint32(uint16(int16(12000*math.Sin(2*math.Pi*hz*float64(i)/rate)))), 2)
	}
	return b.Bytes()
}

// await polls until ok, for things that tell nobody when they become true.
func await(t *testing.T, what string, bound time.Duration, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(bound); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain: %s", bound, what)
		}
	}
}

// reinvites counts the requests within a dialog that could change the phone's session.
func reinvites(p *phone) int {
	data, err := os.ReadFile(filepath.Join(p.dir, "log"))
	if err != nil {
		p.t.Fatal(err)
	}
	n := 0
	for _, line := range strings.Split(string(data), "\n") {
		if strings.HasPrefix(line, "INVITE sip:+4915112345678@") || strings.HasPrefix(line, "UPDATE sip:") {
			n++
		}
	}
	return n
}
