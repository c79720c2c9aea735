package stage

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Linphone is one linphonec, which is told what to do on its command line and has files for a sound card.
type Linphone struct {
	T    *testing.T
	Name string
	Dir  string // where its files are: log, heard.wav

	cmd    *exec.Cmd
	orders io.WriteCloser
	exited chan struct{}
}

// Account is what a Linphone is made from.
type Account struct {
	Name     string
	User     string
	Domain   string // whose registrar it is in
	Params   string // of the registrar's URI, like ;transport=tcp
	Password string
	Tone     float64 // in Hz, that its user says
	Host     string  // IP address that it signals from
	RTP      int     // port
	Config   string  // more of the section sip of its configuration file
}

// StartLinphone runs a linphonec that registers and answers calls, until the test ends. It lives in a terminal made by
// script(1), because it works on calls only while it waits for a key.
func StartLinphone(t *testing.T, a Account) *Linphone {
	t.Helper()
	p := &Linphone{T: t, Name: a.Name, Dir: t.TempDir(), exited: make(chan struct{})}
	p.write("tone.wav", Wave(a.Tone, 120*time.Second))
	p.write("rc", []byte(strings.NewReplacer("HOST", a.Host, "RTP", fmt.Sprint(a.RTP)).Replace(linphoneConfig+a.Config)))
	if err := os.MkdirAll(p.path(".local/share/linphone"), 0o700); err != nil { // it does not make it, and does nothing without
		t.Fatal(err)
	}
	log, err := os.Create(p.path("log"))
	if err != nil {
		t.Fatal(err)
	}
	p.cmd = exec.Command("script", "-qfec", "linphonec -a -c "+p.path("rc"), "/dev/null")
	p.cmd.Env = append(os.Environ(), "HOME="+p.Dir, "TERM=xterm")
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if p.orders, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start linphonec in script(1) (Debian packages linphone-cli and bsdutils): %v", err)
	}
	go func() { _ = p.cmd.Wait(); _ = log.Close(); close(p.exited) }()
	t.Cleanup(p.stop)
	Await(t, a.Name+" takes orders", 20*time.Second, func() bool { return strings.Contains(p.Log(), "linphonec>") })
	p.Order("soundcard use files")
	p.Order("play " + p.path("tone.wav"))
	p.Order("record " + p.path("heard.wav"))
	p.Order(fmt.Sprintf("register sip:%s@%s sip:%s%s %s", a.User, a.Domain, a.Domain, a.Params, a.Password))
	return p
}

const linphoneConfig = `
[rtp]
audio_rtp_port=RTP
bind_address=HOST
[sip]
bind_address=HOST
sip_port=5060
sip_tcp_port=5060
use_ipv6=0
`

func (p *Linphone) path(name string) string { return filepath.Join(p.Dir, name) }

func (p *Linphone) write(name string, data []byte) {
	if err := os.WriteFile(p.path(name), data, 0o600); err != nil {
		p.T.Fatal(err)
	}
}

// Order gives one command.
func (p *Linphone) Order(line string) {
	p.T.Helper()
	if _, err := io.WriteString(p.orders, line+"\n"); err != nil {
		p.T.Fatalf("tell %s to %s: %v", p.Name, line, err)
	}
}

// Dial calls a URI.
func (p *Linphone) Dial(uri string) { p.T.Helper(); p.Order("call " + uri) }

// Hangup ends the call.
func (p *Linphone) Hangup() { p.T.Helper(); p.Order("terminate") }

// Press presses one key.
func (p *Linphone) Press(key string) { p.T.Helper(); p.Order(key) }

// Log returns what it printed.
func (p *Linphone) Log() string {
	data, err := os.ReadFile(p.path("log"))
	return cmp.Or(string(data), fmt.Sprint(err))
}

// Calls returns how many calls it has.
func (p *Linphone) Calls() int {
	log := p.Log()
	return strings.Count(log, "assigned id") - strings.Count(log, " ended (") - strings.Count(log, " error.")
}

// AwaitTone waits until its user hears the tone now.
func (p *Linphone) AwaitTone(hz float64) {
	p.T.Helper()
	Await(p.T, fmt.Sprintf("%s hears %.0f Hz", p.Name, hz), 20*time.Second, func() bool {
		s := p.heard()
		return len(s) >= Rate/5 && Tone(s[len(s)-Rate/5:], hz)
	})
}

// heard returns what its user heard in this call or the last one, at Rate.
func (p *Linphone) heard() []float64 {
	data, err := os.ReadFile(p.path("heard.wav"))
	if err != nil || len(data) < wavHeader {
		return nil
	}
	every := max(1, int(binary.LittleEndian.Uint32(data[24:]))/Rate) // the file has the codec's rate
	all := Samples(data[wavHeader:])
	out := make([]float64, len(all)/every)
	for i := range out {
		out[i] = all[i*every]
	}
	return out
}

func (p *Linphone) stop() {
	_ = p.orders.Close() // and with it the terminal
	_ = p.cmd.Process.Kill()
	<-p.exited
	if p.T.Failed() {
		p.T.Logf("log of %s:\n%s", p.Name, p.Log())
	}
}
