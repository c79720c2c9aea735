package telagent_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// FuzzFloor reads bytes as facts, requests and time that passes, in any order and about any leg, sane or not. Whatever
// comes: no panic, a sound Floor, no timer that is due again at once, and no request that is refused half done.
func FuzzFloor(f *testing.F) {
	f.Add([]byte{})
	// invited, answered, hung up by the customer
	f.Add([]byte{0, 0, 0, 0, 2, 1, 0, 4, 0, 0, 20, 30})
	// a switch while talking: click, answered, 1, the phone hangs up
	f.Add([]byte{0, 0, 0, 0, 2, 1, 0, 14, 0, 1, 0, 2, 2, 0, 9, 2, 0, 4, 2, 0, 20, 90})
	// silence, comfort, requeue, a late answer
	f.Add([]byte{0, 0, 0, 0, 2, 1, 0, 5, 1, 20, 200, 20, 250, 2, 2, 0, 3, 2, 1, 20, 255, 20, 255})
	// forced out while switching, the customer leaves, the leg ends twice
	f.Add([]byte{0, 0, 0, 0, 2, 1, 0, 14, 0, 1, 0, 16, 0, 4, 0, 0, 4, 2, 0, 4, 2, 1, 2, 2, 0, 20, 100})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1500 {
			return
		}
		w := newFuzzed(t)
		w.data = data
		for len(w.data) > 0 {
			w.step()
		}
		w.pass(24 * time.Hour)
		w.restart()
	})
}

// fuzzed is a small Floor and the bytes that drive it.
type fuzzed struct {
	t    *testing.T
	f    *telagent.Floor
	now  time.Time
	data []byte
	ids  int
	legs []call.LegID // every leg ever, and some that never were
	kept kept
	last string // the step at hand, for messages
}

var fuzzSettings = telagent.Settings{
	RingTime: 15 * time.Second, Strikes: 2, CutOff: 5 * time.Second, SorryAfter: 10 * time.Second,
	RequeueAfter: 40 * time.Second, ConfirmTime: 10 * time.Second, WrapUp: 10 * time.Second,
	AccessNumber: "+4930999", Dial: anything, EmergencyReserve: 1, Trunks: []telagent.Trunk{{Name: "north", Channels: 3}, {Name: "south"}},
}

