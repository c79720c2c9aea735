package sim

import (
	"encoding/json"
	"errors"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// commit is how long Changes are on their way to the store at most: what happened within it is lost by a crash.
const commit = 20 * time.Millisecond

// life is what became of the gateway's process.
type life uint8

const (
	serving life = iota
	doomed       // it serves, and nothing that it does is remembered any more: it will have been killed before the commit
	down         // there is none
)

// errAway is what a command gets that is not answered.
var errAway = errors.New("the gateway does not answer")

// perhapsEnd decides after a step whether it is the last one of its process.
func (w *world) perhapsEnd() {
	if w.chance(w.fragile) {
		w.after(0, w.crash)
	}
}

// crash ends the process: killed with everything committed, killed before the last commit, or in favour of another one.
func (w *world) crash() {
	if w.life != serving || w.closing == closed {
		return
	}
	switch w.pick(3, 3, 5) {
	case 0:
		w.handOver()
	case 1:
		w.doom(0)
	case 2:
		w.doom(w.between(0, commit))
	}
}

// doom lets the process live for a while of which nothing is remembered.
func (w *world) doom(lag time.Duration) {
	w.life = doomed
	w.keep()
	w.after(lag, w.die)
}

// keep notes what the signalling wire would take up again: what was answered and is not being ended.
func (w *world) keep() {
	for _, l := range w.legs {
		l.kept = l.state == up && !l.ordered
	}
}

// unheard is a step of a process that is doomed, of which the wires learn and nobody else, or of none.
func (w *world) unheard(in input, decide func(time.Time) (telagent.Outcome, error)) error {
	if w.life == down || in.command != nil {
		return errAway // the answer waits for the commit
	}
	out, crash, err := w.guarded(decide)
	if crash != "" {
		w.fault(crash)
		return nil
	}
	w.seen["step before a crash that is lost"]++
	w.note(played{at: w.now, in: in, out: out, err: err, lost: true})
	for _, a := range out.Actions {
		w.perform(a)
	}
	return err
}

// die is the end of the process. Nobody answers for a while.
func (w *world) die() {
	w.life = down
	w.crashes++
	w.seen["crash"]++
	if w.busy() {
		w.seen["crash in mid-call"]++
	}
	w.note(played{at: w.now, in: input{note: "# killed"}})
	w.forget()
	pauses := [][2]time.Duration{{100 * time.Millisecond, time.Second}, {time.Second, 5 * time.Second}, {5 * time.Second, 20 * time.Second}}
	pause := pauses[w.pick(5, 3, 2)]
	w.after(w.between(pause[0], pause[1]), w.start)
}

// forget ends the legs that are not gone on with: what rings stops ringing, who called and was not answered calls anew.
func (w *world) forget() {
	for _, l := range w.legs {
		if !l.kept {
			l.state, l.tape = over, ""
		}
	}
}

// handOver lets another process go on at once, and nothing is lost but what rang: what was reported comes to the new one.
func (w *world) handOver() {
	w.seen["handover"]++
	w.keep()
	w.forget()
	w.note(played{at: w.now, in: input{note: "# hands over"}})
	w.resume()
}

// start is a new process: the wires report what is registered and which trunks work.
func (w *world) start() {
	w.life = serving
	w.note(played{at: w.now, in: input{note: "# started again"}})
	w.resume()
	for _, t := range w.settings.Trunks {
		w.later(w.jitter, func() {
			if w.up[t.Name] {
				w.handle(call.TrunkUp{Trunk: t.Name})
			} else {
				w.handle(call.TrunkDown{Trunk: t.Name, Problem: "still no answer to OPTIONS"})
			}
		})
	}
	for _, a := range w.agents {
		for _, aor := range []string{names[a.index], names[a.index] + "-desk"} {
			if w.bound[aor] {
				w.bound[aor] = false
				w.later(4*w.jitter, func() { w.register(aor) })
			}
		}
	}
}

// resume makes a new Floor of what was remembered, which has crossed a disk, and of the legs that the wires take up.
func (w *world) resume() {
	if len(w.broken) > 0 {
		return
	}
	var state telagent.State
	data, err := json.Marshal(w.store)
	if err == nil {
		err = json.Unmarshal(data, &state)
	}
	if err != nil {
		w.fault("the state does not cross a disk: " + err.Error())
		return
	}
	calls, parts := state.Live.Calls, state.Live.Parts // a store has no order
	w.rng.Shuffle(len(calls), func(i, k int) { calls[i], calls[k] = calls[k], calls[i] })
	w.rng.Shuffle(len(parts), func(i, k int) { parts[i], parts[k] = parts[k], parts[i] })
	taken := w.takeUp()
	out, crash, _ := w.guarded(func(now time.Time) (telagent.Outcome, error) {
		w.floor = telagent.New(w.settings, state, w.id)
		return w.floor.Resume(now, taken), nil
	})
	w.note(played{at: w.now, in: input{note: "# resume"}, out: out})
	if crash != "" {
		w.fault(crash)
		return
	}
	w.remember(out.Changes)
	w.broken = append(w.broken, w.judge.restarted(w.time(), taken, out, w.floor.View(w.time()))...)
	for _, s := range w.floor.Check() {
		w.fault("Check after a restart: " + s)
	}
	for _, a := range out.Actions {
		w.perform(a)
	}
}

// takeUp is what the wires make of the legs that were kept, and returns them. They report as if they had just begun.
func (w *world) takeUp() (taken []call.LegID) {
	for _, l := range w.byAge() {
		if !l.kept {
			continue
		}
		if w.chance(0.02) { // its audio's ports are gone, or what was kept cannot be read
			w.seen["leg that is not taken up"]++
			l.kept, l.state, l.tape = false, over, ""
			continue
		}
		taken = append(taken, l.id)
		l.kept, l.tape, l.taped, l.referring = false, "", false, false
		if l.state == over || l.ordered {
			w.haunt(l)
			continue
		}
		l.told = [2]time.Duration{}
		switch {
		case l.held:
			w.tell(l, signalling, call.Held{Leg: l.id})
		case l.mute:
			w.mute(l)
		default:
			w.tell(l, signalling, call.Resumed{Leg: l.id})
			w.tell(l, audio, call.Heard{Leg: l.id})
		}
	}
	return taken
}

// haunt is a leg that was taken up though its far side is gone: that repeats its BYE, or nothing is heard of it any more.
func (w *world) haunt(l *leg) {
	w.seen["leg taken up that is over"]++
	l.state, l.ordered, l.deaf, l.mute, l.held = up, false, true, true, false
	if w.chance(0.7) {
		w.during(l, w.between(0, 4*time.Second), func() { w.end(l, call.HungUp, call.Normal, 0) })
		return
	}
	w.mute(l)
	w.during(l, w.between(time.Second, 2*time.Minute), func() { w.end(l, call.LegLost, call.Lost, 481) })
}
