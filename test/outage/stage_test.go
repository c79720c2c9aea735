//go:build peers || outage

package outage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"telagent-gateway/demo"
)

// line is the site's way into the network. Its two kinds are a wire between network namespaces and a Relay.
type line interface {
	start(program *exec.Cmd) error // at the site
	cut() error                    // it goes down: whoever sends to the site is told that it cannot be reached
	silence() error                // packets vanish, and nobody is told
	mend() error
}

// place is where everybody lives.
type place struct {
	gateway, carrier string // IPv4 addresses
	phones           string // of the site's phones, by themselves
	site             string // the network that the gateway sees them in
	proxy            string // that they send through; empty: to the gateway itself
	slot             int    // of the first phone: they tell their ports apart by it, 0..99
	line             line
}

// stage is a running gateway, its carrier, its supervisor, and the site's softphones.
type stage struct {
	t          *testing.T
	o          rehearsal
	dir        string
	place      place
	gateway    *exec.Cmd
	carrier    *demo.Robot
	boss       *demo.Desk
	watch      *demo.Watch
	softphones []*softphone
	began      time.Time
}

// bound is how long anything may take that is no matter of time.
const bound = 60 * time.Second

const (
	password = "a-secret-of-tests-1"
	queueDID = "+18005550100"
	team     = "support"
)

const gatewayConfig = `
sip: {domain: GATEWAY, listen: ["udp:GATEWAY:5060"], ask_phones: ASK}
media: {listen: GATEWAY, ports: 24000-24999}
http: {listen: "GATEWAY:8080"}
store: sqlite:DIR/telagent.db
trunks:
  - {name: carrier, uri: "sip:CARRIER;transport=udp", accept_from: [IP/32], channels: CHANNELS}
dialling: {region: DE, allow: [DE]}
policy: {ring_time: RING, confirm_time: CONFIRM, requeue_after: REQUEUE, access_number: "+4930900", outage: {back_after: BACK}}
log: {level: debug, format: console}
`

// build starts everything: gateway, carrier, softphones, all agents available.
func build(t *testing.T, o rehearsal, at place) *stage {
	t.Helper()
	s := &stage{t: t, o: o, dir: t.TempDir(), place: at, began: time.Now()}
	var err error
	s.carrier, err = demo.NewRobot(demo.Part{Name: "carrier", Address: at.carrier, Tone: demo.CustomerTone})
	s.must(err)
	t.Cleanup(s.carrier.Kill)
	s.write(filepath.Join(s.dir, "tone.wav"), wave(demo.SoftphoneTone, 15*time.Minute))
	s.serve()
	ctx := s.within(bound)
	s.boss, err = demo.SignIn(ctx, s.api(), demo.Login{User: "boss", Password: password})
	s.must(err)
	t.Cleanup(s.boss.Close)
	s.watch, err = s.boss.Watch(ctx)
	s.must(err)
	t.Cleanup(s.watch.Close)
	for i := range o.agents {
		s.softphones = append(s.softphones, s.startSoftphone(i))
	}
	for i := range o.agents {
		s.awaitAgent(i, "is reachable", func(a demo.Agent) bool { return a.Reachable == "reachable" })
		desk, err := demo.SignIn(ctx, s.api(), demo.Login{User: agentID(i), Password: password})
		s.must(err)
		s.must(desk.SetStatus(ctx, agentID(i), "available"))
		desk.Close()
	}
	s.say("%d softphones are registered at the site %s, their agents are available", o.agents, at.site)
	return s
}

