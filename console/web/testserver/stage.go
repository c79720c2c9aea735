package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/console"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// stage is the real Floor among wires that are played: what it dials rings until the stage answers it, what it hangs
// up ends at once. Its past is played before it is shown, with times of its own.
type stage struct {
	console *console.Console
	office  *office

	mu    sync.Mutex
	floor *telagent.Floor
	past  time.Time     // the time of the play; zero: it is over, and the real clock counts
	ahead time.Duration // how far the play is ahead of that clock

	customer call.LegID // who called for nina last
	records  []telagent.Record
	ids      int
	legs     []leg // dialled and not ended, oldest first
	storm    storm
	quit     chan struct{}
	done     chan struct{}
}

type leg struct {
	id       call.LegID
	target   call.Target
	answered bool
}

func newStage() *stage {
	s := &stage{quit: make(chan struct{}), done: make(chan struct{})}
	s.office = newOffice(s)
	set := telagent.Settings{ // nothing rings out while a test looks at it
		RingTime: time.Hour, RequeueAfter: time.Hour, ConfirmTime: time.Hour,
		Trunks: []telagent.Trunk{{Name: "carrier", Channels: 30}, {Name: "backup", Channels: 4, Priority: 1}},
	}
	set.Thresholds = presence.Thresholds{
		presence.InLine: {Amber: 8 * time.Minute, Red: 12 * time.Minute}, presence.OnBreak: {Amber: 10 * time.Minute, Red: time.Hour},
		presence.ACW: {Amber: 2 * time.Minute, Red: 5 * time.Minute},
	}
	set.Dial.Allow, set.Dial.Region = []string{"DE"}, "DE"
	set.Dial.CallerID.Default, set.AccessNumber = "+4930999000", "+4930999111"
	set.Zone = func(name string) *time.Location {
		zone, err := time.LoadLocation(name)
		if err != nil {
			return nil
		}
		return zone
	}
	set.Clocks.Contact, set.Outage.Hold, set.Outage.BackAfter = time.Millisecond, time.Millisecond, time.Second
	s.floor = telagent.New(set, telagent.State{}, func() string {
		s.ids++
		return fmt.Sprintf("n%d", s.ids)
	})
	return s
}

// run lets the Floor's time pass until stop.
func (s *stage) run() {
	defer close(s.done)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.mu.Lock()
			s.perform(s.floor.Tick(s.now()))
			s.mu.Unlock()
		case <-s.quit:
			return
		}
	}
}

func (s *stage) stop() {
	close(s.quit)
	<-s.done
}

func (s *stage) now() time.Time {
	if s.past.IsZero() {
		return time.Now().Add(s.ahead)
	}
	return s.past
}

// View returns the Floor's snapshot.
func (s *stage) View() *telagent.View {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.floor.View(s.now())
}

// Do carries out a command.
func (s *stage) Do(_ context.Context, c telagent.Command) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.do(c)
}

// Plan asks what a switch would do.
func (s *stage) Plan(_ context.Context, c telagent.Switch) (telagent.SwitchPlan, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.floor.Plan(s.now(), c)
}

// PlanMany says what a switch of several would do.
func (s *stage) PlanMany(_ context.Context, c telagent.SwitchMany) (telagent.BatchPlan, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.floor.PlanMany(s.now(), c)
}

func (s *stage) do(c telagent.Command) error {
	out, err := s.floor.Do(s.now(), c)
	s.perform(out)
	return err
}

func (s *stage) report(e call.Event) { s.perform(s.floor.Handle(s.now(), e)) }

