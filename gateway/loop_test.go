package gateway

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"telagent-gateway/call"
	"telagent-gateway/console"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// fakeHands keep what they were told; the store commits when the test lets it.
type fakeHands struct {
	actions []call.Action
	changes []telagent.Change
	commit  []func(error)
	bug     bool
}

func (h *fakeHands) act(a call.Action) {
	if h.bug {
		h.bug = false
		panic("a wire with a bug")
	}
	h.actions = append(h.actions, a)
}
func (h *fakeHands) tell(c []telagent.Change) { h.changes = append(h.changes, c...) }
func (h *fakeHands) remember(_ []telagent.Change, committed func(error)) {
	if committed != nil {
		h.commit = append(h.commit, committed)
	}
}

// running starts a loop over a floor with one queue and one administrator.
func running(t *testing.T) (*loop, *fakeHands, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zapcore.InfoLevel)
	hands := &fakeHands{}
	state := telagent.State{
		Users:  []telagent.User{{Name: "root", Role: telagent.AdminRole}},
		Queues: []telagent.Queue{{Name: "support", Numbers: []string{"+18005550100"}, Strategy: "longest_idle", Priority: 5}},
	}
	l := newLoop(telagent.New(telagent.Settings{}, state, newID), hands, zap.New(core))
	go l.run()
	t.Cleanup(l.stop)
	return l, hands, logs
}

var arrival = call.Invited{Leg: "c1", From: call.Party{Number: "+49170"}, To: "+18005550100", Source: call.Source{Trunk: "t"}}

func TestAFactReachesTheFloorAndItsActionsReachTheWires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, hands, _ := running(t)
		l.report(arrival)
		synctest.Wait()
		if len(hands.actions) == 0 || hands.actions[0] != (call.Answer{Leg: "c1"}) {
			t.Errorf("actions %v, want an answer first", hands.actions)
		}
	})
}

func TestTheAnswerToACommandWaitsForItsCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, hands, _ := running(t)
		answer := make(chan error, 1)
		go func() {
			answer <- l.do(t.Context(), telagent.PutUser{By: "root", User: telagent.User{Name: "new", Role: telagent.SupervisorRole}})
		}()
		synctest.Wait()
		if len(answer) != 0 || len(hands.commit) != 1 {
			t.Fatalf("answered %d, waiting for %d commits; want 0 and 1", len(answer), len(hands.commit))
		}
		hands.commit[0](errors.New("disk full"))
		if err := <-answer; !errors.Is(err, console.ErrNotSaved) || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("answer %v, want the store's complaint", err)
		}
	})
}

func TestARefusalComesBackAsItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, hands, _ := running(t)
		answer := make(chan error, 1)
		go func() {
			answer <- l.do(t.Context(), telagent.SetStatus{By: "root", Agent: "nobody", Status: presence.Available})
		}()
		synctest.Wait()
		for _, commit := range hands.commit { // the audit line
			commit(nil)
		}
		var refusal *telagent.Refusal
		if err := <-answer; !errors.As(err, &refusal) || refusal.Code != "unknown_agent" {
			t.Errorf("answer %v, want the refusal unknown_agent", err)
		}
	})
}

func TestCallsThatAreUpWhenTheGatewayEndsAreHungUpAndHaveTheirRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, hands, _ := running(t)
		second := arrival
		second.Leg = "c2"
		l.report(arrival)
		l.report(second)
		l.clear(t.Context())
		synctest.Wait()
		for _, leg := range []call.LegID{"c1", "c2"} {
			hungUp := func(a call.Action) bool { h, ok := a.(call.Hangup); return ok && h.Leg == leg }
			recorded := func(c telagent.Change) bool {
				e, ok := c.(telagent.CallEnded)
				return ok && len(e.Record.Legs) == 1 && e.Record.Legs[0].Leg == leg && e.Record.EndedBy == "system"
			}
			if !slices.ContainsFunc(hands.actions, hungUp) || !slices.ContainsFunc(hands.changes, recorded) {
				t.Errorf("%s: actions %v, changes %v; want it hung up and its record", leg, hands.actions, hands.changes)
			}
		}
	})
}

func TestABugInAStepEndsItsLegAndNotTheGateway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, hands, logs := running(t)
		hands.bug = true
		l.report(arrival)
		synctest.Wait()
		if l.bugs.Load() != 1 || logs.FilterMessageSnippet("this is a bug").Len() != 1 {
			t.Errorf("counted %d bugs and logged %v", l.bugs.Load(), logs.All())
		}
		if want := (call.Hangup{Leg: "c1", Cause: call.Broken}); len(hands.actions) != 1 || hands.actions[0] != want {
			t.Errorf("actions %v, want %v alone", hands.actions, want)
		}
		if _, err := l.snapshot(t.Context()); err != nil {
			t.Errorf("the loop is gone: %v", err)
		}
	})
}

func TestTheSnapshotIsMadeOncePerChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _, _ := running(t)
		first, err := l.snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if again, err := l.snapshot(t.Context()); err != nil || again != first {
			t.Errorf("another snapshot without a change (%v)", err)
		}
		l.report(arrival)
		if later, err := l.snapshot(t.Context()); err != nil || later == first || len(later.Calls) != 1 {
			t.Errorf("the snapshot does not show the call (%v)", err)
		}
	})
}

func TestNobodyHangsWhenTheLoopHasStopped(t *testing.T) {
	l := newLoop(telagent.New(telagent.Settings{}, telagent.State{}, newID), &fakeHands{}, zap.NewNop())
	go l.run()
	l.stop()
	l.report(arrival) // returns
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := l.do(ctx, telagent.SignOn{Agent: "ana"}); !errors.Is(err, errStopped) {
		t.Errorf("do returned %v, want %v", err, errStopped)
	}
	if _, err := l.snapshot(ctx); !errors.Is(err, errStopped) {
		t.Errorf("snapshot returned %v, want %v", err, errStopped)
	}
}

func TestALoopThatFinishesHandlesWhatWasReportedBefore(t *testing.T) {
	hands := &fakeHands{}
	l := newLoop(telagent.New(telagent.Settings{}, telagent.State{}, newID), hands, zap.NewNop())
	go l.run()
	holds, goes := make(chan struct{}), make(chan struct{})
	if err := l.put(t.Context(), reading(func(time.Time, *telagent.Floor) { close(holds); <-goes })); err != nil {
		t.Fatal(err)
	}
	<-holds
	for i := range 100 {
		l.report(call.Invited{Leg: call.LegID(strconv.Itoa(i)), To: "nobody"})
	}
	go close(goes)
	l.finish()
	rejected := slices.DeleteFunc(hands.actions, func(a call.Action) bool { _, is := a.(call.Reject); return !is })
	if len(rejected) != 100 {
		t.Errorf("%d of 100 callers were handled", len(rejected))
	}
}

func TestASnapshotShowsAlsoWhatNoChangeTellsOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		settings := telagent.Settings{Trunks: []telagent.Trunk{{Name: "t", Channels: 2}}}
		state := telagent.State{Queues: []telagent.Queue{{Name: "support", Numbers: []string{arrival.To}, Priority: 5}}}
		l := newLoop(telagent.New(settings, state, newID), &fakeHands{}, zap.NewNop())
		go l.run()
		t.Cleanup(l.stop)
		inUse := func() int {
			view, err := l.snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return view.Trunks[0].InUse
		}
		l.report(arrival)
		l.clear(t.Context())
		if n := inUse(); n != 1 {
			t.Errorf("%d channels in use while the BYE is not answered, want 1", n)
		}
		l.report(call.Ended{Leg: arrival.Leg, How: call.HungUp, Cause: call.Normal})
		if n := inUse(); n != 0 {
			t.Errorf("%d channels in use after the end, want none", n)
		}
	})
}

func TestTheSecondAnswerToARequestWaitsForTheCommitOfTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, hands, _ := running(t)
		answers := make(chan error, 2)
		for range 2 {
			go func() {
				answers <- l.do(t.Context(), telagent.ForceLogout{By: "root", Agent: "nobody", RequestID: "r1"})
			}()
		}
		synctest.Wait()
		if len(answers) != 0 || len(hands.commit) != 2 {
			t.Errorf("%d answered before the commit, %d wait for it; want none and 2", len(answers), len(hands.commit))
		}
		for _, commit := range hands.commit {
			commit(nil)
		}
	})
}

func TestAReaderGivesUpWhenTheLoopIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLoop(telagent.New(telagent.Settings{}, telagent.State{}, newID), &fakeHands{}, zap.NewNop()) // runs never
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.snapshot(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("snapshot returned %v, want %v", err, context.DeadlineExceeded)
		}
	})
}

func TestAReadingThatPanicsIsAnErrorForWhoAsked(t *testing.T) {
	l, _, _ := running(t)
	if _, err := read(t.Context(), l, func(time.Time, *telagent.Floor) int { panic("a bug") }); !errors.Is(err, errBug) {
		t.Errorf("read returned %v, want %v", err, errBug)
	}
}
