package stage

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
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

// Phone is one baresip process with its own address and its own tone.
type Phone struct {
	T      *testing.T
	Name   string
	Dir    string // where its files are: log, dump-*-dec.wav
	cmd    *exec.Cmd
	ctrl   net.Conn
	exited chan struct{}

	mu     sync.Mutex
	events []Event
	news   chan struct{} // closed and replaced at each event
}

// Event is what a Phone tells on its control connection.
type Event struct {
	Type  string `json:"type"`
	Class string `json:"class"`
	Param string `json:"param"`
	ID    string `json:"id"` // of the call
}

// Line is what a Phone is made from.
type Line struct {
	Name    string
	Account string  // lines of its accounts file
	Tone    float64 // in Hz, that its user says

	Host     string   // IP address that it signals from
	Media    string   // IP address that it sends and receives RTP at; empty: 127.0.0.1
	SIP      int      // port; the one above is baresip's for TLS
	Control  int      // TCP port on 127.0.0.1
	RTP      int      // the first of 14 ports
	Contacts []string // lines of its contacts file; it watches them
	Config   []string // more lines of its configuration
}

// StartPhone runs a baresip, until the test ends. Its RTP sockets are bound to no address: they take their ports from the
// whole machine, and send from Media only where the system would choose that.
func StartPhone(t *testing.T, l Line) *Phone {
	t.Helper()
	p := &Phone{T: t, Name: l.Name, Dir: t.TempDir(), exited: make(chan struct{}), news: make(chan struct{})}
	p.write("tone.wav", Wave(l.Tone, 120*time.Second))
	p.write("accounts", []byte(l.Account+"\n"))
	p.write("contacts", []byte(strings.Join(l.Contacts, "\n")))
	p.write("config", []byte(p.config(l)))
	log, err := os.Create(filepath.Join(p.Dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	p.cmd = exec.Command("baresip", "-f", p.Dir, "-s")
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start baresip (Debian package baresip-core): %v", err)
	}
	go func() { _ = p.cmd.Wait(); _ = log.Close(); close(p.exited) }()
	t.Cleanup(p.stop)
	Await(t, l.Name+"'s control port", 20*time.Second, func() bool {
		p.ctrl, err = net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", l.Control))
		return err == nil
	})
	go p.listen()
	return p
}

func (p *Phone) config(l Line) string {
	modules, err := filepath.Glob("/usr/lib/baresip/modules")
	if err != nil || len(modules) == 0 {
		p.T.Fatal("baresip's modules are not where Debian puts them")
	}
	if len(l.Contacts) > 0 {
		l.Config = append(l.Config, "module_app contact.so", "module_app presence.so")
	}
	return strings.NewReplacer(
		"HOST", net.JoinHostPort(l.Host, strconv.Itoa(l.SIP)), "MEDIA", cmp.Or(l.Media, "127.0.0.1"), "CTRLPORT", strconv.Itoa(l.Control),
		"RTPFIRST", strconv.Itoa(l.RTP), "RTPLAST", strconv.Itoa(l.RTP+13), "DIR", p.Dir, "MODULES", modules[0],
	).Replace(baresipConfig) + strings.Join(l.Config, "\n") + "\n"
}

const baresipConfig = `poll_method epoll
sip_listen HOST
net_interface MEDIA
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
`

func (p *Phone) write(name string, data []byte) {
	if err := os.WriteFile(filepath.Join(p.Dir, name), data, 0o600); err != nil {
		p.T.Fatal(err)
	}
}

// listen reads the control connection's netstrings until it closes.
func (p *Phone) listen() {
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
			var e Event
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

// Order sends one command to baresip.
func (p *Phone) Order(command, params string) {
	p.T.Helper()
	data, err := json.Marshal(map[string]string{"command": command, "params": params})
	if err != nil {
		p.T.Fatal(err)
	}
	if _, err := fmt.Fprintf(p.ctrl, "%d:%s,", len(data), data); err != nil {
		p.T.Fatalf("tell %s to %s: %v", p.Name, command, err)
	}
}

// Dial calls a URI.
func (p *Phone) Dial(uri string) { p.T.Helper(); p.Order("dial", uri) }

// Hangup ends the call.
func (p *Phone) Hangup() { p.T.Helper(); p.Order("hangup", "") }

// Press presses one key.
func (p *Phone) Press(key string) { p.T.Helper(); p.Order("sndcode", key) }

// WaitFor waits until baresip has told at least n events of a type, and returns the n-th.
func (p *Phone) WaitFor(kind string, n int) Event {
	p.T.Helper()
	bound := time.After(30 * time.Second)
	for {
		p.mu.Lock()
		var seen []Event
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
			p.T.Fatalf("%s told no %s number %d; its log:\n%s", p.Name, kind, n, p.Log())
		}
	}
}

// Has says whether baresip has told an event of that type.
func (p *Phone) Has(kind string) bool { return p.Count(kind) > 0 }

// Count returns how many events of a type baresip has told.
func (p *Phone) Count(kind string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		if e.Type == kind {
			n++
		}
	}
	return n
}

// Calls returns how many calls were answered and are not over.
func (p *Phone) Calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	up := map[string]bool{}
	for _, e := range p.events {
		switch e.Type {
		case "CALL_ESTABLISHED":
			up[e.ID] = true
		case "CALL_CLOSED":
			delete(up, e.ID)
		}
	}
	return len(up)
}

// Kill ends the process as a power cut would: nothing is said to anybody.
func (p *Phone) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

func (p *Phone) stop() {
	p.Kill()
	if p.ctrl != nil {
		_ = p.ctrl.Close()
	}
	if p.T.Failed() {
		p.T.Logf("log of %s:\n%s", p.Name, p.Log())
	}
}

// Log returns the end of what baresip printed, its SIP messages included.
func (p *Phone) Log() string {
	data, err := os.ReadFile(filepath.Join(p.Dir, "log"))
	if err != nil {
		return err.Error()
	}
	const most = 6000
	if len(data) > most {
		data = data[len(data)-most:]
	}
	return string(data)
}

// Heard returns all that this phone's user heard so far in his last call, as samples at 8 kHz.
func (p *Phone) Heard() []float64 {
	files, err := filepath.Glob(filepath.Join(p.Dir, "dump-*-dec.wav"))
	if err != nil || len(files) == 0 {
		return nil
	}
	data, err := os.ReadFile(files[len(files)-1])
	if err != nil || len(data) < wavHeader {
		return nil
	}
	return Samples(data[wavHeader:])
}

// Hears says whether the last 200 ms that arrived hold the tone.
func (p *Phone) Hears(hz float64) bool {
	s := p.Heard()
	return len(s) >= Rate/5 && Tone(s[len(s)-Rate/5:], hz)
}

// AwaitTone waits until the phone hears the tone now.
func (p *Phone) AwaitTone(hz float64) {
	p.T.Helper()
	Await(p.T, fmt.Sprintf("%s hears %.0f Hz", p.Name, hz), 20*time.Second, func() bool { return p.Hears(hz) })
}

// EverHeard says whether any 100 ms of the call hold the tone.
func (p *Phone) EverHeard(hz float64) bool {
	s := p.Heard()
	for i := 0; i+Rate/10 <= len(s); i += Rate / 20 {
		if Tone(s[i:i+Rate/10], hz) {
			return true
		}
	}
	return false
}
