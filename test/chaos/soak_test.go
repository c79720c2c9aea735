//go:build peers || chaos

package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"telagent-gateway/test/crowd"
	"telagent-gateway/test/stage"
)

// soak is a long play: calls come at a rate, talk for a few seconds and end, while faults strike at random.
type soak struct {
	*house
	random *rand.Rand
	length time.Duration
	rate   float64 // calls a second; less where this machine cannot
	calm   bool    // only faults that leave the process alive

	mu       sync.Mutex
	visits   []*visit
	faults   map[string]int
	problems []string
	struck   []time.Time    // when the gateway's process was ended
	died     []time.Time    // and when it did nothing any more
	fates    sync.WaitGroup // of visits
	slowed   bool
}

// visit is one customer's call.
type visit struct {
	leg      *crowd.Leg
	up, over time.Time  // zero: never
	served   bool       // he heard an agent
	lost     string     // how the call was lost; empty: it was not
	unknown  []farewell // its BYEs that were answered 481
	busy     int        // the status that he was refused with
}

// farewell is a BYE of a leg.
type farewell struct {
	leg            *crowd.Leg
	sent, answered time.Time
}

const soakAgents = 45

const soakConfig = `policy: {ring_time: 10s, confirm_time: 10s, requeue_after: 5s}
`

// openSoak starts the gateway and its crowd.
func openSoak(t *testing.T, net string, length time.Duration) *soak {
	t.Helper()
	h := open(t, plan{net: net, agents: soakAgents, policy: soakConfig})
	s := &soak{house: h, random: dice(t), length: length, rate: 5, faults: map[string]int{}}
	return s
}

// load lets customers call until ctx ends, and waits for the last of them.
func (s *soak) load(ctx context.Context) {
	next := time.Now()
	for ctx.Err() == nil {
		s.pause(time.Until(next))
		rate := s.rate
		if now := time.Now(); s.clock.Late(now.Add(-3*time.Second), now) > 100*time.Millisecond {
			rate, s.slowed = rate/4, true // this machine cannot
		}
		next = next.Add(time.Duration(float64(time.Second) / rate))
		if behind := time.Now().Add(-time.Second); next.Before(behind) {
			next = time.Now()
		}
		talk, byAgent := time.Second+time.Duration(s.random.IntN(7000))*time.Millisecond, s.random.IntN(2) == 0
		v := &visit{}
		s.mu.Lock()
		s.visits = append(s.visits, v)
		s.mu.Unlock()
		s.fates.Go(func() { s.visit(v, talk, byAgent) })
	}
	s.fates.Wait()
}

// visit plays one customer: he calls, talks with whom he gets, and one of the two hangs up.
func (s *soak) visit(v *visit, talk time.Duration, byAgent bool) {
	ctx, cancel := context.WithTimeout(s.t.Context(), 3*time.Minute)
	defer cancel()
	v.leg = s.dial()
	if err := v.leg.Wait(ctx, crowd.Up); err != nil {
		v.busy = v.leg.Ended().Status
		return
	}
	v.up = time.Now()
	defer func() { v.over = v.leg.Since(crowd.Over) }()
	agent, err := s.partner(ctx, v.leg)
	if err != nil {
		if v.leg.State() == crowd.Over {
			v.lost = fmt.Sprintf("%s was hung up on while he waited: %+v", v.leg, v.leg.Ended())
		} else {
			v.lost = err.Error()
		}
		return
	}
	v.served = true
	s.pause(talk)
	who := v.leg
	if byAgent && agent.State() == crowd.Up {
		who = agent
	}
	if v.leg.State() == crowd.Over {
		v.lost = fmt.Sprintf("%s was hung up on while he talked: %+v", v.leg, v.leg.Ended())
		return
	}
	s.hangUp(ctx, v, who)
	if who != v.leg && v.leg.Wait(short(ctx), crowd.Over) != nil { // the agent's phone was not in his seat any more
		s.hangUp(ctx, v, v.leg)
	}
}

