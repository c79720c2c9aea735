package stage

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Browser is a phone in a headless Chromium of its own: the page in browser/ with JsSIP, and a tone as its microphone. It
// answers every call.
type Browser struct {
	T    *testing.T
	Name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	log  string // its file
	done chan struct{}

	mu      sync.Mutex
	asked   int
	answers map[int]answer
	events  []told
	news    chan struct{} // closed and replaced with each line
}

// told is what the page tells of itself.
type told struct{ Event, Detail string }

// answer is what became of an order.
type answer struct {
	ID     int
	Result json.RawMessage
	Error  string
}

// browserFolder is where the page is, seen from a folder of tests.
const browserFolder = "../stage/browser"

// installed brings the packages of the page here, once.
var installed = sync.OnceValue(func() error {
	if _, err := os.Stat(filepath.Join(browserFolder, "node_modules", "axe-core")); err == nil {
		return nil
	}
	cmd := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--silent")
	cmd.Dir = browserFolder
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci in %s: %w\n%s", browserFolder, err, out)
	}
	return nil
})

// StartBrowser starts a Chromium whose user says a tone of hz, until the test ends.
func StartBrowser(t *testing.T, name string, hz float64) *Browser {
	t.Helper()
	return startBrowser(t, name, hz, "phone.mjs")
}

// startBrowser starts a Chromium that obeys a script of browserFolder.
func startBrowser(t *testing.T, name string, hz float64, script string) *Browser {
	t.Helper()
	if err := installed(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	tone := filepath.Join(dir, "tone.wav")
	if err := os.WriteFile(tone, Wave(hz, time.Second), 0o600); err != nil {
		t.Fatal(err)
	}
	b := &Browser{T: t, Name: name, log: filepath.Join(dir, "log"), done: make(chan struct{}), answers: map[int]answer{}, news: make(chan struct{})}
	log, err := os.Create(b.log)
	if err != nil {
		t.Fatal(err)
	}
	b.cmd = exec.Command("node", filepath.Join(browserFolder, script))
	b.cmd.Env = append(os.Environ(), "TONE="+tone)
	b.cmd.Stderr = log
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if b.in, err = b.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.cmd.Start(); err != nil {
		t.Fatalf("start node: %v", err)
	}
	go b.listen(out, log)
	t.Cleanup(b.stop)
	b.WaitFor("ready", 1)
	return b
}

// listen reads what the page says until it ends.
func (b *Browser) listen(out io.Reader, log *os.File) {
	defer close(b.done)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			told
			answer
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue
		}
		b.mu.Lock()
		if line.Event != "" {
			b.events = append(b.events, line.told)
			_, _ = fmt.Fprintf(log, "%s %s %s\n", time.Now().Format(time.StampMilli), line.Event, line.Detail)
		} else {
			b.answers[line.ID] = line.answer
		}
		close(b.news)
		b.news = make(chan struct{})
		b.mu.Unlock()
	}
	_ = b.cmd.Wait()
	_ = log.Close()
}

// Do lets the page do something (page.js) and returns what it says, in JSON.
func (b *Browser) Do(verb string, args ...any) json.RawMessage {
	b.T.Helper()
	b.mu.Lock()
	b.asked++
	id := b.asked
	b.mu.Unlock()
	order, err := json.Marshal(map[string]any{"id": id, "do": verb, "with": args})
	if err != nil {
		b.T.Fatal(err)
	}
	if _, err := b.in.Write(append(order, '\n')); err != nil {
		b.T.Fatalf("tell %s to %s: %v", b.Name, verb, err)
	}
	var got answer
	b.wait("answer to "+verb, func() (ok bool) {
		got, ok = b.answers[id]
		delete(b.answers, id)
		return ok
	})
	if got.Error != "" {
		b.T.Fatalf("%s: %s: %s", b.Name, verb, got.Error)
	}
	return got.Result
}

// Register registers at a WebSocket URL as a SIP URI.
func (b *Browser) Register(server, uri, password string) {
	b.T.Helper()
	b.Do("register", map[string]string{"server": server, "uri": uri, "password": password})
}

// wait waits until the page has said something that fits. The condition is asked with mu held.
func (b *Browser) wait(what string, fits func() bool) {
	b.T.Helper()
	bound := time.After(90 * time.Second) // on a busy machine Chromium alone takes half a minute to start
	for {
		b.mu.Lock()
		ok, news := fits(), b.news
		b.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-news:
		case <-b.done:
			b.T.Fatalf("%s ended, no %s; its log:\n%s", b.Name, what, b.Log())
		case <-bound:
			b.T.Fatalf("%s: no %s; its log:\n%s", b.Name, what, b.Log())
		}
	}
}

// WaitFor waits until the page has told an event n times, and returns the detail of the n-th.
func (b *Browser) WaitFor(event string, n int) (detail string) {
	b.T.Helper()
	b.wait(fmt.Sprintf("%s number %d", event, n), func() bool {
		seen := 0
		for _, e := range b.events {
			if e.Event == event {
				if seen++; seen == n {
					detail = e.Detail
					return true
				}
			}
		}
		return false
	})
	return detail
}

// Count returns how often the page has told an event.
func (b *Browser) Count(event string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.events {
		if e.Event == event {
			n++
		}
	}
	return n
}

// Heard returns the last half second that arrived, as samples at 8 kHz; empty before there was any.
func (b *Browser) Heard() (s []float64) {
	b.T.Helper()
	if err := json.Unmarshal(b.Do("heard"), &s); err != nil {
		b.T.Fatal(err)
	}
	return s
}

// Hears says whether the last 200 ms that arrived hold the tone.
func (b *Browser) Hears(hz float64) bool {
	b.T.Helper()
	s := b.Heard()
	return len(s) >= Rate/5 && Tone(s[len(s)-Rate/5:], hz)
}

// AwaitTone waits until the browser hears the tone now.
func (b *Browser) AwaitTone(hz float64) {
	b.T.Helper()
	Await(b.T, fmt.Sprintf("%s hears %.0f Hz", b.Name, hz), 20*time.Second, func() bool { return b.Hears(hz) })
}

// BrowserStats are what the browser counts of its call.
type BrowserStats struct {
	Codec, Cipher string
	In, Out, Lost int
	RoundTrip     float64 // in seconds, by the reports of the gateway; 0: none came
}

// Stats returns what the browser counted so far.
func (b *Browser) Stats() (s BrowserStats) {
	b.T.Helper()
	if err := json.Unmarshal(b.Do("stats"), &s); err != nil {
		b.T.Fatal(err)
	}
	return s
}

// Kill ends Chromium as a power cut would: nothing is said to anybody.
func (b *Browser) Kill() {
	b.T.Helper()
	pid, err := strconv.Atoi(b.WaitFor("ready", 1))
	if err != nil {
		b.T.Fatal(err)
	}
	// Chromium was made the leader of a group, with all of its processes.
	if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil {
		b.T.Fatal(err)
	}
}

func (b *Browser) stop() {
	_ = b.in.Close()
	select {
	case <-b.done:
	case <-time.After(10 * time.Second):
		_ = syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL)
	}
	if b.T.Failed() {
		b.T.Logf("log of %s:\n%s", b.Name, b.Log())
	}
}

// Log returns the end of what the browser told.
func (b *Browser) Log() string {
	data, err := os.ReadFile(b.log)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-12000):])
}