func newFuzzed(t *testing.T) *fuzzed {
	w := &fuzzed{t: t, now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	w.f = telagent.New(fuzzSettings, telagent.State{}, w.id)
	w.do(telagent.PutUser{User: telagent.User{Name: "boss", Role: telagent.SupervisorRole, Teams: []string{"support"}}})
	w.do(telagent.PutUser{User: telagent.User{Name: "root", Role: telagent.AdminRole}})
	w.do(telagent.PutQueue{Queue: telagent.Queue{Name: "support", Numbers: []string{"+800"}, Strategy: "longest_idle", Priority: 5, Record: true}})
	w.do(telagent.PutQueue{Queue: telagent.Queue{Name: "sales", Numbers: []string{"+801"}, Strategy: "longest_idle", Priority: 10, Office: "rome"}})
	w.handle(call.TrunkUp{Trunk: "north"})
	for i, name := range []string{"ana", "ben", "cem", "xena"} {
		e := telagent.Agent{
			ID: name, Name: name, Team: "support", Queues: map[string]int{"support": 1, "sales": 2}, WrapUp: 10 * time.Second,
			Numbers: []string{fmt.Sprintf("+4930%d1", i), fmt.Sprintf("+4930%d2", i)}, Offices: []string{"berlin", "rome"},
		}
		if i == 1 {
			e.DeskPhone = "ben-desk"
		}
		e.NailedUp = i < 2
		if name == "cem" {
			e.Proof = telagent.ByPIN
		}
		if name == "xena" {
			e.Role, e.Supervises = telagent.SupervisorRole, []string{"support"}
		}
		w.do(telagent.PutAgent{Entry: e, Credentials: &telagent.Credentials{HA1MD5: "x", PIN: "p"}})
		w.handle(call.Bound{AOR: name})
		w.do(telagent.SignOn{By: name, Agent: name})
		w.do(telagent.SetStatus{By: name, Agent: name, Status: presence.Available})
	}
	w.do(telagent.PutProfile{Profile: presence.Profile{Name: "Lunch", Type: presence.AwayProfile, Duration: time.Minute}})
	w.do(telagent.PutProfile{Profile: presence.Profile{Name: "Sales", Type: presence.AvailableProfile, Queues: []string{"sales"}}})
	w.legs = append(w.legs, "never")
	return w
}

func (w *fuzzed) id() string {
	w.ids++
	return fmt.Sprint(w.ids)
}

// next is the next byte below n; zero at the end of the data.
func (w *fuzzed) next(n int) int {
	if len(w.data) == 0 {
		return 0
	}
	b := w.data[0]
	w.data = w.data[1:]
	return int(b) % n
}

func pick[T any](w *fuzzed, all ...T) T { return all[w.next(len(all))] }

// leg is one of the youngest legs: 0 is "never", 1 the last, and so on backwards.
func (w *fuzzed) leg() call.LegID {
	n := w.next(10)
	if n == 0 || n > len(w.legs) {
		return w.legs[0]
	}
	return w.legs[len(w.legs)-n]
}

func (w *fuzzed) step() {
	switch op := w.next(64); {
	case op < 14:
		w.handle(w.event(op))
	case op < 25:
		w.do(w.command(op))
	case op < 29:
		w.evidence(op)
	case op >= 32 && op < 44:
		w.do(w.people(op))
	case op >= 44 && op < 50:
		w.handle(w.phone(op))
	case op >= 50 && op < 56:
		w.do(w.whereabouts(op))
	case op >= 29 && op < 32:
		w.do(w.schedules())
	case op >= 56 && op < 61:
		w.proof(op)
	case op == 61:
		w.crash(pick(w, 0, 0, time.Second, time.Minute), pick(w, 0, 0, 0, w.next(4)), pick(w, 0, w.next(9)))
	default:
		n := w.next(256)
		w.pass(time.Duration(n*n) * 5 * time.Millisecond)
	}
}

func (w *fuzzed) event(op int) call.Event {
	causes := []call.Cause{call.Normal, call.Busy, call.NoAnswer, call.Declined, call.Unreachable, call.TrunkFault, call.Cancelled, call.Lost}
	switch op {
	case 0:
		leg := w.leg()
		if w.next(8) != 7 {
			leg = call.LegID(w.id())
			w.legs = append(w.legs, leg)
		}
		source := pick(w, call.Source{Trunk: "north"}, call.Source{Trunk: "south"}, call.Source{AOR: "ana"}, call.Source{})
		return call.Invited{Leg: leg, From: call.Party{Number: "+49170"}, To: pick(w, "+800", "+801", "+802", "ben", ""), Source: source}
	case 1:
		return call.Ringing{Leg: w.leg(), Audio: w.next(2) == 0}
	case 2:
		return call.Answered{Leg: w.leg()}
	case 3:
		return call.Failed{Leg: w.leg(), Cause: pick(w, causes...), Status: 480}
	case 4:
		return call.Ended{Leg: w.leg(), How: pick(w, call.HungUp, call.LegLost), Cause: pick(w, causes...)}
	case 5:
		return call.Silent{Leg: w.leg()}
	case 6:
		return call.Heard{Leg: w.leg()}
	case 7:
		return call.Held{Leg: w.leg()}
	case 8:
		return call.Resumed{Leg: w.leg()}
	case 9:
		return call.Digit{Leg: w.leg(), Key: pick(w, "1", "2", "9", "*", "")}
	case 10:
		return call.Played{Leg: w.leg(), Prompt: pick(w, call.PressOne, call.Apology, call.Requeued, call.LoggedOut, call.Goodbye)}
	case 11:
		return call.Bound{AOR: pick(w, "ana", "ben", "ben-desk", "zoe")}
	case 12:
		return call.Unbound{AOR: pick(w, "ana", "ben", "ben-desk", "zoe")}
	}
	switch w.next(6) {
	case 0, 1:
		return call.TurnedAway{Leg: w.leg(), Status: 503}
	case 2:
		return pick[call.Event](w, call.Impaired{Part: "overloaded", Problem: pick(w, "slow", "slower")}, call.Repaired{Part: "overloaded"},
			call.Stalled{For: pick(w, 0, time.Second, time.Hour)})
	}
	if w.next(2) == 0 {
		return call.TrunkUp{Trunk: pick(w, "north", "south", "west")}
	}
	return call.TrunkDown{Trunk: pick(w, "north", "south", "west"), Problem: "no answer"}
}

// phone is what registered phones do beside answering.
func (w *fuzzed) phone(op int) call.Event {
	aor := pick(w, "ana", "ben", "ben-desk", "cem", "xena")
	switch op {
	case 44:
		return call.Referred{Leg: w.leg(), To: pick(w, "ana", "ben", "cem", "sales", "+491799", "none")}
	case 45:
		return call.Referred{Leg: w.leg(), With: w.leg()}
	case 46:
		leg := call.LegID(w.id())
		w.legs = append(w.legs, leg)
		return call.Invited{Leg: leg, To: "x", Source: call.Source{AOR: aor}, Replaces: w.leg()}
	case 47:
		if w.next(4) == 0 {
			return call.Measured{Leg: w.leg()}
		}
		if w.next(4) == 0 {
			return call.Spliced{Leg: w.leg(), To: w.leg(), Gap: time.Second}
		}
		return call.Recorded{Leg: w.leg(), File: "f", Problem: pick(w, "", "full")}
	case 48:
		if w.next(2) == 0 {
			status := pick(w, "available", "not_ready", "on_break", "away", "offline", "asleep")
			return call.Published{AOR: aor, Status: status, Reason: pick(w, "", "r", "s")}
		}
	}
	leg := call.LegID(w.id())
	w.legs = append(w.legs, leg)
	to := pick(w, "ana", "ben", "cem", "xena", "+491799", "112", "*71", "*74", "*731", "+800", "sales", "none")
	return call.Invited{Leg: leg, From: call.Party{Number: aor}, To: to, Source: call.Source{AOR: aor}}
}

// people is a request about the people in a call.
func (w *fuzzed) people(op int) telagent.Command {
	id, by := call.ID("none"), pick(w, "boss", "root", "", "ana", "ben", "xena")
	if calls := w.f.View(w.now).Calls; len(calls) > 0 {
		id = calls[w.next(len(calls))].ID
	}
	who, mode := pick(w, "ana", "ben", "cem", "xena", ""), telagent.Mode(w.next(7))
	switch op {
	case 32, 33, 34:
		c := telagent.AddGuest{By: by, Call: id, Agent: who, Mode: mode, RequestID: pick(w, "", "", "r1")}
		if w.next(4) == 0 {
			c.Agent, c.Number = "", pick(w, "+491799", "12")
		}
		return c
	case 35, 36:
		return telagent.ChangeGuest{By: by, Call: id, Agent: pick(w, who, "+491799"), Mode: mode}
	case 37:
		return telagent.DropGuest{By: by, Call: id, Agent: pick(w, who, "+491799")}
	case 38, 39:
		return telagent.Transfer{By: by, Call: id, To: pick(w, who, "", "sales", "+491799", "+801")}
	case 40:
		return telagent.Hold{By: by, Call: id, Off: w.next(2) == 0}
	case 41:
		return telagent.RecordCall{By: by, Call: id, Now: call.Recording(w.next(3))}
	case 42:
		return telagent.ForceLogout{By: by, Agent: who}
	}
	return telagent.RescueCall{By: by, Call: id}
}

func (w *fuzzed) command(op int) telagent.Command {
	agent, by := pick(w, "ana", "ben", "ana", "zoe"), pick(w, "boss", "root", "", "ana", "ben", "nobody")
	switch op {
	case 14:
		return telagent.Switch{By: by, Agent: agent, RequestID: pick(w, "", "", "r1", "r2")}
	case 15:
		return telagent.Switch{By: by, Agent: agent, Back: true}
	case 16:
		return telagent.ForceLogout{By: by, Agent: agent, RequestID: pick(w, "", "r1")}
	case 17:
		return telagent.SignOn{By: by, Agent: agent}
	case 18, 19:
		until := pick(w, time.Time{}, w.now.Add(time.Minute), w.now.Add(-time.Minute))
		return telagent.SetStatus{By: by, Agent: agent, Status: presence.Status(w.next(9)), Reason: "r", Until: until}
	case 20:
		return telagent.CancelPending{By: by, Agent: agent, Seen: pick(w, 0, 0, uint64(4))}
	case 21:
		if w.next(4) == 3 {
			if w.next(2) == 1 {
				return telagent.Regain{By: by, Agent: agent}
			}
			return telagent.Decline{By: by, Agent: agent}
		}
		return telagent.WrapUp{By: by, Agent: agent, Continue: w.next(2) == 0, Seen: pick(w, 0, 0, uint64(4))}
	case 22:
		id := call.ID("none")
		if calls := w.f.View(w.now).Calls; len(calls) > 0 {
			id = calls[w.next(len(calls))].ID
		}
		return telagent.EndCall{By: by, Call: id}
	case 23:
		return telagent.Switch{By: by, Agent: agent, Number: pick(w, "+493001", "+4930777", "12ab", "+")}
	}
	if w.next(3) == 1 {
		return telagent.PutQueue{By: by, Queue: w.rules()}
	}
	e := telagent.Agent{ID: agent, Name: agent, Team: pick(w, "support", "sales"), Queues: map[string]int{"support": w.next(3)}}
	if n := w.next(3); n > 0 {
		e.Numbers = []string{fmt.Sprintf("+4930%d", n)}
	}
	e.WrapUp, e.NailedUp = time.Duration(w.next(3))*5*time.Second, w.next(2) == 1
	return telagent.PutAgent{By: by, Entry: e}
}

// rules is a queue with other rules. Who overflows to a number waits for long, lest a day of it has too many ticks.
func (w *fuzzed) rules() telagent.Queue {
	q := telagent.Queue{
		Name: "support", Numbers: []string{"+800"}, Strategy: pick(w, telagent.Strategies()...), Priority: 5, MaxWait: 30 * time.Second,
		Widen: pick(w, 0, 5*time.Second), Sticky: pick(w, 0, time.Hour), Announce: pick(w, 0, 10*time.Second), MaxWaiting: w.next(3),
		Overflow: pick(w, telagent.Overflow{}, telagent.Overflow{Queue: "sales"}, telagent.Overflow{Number: "+491799"}),
		Hours:    telagent.Hours{Week: pick(w, nil, []string{"mon 08:00-08:02"}), Closed: pick(w, telagent.Overflow{}, telagent.Overflow{Number: "+491799"})},
		Unreachable: map[call.Cause]telagent.Unreached{
			call.Busy: {Delay: time.Second, Strike: true, Next: true, Status: pick(w, "", "away", "not_ready")}, call.NoAnswer: {Delay: time.Second, Strike: true},
		},
	}
	if q.Overflow.Number != "" {
		q.MaxWait, q.Announce = 2*time.Hour, 0
	}
	return q
}

func (w *fuzzed) handle(e call.Event) {
	w.last = fmt.Sprintf("%T%+v", e, e)
	w.took(w.f.Handle(w.now, e))
}

// do asks; a refusal has to leave everything as it is.
func (w *fuzzed) do(c telagent.Command) {
	w.last = fmt.Sprintf("%T%+v", c, c)
	before := w.f.View(w.now)
	out, err := w.f.Do(w.now, c)
	w.took(out)
	if err != nil && (len(out.Actions) > 0 || !reflect.DeepEqual(before, w.f.View(w.now))) {
		w.t.Fatalf("%s: refused (%v), but something changed", w.last, err)
	}
}

// pass lets time pass, with every timer in its order.
func (w *fuzzed) pass(d time.Duration) {
	end := w.now.Add(d)
	for rounds := 0; ; rounds++ {
		due, ok := w.f.Next()
		if !ok || due.After(end) {
			break
		}
		if due.After(w.now) {
			w.now = due
		}
		w.last = "tick"
		w.took(w.f.Tick(w.now))
		if again, ok := w.f.Next(); ok && !again.After(w.now) {
			w.t.Fatalf("due again at %v right after the Tick of %v", again, w.now)
		}
		if rounds > 20000 {
			w.t.Fatalf("%d ticks within %v", rounds, d)
		}
	}
	w.now = end
}

// took keeps what a step brought and looks for anything unsound.
func (w *fuzzed) took(out telagent.Outcome) {
	for _, a := range out.Actions {
		if d, ok := a.(call.Dial); ok {
			w.legs = append(w.legs, d.Leg)
		}
	}
	for _, c := range out.Changes {
		w.kept.take(c)
	}
	if broken := w.f.Check(); len(broken) > 0 {
		w.t.Fatalf("after %s: %q", w.last, broken)
	}
}

func keep[T any](all *[]T, x T, key func(T) string) {
	for i := range *all {
		if key((*all)[i]) == key(x) {
			(*all)[i] = x
			return
		}
	}
	*all = append(*all, x)
}

// restart makes a new Floor of what the Changes said of everything but calls; whatever was going on, it is sound and nobody
// is in a call.
func (w *fuzzed) restart() {
	f := telagent.New(fuzzSettings, w.kept.state, w.id)
	if broken := f.Check(); len(broken) > 0 {
		w.t.Fatalf("after a restart: %q", broken)
	}
	v := f.View(w.now)
	for _, a := range v.Agents {
		if a.Status == "in_line" || a.Status == "ringing" {
			w.t.Fatalf("after a restart agent %s is stuck %s", a.ID, a.Status)
		}
	}
	if len(v.Calls) > 0 || len(v.Agents) != len(w.f.View(w.now).Agents) {
		w.t.Fatalf("after a restart: %d calls, %d agents", len(v.Calls), len(v.Agents))
	}
}
