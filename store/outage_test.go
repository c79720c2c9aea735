package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// writeForEver is what the child process does: every number that it prints is committed.
func writeForEver(dsn string) {
	s, err := Open(context.Background(), dsn, zap.NewNop())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for i := 1; ; i++ {
		a := agent("ana")
		a.Name = strconv.Itoa(i)
		changes := []telagent.Change{
			line(i),
			telagent.AgentChanged{Agent: a},
			telagent.CallKept{Call: liveCall(strconv.Itoa(i))},
			telagent.CallEnded{Record: record(strconv.Itoa(i-1), noon, "q", "ana")},
		}
		if err := <-told(s, changes...); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(i)
	}
}

func killed(t *testing.T, on target) {
	dsn := on.fresh(t)
	for round, enough := range []int{1, 60, 200} {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childStore+"="+dsn)
		out, err := child.StdoutPipe()
		must(t, err)
		must(t, child.Start())
		last := 0
		for said := bufio.NewScanner(out); said.Scan(); {
			n, err := strconv.Atoi(said.Text())
			if err != nil {
				t.Errorf("the child says %s", said.Text())
			}
			last = n
			if n == enough {
				must(t, child.Process.Kill())
			}
		}
		_ = child.Wait() // it was killed

		s := opened(t, dsn)
		state, err := s.Load(t.Context())
		must(t, err)
		n, err := strconv.Atoi(state.Agents[0].Name)
		must(t, err)
		if n < last {
			t.Errorf("round %d: the agent is of write %d, %d was committed", round, n, last)
		}
		var lines, calls int
		must(t, on.raw(t, dsn).QueryRow(`SELECT COUNT(*), (SELECT COUNT(*) FROM calls) FROM audit`).Scan(&lines, &calls))
		if calls != n && round == 0 || lines < last {
			t.Errorf("round %d: %d lines and %d calls for %d writes: half a commit", round, lines, calls, n)
		}
		if live := state.Live.Calls; len(live) != 1 || live[0].ID != call.ID(strconv.Itoa(n)) {
			t.Errorf("round %d: of write %d there live %d calls: half a commit", round, n, len(live))
		}
		must(t, s.Close())
	}
}

// loud opens a store whose log lines can be waited for.
func loud(t *testing.T, dsn string, l limits) (s *Store, said func(start string)) {
	t.Helper()
	lines := make(chan string, 1000)
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zapcore.EncoderConfig{}), zapcore.AddSync(discardWriter{}), zapcore.InfoLevel)
	log := zap.New(core, zap.Hooks(func(e zapcore.Entry) error {
		lines <- e.Message
		return nil
	}))
	s, err := open(t.Context(), dsn, log, l)
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s, func(start string) {
		t.Helper()
		for deadline := time.After(time.Minute); ; {
			select {
			case line := <-lines:
				if strings.HasPrefix(line, start) {
					return
				}
			case <-deadline:
				t.Fatalf("nobody said %q", start)
			}
		}
	}
}

type discardWriter struct{}

func (discardWriter) Write(p []byte) (int, error) { return len(p), nil }

func away(t *testing.T, on target) {
	dsn := on.fresh(t)
	s, said := loud(t, dsn, quick)
	written(t, s, telagent.AgentChanged{Agent: agent("ana")})
	back := on.away(t, dsn)
	if err := <-told(s, line(1)); !errors.Is(err, errLate) {
		t.Errorf("the command heard %v", err)
	}
	said("the store does not take changes")
	if err := s.Healthy(); err == nil {
		t.Error("it calls itself healthy")
	}
	for i := range 10_000 {
		a := agent("ana")
		a.Name = strconv.Itoa(i)
		s.Write([]telagent.Change{telagent.AgentChanged{Agent: a}}, nil)
	}
	s.mutex.Lock()
	kept := len(s.pending.latest)
	s.mutex.Unlock()
	if kept > 1 {
		t.Errorf("%d entries wait for one agent", kept)
	}
	s.Write([]telagent.Change{line(2), telagent.CallEnded{Record: record("c", noon, "q")}}, nil)
	back()
	said("the store takes changes again")
	written(t, s, line(3))
	must(t, s.Healthy())
	state, err := s.Load(t.Context())
	must(t, err)
	if len(state.Agents) != 1 || state.Agents[0].Name != "9999" {
		t.Errorf("got %+v", state.Agents)
	}
	if got := details(t, s, AuditQuery{}); got != "3 2 1" {
		t.Errorf("the trail has %q", got)
	}
	if calls, err := s.History(t.Context(), HistoryQuery{}); err != nil || len(calls) != 1 {
		t.Errorf("got %d calls, %v", len(calls), err)
	}
}