// serve imports the directory and starts the gateway's binary (make build).
func (s *stage) serve() {
	s.t.Helper()
	// One channel of a trunk is kept for calls for help.
	channels := s.o.agents + s.o.free + 1
	file := filepath.Join(s.dir, "telagent.yaml")
	s.write(file, strings.NewReplacer(
		"GATEWAY", s.place.gateway, "CARRIER", s.carrier.Addr(), "IP", s.place.carrier, "DIR", s.dir, "CHANNELS", fmt.Sprint(channels),
		"RING", s.o.ring.String(), "CONFIRM", s.o.confirm.String(), "REQUEUE", s.o.requeue.String(),
		"ASK", s.o.ask.String(), "BACK", s.o.back.String(),
	).Replace(gatewayConfig))
	people := filepath.Join(s.dir, "directory.yaml")
	s.write(people, s.directory())
	if out, err := s.telagent("import", "-c", file, people).CombinedOutput(); err != nil {
		s.t.Fatalf("telagent import: %v\n%s", err, out)
	}
	log, err := os.Create(filepath.Join(s.dir, "log"))
	s.must(err)
	s.gateway = s.telagent("serve", "-c", file)
	s.gateway.Stdout, s.gateway.Stderr = log, log
	s.must(s.gateway.Start())
	s.t.Cleanup(func() { s.stop(log) })
	s.await("the gateway is ready", func() bool {
		res, err := http.Get(s.api() + "/readyz")
		if err != nil {
			return false
		}
		return errors.Join(res.Body.Close()) == nil && res.StatusCode == http.StatusOK
	})
}

func (s *stage) directory() string {
	var b strings.Builder
	fmt.Fprintf(&b, "users:\n  - {name: boss, role: supervisor, teams: [%s], password: %s}\n", team, password)
	fmt.Fprintf(&b, "  - {name: root, role: admin, password: %s}\nagents:\n", password)
	for i := range s.o.agents {
		var numbers []string
		for n := range s.o.phones(i) {
			numbers = append(numbers, fmt.Sprintf("%q", phoneNumber(i, n)))
		}
		fmt.Fprintf(&b, "  - {id: %s, name: Agent %d, team: %s, password: %s, numbers: [%s], queues: {support: 1}, wrap_up: 1s}\n",
			agentID(i), i+1, team, password, strings.Join(numbers, ", "))
	}
	fmt.Fprintf(&b, "queues:\n  - {name: support, numbers: [%q], strategy: longest_idle, priority: 5, calling_name: Support}\n", queueDID)
	return b.String()
}

func agentID(i int) string { return fmt.Sprintf("agent%02d", i+1) }

// phoneNumber is the n-th number of an agent.
func phoneNumber(i, n int) string { return fmt.Sprintf("+4930%d000%02d", n+1, i+1) }

func (s *stage) stop(log *os.File) {
	_ = s.gateway.Process.Signal(syscall.SIGTERM)
	if err := s.gateway.Wait(); err != nil {
		s.t.Errorf("the gateway did not end well: %v", err)
	}
	_ = log.Close()
	data, err := os.ReadFile(log.Name())
	if err != nil {
		s.t.Error(err)
	}
	if bytes.Contains(data, []byte("this is a bug")) {
		s.t.Error("the gateway caught a bug of its own, see its log")
	}
	if s.t.Failed() {
		s.t.Logf("log of the gateway:\n%s", s.excerpt(string(data)))
	}
}

// excerpt is the end of a log without its debug lines, which hold every message.
func (s *stage) excerpt(log string) string {
	var lines []string
	for line := range strings.Lines(log) {
		if !strings.Contains(line, "\tdebug\t") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-150):], "")
}

func (s *stage) telagent(args ...string) *exec.Cmd {
	return exec.Command("../../bin/telagent", args...)
}

func (s *stage) api() string { return "http://" + s.place.gateway + ":8080" }

func (s *stage) write(name, text string) { s.must(os.WriteFile(name, []byte(text), 0o600)) }

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// within is a context for things that may take so long.
func (s *stage) within(d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(s.t.Context(), d)
	s.t.Cleanup(cancel)
	return ctx
}

// await polls until ok, for things that tell nobody when they become true.
func (s *stage) await(what string, ok func() bool) {
	s.t.Helper()
	s.awaitFor(bound, what, ok)
}

func (s *stage) awaitFor(d time.Duration, what string, ok func() bool) {
	s.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(d); !ok(); <-tick.C {
		if time.Now().After(end) {
			s.t.Fatalf("waited %v in vain: %s", d, what)
		}
	}
}

func (s *stage) awaitAgent(i int, what string, ok func(demo.Agent) bool) {
	s.t.Helper()
	s.await(agentID(i)+" "+what, func() bool {
		a, err := s.boss.Agent(s.t.Context(), agentID(i))
		return err == nil && ok(a)
	})
}

// say prints a line of a rehearsal's timeline.
func (s *stage) say(format string, args ...any) {
	if s.o.title == "" {
		return
	}
	fmt.Printf("%6.1f s  %s\n", time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}
