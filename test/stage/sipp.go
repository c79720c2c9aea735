package stage

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// SIPp is one SIPp process that plays a scenario of testdata a number of times.
type SIPp struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	out  *strings.Builder
	done chan error
}

// StartSIPp plays a scenario at an address of the site's network; calls is how often. args go to SIPp as they are.
func (s *Gateway) StartSIPp(scenario, addr string, calls int, args ...string) *SIPp {
	s.T.Helper()
	file, err := filepath.Abs(filepath.Join("testdata", scenario+".xml"))
	if err != nil {
		s.T.Fatal(err)
	}
	all := append([]string{
		"-sf", file, "-i", s.Net + addr, "-mi", s.Net + addr, "-p", "5060", "-m", strconv.Itoa(calls), "-nostdin",
		"-timeout", "60s", "-timeout_error", "-trace_err", "-error_file", s.Path(filepath.Base(scenario) + ".err"),
	}, args...)
	p := &SIPp{t: s.T, name: scenario, cmd: exec.Command("sipp", all...), out: &strings.Builder{}, done: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir = p.out, p.out, s.Dir
	if err := p.cmd.Start(); err != nil {
		s.T.Fatalf("start sipp (Debian package sip-tester): %v", err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	s.T.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// Ends waits until SIPp has played its scenario to the end, as written, every time.
func (p *SIPp) Ends() {
	p.t.Helper()
	if err := <-p.done; err != nil {
		p.t.Fatalf("sipp %s: %v\n%s", p.name, err, p.out)
	}
}