// perform plays the wires.
func (s *stage) perform(out telagent.Outcome) {
	s.office.note(out.Changes)
	s.storm.count(out.Changes)
	s.console.Tell(out.Changes)
	for _, c := range out.Changes {
		if ended, is := c.(telagent.CallEnded); is {
			s.records = append(s.records, ended.Record)
		}
	}
	for _, a := range out.Actions {
		switch a := a.(type) {
		case call.Dial:
			s.legs = append(s.legs, leg{id: a.Leg, target: a.Target})
			s.report(call.Ringing{Leg: a.Leg})
		case call.Hangup:
			s.hungUp(a)
		case call.Say:
			s.report(call.Played{Leg: a.Leg, Prompt: a.Prompt}) // at once
		case call.Record:
			if a.Now == call.Off {
				s.report(call.Recorded{Leg: a.Leg, File: a.File, Length: time.Second})
			}
		case call.Ring, call.Answer, call.Reject, call.Reroute, call.Join, call.Hear, call.Swap, call.Park, call.Ask, call.Progress, call.Verify:
		}
	}
}

func (s *stage) hungUp(a call.Hangup) {
	i := slices.IndexFunc(s.legs, func(l leg) bool { return l.id == a.Leg })
	if i >= 0 && !s.legs[i].answered {
		s.legs = slices.Delete(s.legs, i, i+1)
		s.report(call.Failed{Leg: a.Leg, Cause: a.Cause})
		return
	}
	if i >= 0 {
		s.legs = slices.Delete(s.legs, i, i+1)
	}
	s.report(call.Ended{Leg: a.Leg, How: call.HungUp, Cause: a.Cause})
}

// answer lets every ringing device answer that fits; a phone that asks for it presses 1.
func (s *stage) answer(fits func(call.Target) bool) {
	for _, l := range slices.Clone(s.legs) {
		if l.answered || !fits(l.target) {
			continue
		}
		for i := range s.legs {
			s.legs[i].answered = s.legs[i].answered || s.legs[i].id == l.id
		}
		s.report(call.Answered{Leg: l.id})
		if l.target.Device == call.PSTN {
			s.report(call.Digit{Leg: l.id, Key: "1"})
		}
	}
}

// play moves the floor as the test says; false: there is no such act.
func (s *stage) play(act string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch act {
	case "turn": // who is available becomes not ready, and the other way round
		for _, a := range s.floor.View(s.now()).Agents {
			to, ok := map[string]presence.Status{"available": presence.NotReady, "not_ready": presence.Available}[a.Status]
			if ok {
				s.must(telagent.SetStatus{By: a.ID, Agent: a.ID, Status: to})
			}
		}
	case "crowd":
		s.crowd()
	case "answer": // every phone that rings is answered with 1
		s.answer(func(t call.Target) bool { return t.Device == call.PSTN })
	case "lena": // her softphone is answered
		s.takes("lena")
	case "outage", "line": // the softphones of a place lose their line, and have it again
		s.outage(act == "line")
	default:
		return s.plays(act)
	}
	return true
}

// outage takes the line of a place with five agents, or gives it back.
func (s *stage) outage(over bool) {
	for i, id := range []string{"david", "elif", "greta", "noor", "samir"} {
		if over {
			s.report(call.Bound{AOR: id})
			continue
		}
		s.must(telagent.SignOn{By: id, Agent: id})
		s.report(call.Located{AOR: id, Address: netip.AddrFrom4([4]byte{203, 0, 113, byte(i + 1)})})
		s.report(call.Bound{AOR: id})
		s.report(call.Unbound{AOR: id})
	}
}

// must is for commands of the play itself.
func (s *stage) must(c telagent.Command) {
	if err := s.do(c); err != nil {
		panic(fmt.Sprintf("the play is wrong: %+v: %v", c, err))
	}
}

func (s *stage) invite(from, name, to string) call.LegID {
	s.ids++
	id := call.LegID(fmt.Sprintf("in%d", s.ids))
	s.report(call.Invited{Leg: id, From: call.Party{Number: from, Name: name}, To: to, Source: call.Source{Trunk: "carrier"}})
	return id
}

func (s *stage) declare(id string, status presence.Status) {
	s.must(telagent.SetStatus{By: id, Agent: id, Status: status})
}

// takes lets an agent's softphone answer what rings there.
func (s *stage) takes(id string) {
	s.answer(func(t call.Target) bool { return strings.HasPrefix(t.String(), id+"@softphone") })
}