func linesAreBounded(t *testing.T, on target) {
	dsn := on.fresh(t)
	s, said := loud(t, dsn, quick)
	back := on.away(t, dsn)
	s.Write([]telagent.Change{line(0)}, nil)
	said("the store does not take changes")
	for i := range quick.lines + 9 {
		s.Write([]telagent.Change{line(i + 1)}, nil)
	}
	said("lines of history and audit were dropped")
	back()
	said("the store takes changes again")
	must(t, s.Close())
	lost := s.Lost()
	s = opened(t, dsn)
	trail, err := s.Audit(t.Context(), AuditQuery{Limit: 1000})
	must(t, err)
	if v, err := s.Verify(t.Context(), Link{}); err != nil || v.Broken != 0 || v.Missing != 10 {
		t.Errorf("the chain says %+v, %v; it goes on where lines were dropped, and says how many", v, err)
	}
	oldest := trail[len(trail)-1].Detail
	if len(trail) != quick.lines || oldest != "10" || lost != 10 {
		t.Errorf("%d lines, the oldest is %s, %d lost", len(trail), oldest, lost)
	}
}

func waitersAreBounded(t *testing.T, on target) {
	dsn := on.fresh(t)
	l := quick
	l.patience = time.Minute
	s, said := loud(t, dsn, l)
	back := on.away(t, dsn)
	s.Write([]telagent.Change{line(0)}, nil)
	said("the store does not take changes")
	var answers []<-chan error
	full := 0
	for i := range 2*l.waiters + 2 { // a batch under way may hold some of them too
		answer := told(s, line(i+1))
		select {
		case err := <-answer:
			if !errors.Is(err, errFull) {
				t.Errorf("heard %v", err)
			}
			full++
		default:
			answers = append(answers, answer)
		}
	}
	if full == 0 || len(answers) < l.waiters {
		t.Errorf("%d were told at once, %d wait", full, len(answers))
	}
	back()
	for _, answer := range answers {
		if err := <-answer; err != nil {
			t.Errorf("heard %v", err)
		}
	}
}

func takenOver(t *testing.T, on target) {
	dsn := on.fresh(t)
	s, said := loud(t, dsn, quick)
	written(t, s, line(1))
	_, err := on.raw(t, dsn).Exec(`UPDATE meta SET value = 'another' WHERE name = 'owner'`)
	must(t, err)
	back := on.away(t, dsn)
	s.Write([]telagent.Change{line(2)}, nil)
	said("the store does not take changes")
	back()
	var last error
	for range 50 { // until the new session was tried
		if last = <-told(s, line(3)); last == nil {
			t.Fatal("it writes on")
		}
		if last = s.Healthy(); strings.Contains(last.Error(), "another gateway has used the store") {
			break
		}
	}
	if !strings.Contains(last.Error(), "another gateway has used the store") {
		t.Errorf("got %v", last)
	}
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "were not written") {
		t.Errorf("closing says %v", err)
	}
}

func closingAway(t *testing.T, on target) {
	dsn := on.fresh(t)
	l := quick
	l.patience, l.farewell = time.Minute, 100*time.Millisecond
	s, said := loud(t, dsn, l)
	back := on.away(t, dsn)
	defer back()
	answer := told(s, line(1), telagent.AgentChanged{Agent: agent("ana")})
	said("the store does not take changes")
	err := s.Close()
	if err == nil || !strings.Contains(err.Error(), "1 entries, 2 lines of history and audit and 0 messages of webhooks were not written") {
		t.Errorf("closing says %v", err)
	}
	if err := <-answer; !errors.Is(err, errClosed) {
		t.Errorf("the command heard %v", err)
	}
}

func closingInTime(t *testing.T, on target) {
	dsn := on.fresh(t)
	s, said := loud(t, dsn, quick)
	back := on.away(t, dsn)
	s.Write([]telagent.Change{line(1)}, nil)
	said("the store does not take changes")
	s.mutex.Lock()
	asked, full := 0, s.db.full
	s.db.full = func(err error) bool { // it is asked about each failure, twice
		if s.closed {
			if asked++; asked == 6 {
				back()
			}
		}
		return full(err)
	}
	s.mutex.Unlock()
	must(t, s.Close())
	if got := details(t, opened(t, dsn), AuditQuery{}); got != "1" {
		t.Errorf("the audit trail has %q", got)
	}
}