// hangUp ends a leg, and judges the answer.
func (s *soak) hangUp(ctx context.Context, v *visit, l *crowd.Leg) {
	sent := time.Now()
	status, err := l.Hangup(ctx)
	switch {
	case err == nil && status == 481:
		v.unknown = append(v.unknown, farewell{l, sent, time.Now()}) // judged by the call's record
	case err != nil || status != 200 && status != 0:
		v.lost = fmt.Sprintf("BYE of %s is answered %d (%v)", l, status, err)
	}
}

func short(ctx context.Context) context.Context {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	context.AfterFunc(ctx, cancel)
	return ctx
}

// trouble lets faults strike every few seconds until ctx ends.
func (s *soak) trouble(ctx context.Context, every time.Duration) {
	kinds := []struct {
		name   string
		ends   bool // the process
		strike func(ctx context.Context)
	}{
		{"killed and started", true, s.kill},
		{"killed, a second away", true, s.killSlowly},
		{"upgraded", true, s.upgrade},
		{"stopped for 3 s", false, s.freeze},
		{"lossy SIP for 10 s", false, s.rain},
		{"five phones vanished", false, s.blackout},
		{"database locked for 5 s", false, s.lock},
		{"five agents switched", false, s.moveSome},
	}
	for {
		s.pause(every/2 + time.Duration(s.random.Int64N(int64(every))))
		if ctx.Err() != nil {
			return
		}
		k := kinds[s.random.IntN(len(kinds))]
		if k.ends && s.calm {
			continue
		}
		s.faults[k.name]++
		k.strike(ctx)
	}
}

func (s *soak) kill(context.Context) { s.end(0) }

func (s *soak) killSlowly(context.Context) { s.end(time.Second) }

// end kills the gateway and starts it again after a while.
func (s *soak) end(away time.Duration) {
	s.mu.Lock()
	s.struck = append(s.struck, time.Now())
	s.mu.Unlock()
	s.Kill()
	s.mu.Lock()
	s.died = append(s.died, time.Now())
	s.mu.Unlock()
	s.pause(away)
	s.Start()
	if !await(bound, s.Ready) {
		s.problem("the gateway was not ready %v after it was killed", bound)
	}
}

// upgrade lets another process take over; no call may be lost by that, however young it is.
func (s *soak) upgrade(context.Context) { s.Upgrade("") }

func (s *soak) freeze(context.Context) {
	s.Signal(stopSignal)
	s.pause(3 * time.Second)
	s.Signal(continueSignal)
}

func (s *soak) rain(context.Context) {
	for _, p := range s.everybody() {
		p.Set(crowd.Weather{Loss: 5, Twice: 5, Late: 5})
	}
	s.pause(10 * time.Second)
	for _, p := range s.everybody() {
		p.Set(crowd.Weather{})
	}
}

// blackout lets five phones vanish without a word; their agents plug in others 10 s later.
func (s *soak) blackout(ctx context.Context) {
	gone := map[int]bool{}
	for range 5 {
		i := s.random.IntN(len(s.phones))
		gone[i] = true
		s.everybody()[i].Vanish()
	}
	s.pause(10 * time.Second)
	for i := range gone {
		p := s.peer(s.part(agentID(i), i%2 == 1))
		s.house.mu.Lock()
		s.phones[i] = p
		s.house.mu.Unlock()
		p.KeepRegistered()
	}
}

// lock keeps the database's file to itself for 5 s.
func (s *soak) lock(context.Context) { stage.LockSQLite(s.t, s.Path("telagent.db"), 5*time.Second) }

// moveSome switches five agents to their phones, whatever they do, and the Telagents among them back.
func (s *soak) moveSome(context.Context) {
	for range 5 {
		i, to := s.random.IntN(soakAgents), "telagent"
		if s.random.IntN(2) == 0 {
			to = "softphone"
		}
		_, _, _ = s.Try(s.Token, "POST", "/switch", map[string]any{"agents": []string{agentID(i)}, "to": to, "request_id": fmt.Sprint("soak-", s.random.Uint64())})
	}
}

func (s *soak) problem(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.problems) < 30 {
		s.problems = append(s.problems, fmt.Sprintf(format, args...))
	}
}
