package telagent_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// BenchmarkFloorEvents measures what one step of the Floor costs while 10,000 calls are up: those that agents are free
// for are talking, the others wait. One operation is one Event, Command or Tick of calls that come, are answered, some
// of them switched, and end.
func BenchmarkFloorEvents(b *testing.B) {
	for _, agents := range []int{1000, 4000, 12000} {
		b.Run(fmt.Sprintf("calls=10000/agents=%d", agents), func(b *testing.B) {
			h := newHall(agents, 10000)
			h.run(20000) // past the start
			b.ReportAllocs()
			start, cpu := h.steps, cpuTime()
			b.ResetTimer()
			h.run(b.N)
			b.StopTimer()
			n := float64(h.steps - start)
			b.ReportMetric(n/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64((cpuTime()-cpu).Nanoseconds())/1000/n, "cpu-µs/event")
		})
	}
}

// BenchmarkView measures a snapshot of the same hall.
func BenchmarkView(b *testing.B) {
	h := newHall(1000, 10000)
	b.ReportAllocs()
	for b.Loop() {
		if len(h.f.View(h.now).Calls) == 0 {
			b.Fatal("nobody is in the hall")
		}
	}
}

// hall is a big call centre whose phones all work.
type hall struct {
	f         *telagent.Floor
	now       time.Time
	ids       int
	steps     int
	todo      []call.Event // what wires will report, in order
	customers []call.LegID // who are in the hall, oldest first
}

func newHall(agents, calls int) *hall {
	h := &hall{now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	h.f = telagent.New(telagent.Settings{
		RingTime: 20 * time.Second, WrapUp: 10 * time.Second, CutOff: 5 * time.Second, ConfirmTime: 10 * time.Second,
		RequeueAfter: 90 * time.Second, SorryAfter: 10 * time.Second, Dial: anything, Trunks: []telagent.Trunk{{Name: "north"}},
	}, telagent.State{}, h.id)
	for i := range 20 {
		h.do(telagent.PutQueue{Queue: telagent.Queue{
			Name: fmt.Sprintf("q%d", i), Numbers: []string{fmt.Sprintf("+800%d", i)}, Strategy: "longest_idle", Priority: 5,
		}})
	}
	h.handle(call.TrunkUp{Trunk: "north"})
	for i := range agents {
		id := fmt.Sprintf("a%d", i)
		h.do(telagent.PutAgent{Entry: telagent.Agent{
			ID: id, Name: id, Team: "support", Numbers: []string{fmt.Sprintf("+4930%06d", i)},
			Queues: map[string]int{fmt.Sprintf("q%d", i%20): 1}, WrapUp: 10 * time.Second,
		}})
		h.handle(call.Bound{AOR: id})
		h.do(telagent.SignOn{Agent: id})
		h.do(telagent.SetStatus{Agent: id, Status: presence.Available})
	}
	for range calls {
		h.invite()
	}
	h.run(1)
	return h
}

func (h *hall) id() string {
	h.ids++
	return fmt.Sprint(h.ids)
}

// run lets n steps happen: what the wires owe first, then a timer that is due, then one customer leaves and another
// calls; every tenth agent is switched back and forth.
func (h *hall) run(n int) {
	for end := h.steps + n; h.steps < end; {
		switch due, ok := h.f.Next(); {
		case len(h.todo) > 0:
			e := h.todo[0]
			h.todo = h.todo[1:]
			h.handle(e)
		case ok && !due.After(h.now):
			h.steps++
			h.took(h.f.Tick(h.now))
		default:
			h.now = h.now.Add(time.Millisecond)
			h.leave()
			h.invite()
			if h.ids%10 == 0 {
				h.do(telagent.Switch{Agent: fmt.Sprintf("a%d", h.ids%1000)})
			}
		}
	}
}

func (h *hall) invite() {
	leg := call.LegID(h.id())
	h.customers = append(h.customers, leg)
	h.handle(call.Invited{
		Leg: leg, From: call.Party{Number: "+49170"}, To: fmt.Sprintf("+800%d", h.ids%20), Source: call.Source{Trunk: "north"},
	})
}

func (h *hall) leave() {
	h.handle(call.Ended{Leg: h.customers[0], How: call.HungUp, Cause: call.Normal})
	h.customers = h.customers[1:]
}

func (h *hall) handle(e call.Event) {
	h.steps++
	h.took(h.f.Handle(h.now, e))
}

func (h *hall) do(c telagent.Command) {
	h.steps++
	out, _ := h.f.Do(h.now, c) // a refused switch is work too
	h.took(out)
}

// took lets the wires answer what was ordered: every phone answers, presses 1 and hangs up as told.
func (h *hall) took(out telagent.Outcome) {
	for _, a := range out.Actions {
		switch a := a.(type) {
		case call.Dial:
			h.todo = append(h.todo, call.Ringing{Leg: a.Leg}, call.Answered{Leg: a.Leg})
		case call.Ask:
			h.todo = append(h.todo, call.Digit{Leg: a.Leg, Key: "1"})
		case call.Hangup:
			h.todo = append(h.todo, call.Ended{Leg: a.Leg, How: call.HungUp, Cause: call.Normal})
		default:
		}
	}
}

// cpuTime is what the process has used of all cores.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
