//go:build peers || chaos

package chaos

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"

	"telagent-gateway/test/crowd"
)

const (
	stopSignal     = syscall.SIGSTOP
	continueSignal = syscall.SIGCONT
)

// run plays a soak: load that warms up, quiet, load with faults, quiet. While it warms up and in the second half of the load no
// fault ends the process, so that what it takes at the end is that of one that lived long, beside one that went through the
// same for a short time.
func (s *soak) run(warm, quiet time.Duration, memory bool) {
	s.t.Helper()
	s.calm = true
	s.play(warm, 15*time.Second)
	before := s.rest(quiet, memory)
	s.calm, s.faults = false, map[string]int{}
	s.play(s.length/2, 15*time.Second)
	s.calm = true
	s.play(s.length/2, 15*time.Second)
	after := s.rest(quiet, memory)
	s.judge(before, after, memory)
}

// play lets customers call for so long, and faults strike every so often.
func (s *soak) play(length, every time.Duration) {
	ctx, cancel := context.WithTimeout(s.t.Context(), length)
	defer cancel()
	others, over := context.WithCancel(s.t.Context())
	var working sync.WaitGroup
	working.Go(func() { s.recover(others) })
	working.Go(func() { s.trouble(ctx, every) })
	s.load(ctx)
	over()
	working.Wait()
}

// rest waits until nothing lives and the ports' quarantine is over, and says what the process takes then.
func (s *soak) rest(quiet time.Duration, memory bool) taken {
	s.t.Helper()
	if !await(2*time.Minute, func() bool { return s.LiveCalls() == 0 }) {
		s.problem("%d calls live on though everybody has hung up: %s", s.LiveCalls(), text(s.states().Calls))
	}
	await(time.Minute, func() bool { return s.legs() == 0 })
	s.despair()
	for _, p := range s.everybody() {
		for _, l := range p.Legs() {
			s.problem("the leg %s of a phone is left over, up since %v", l, l.Since(crowd.Up).Format("15:04:05.000"))
		}
	}
	s.pause(quiet)
	within := time.Second
	if memory {
		within = 2*time.Minute + 10*time.Second // there is a collection every two minutes
	}
	return s.takes(within)
}

// despair lets phones hang up that talk with nobody because the gateway was killed within a second of their answer: the next one
// may not know that there were any, and such a call does not count.
func (s *soak) despair() {
	for _, p := range s.everybody() {
		for _, l := range p.Legs() {
			if s.struckSoonAfter(l.Since(crowd.Up)) {
				_, _ = l.Hangup(short(s.t.Context())) // who knows nothing of it says 481
			}
		}
	}
}

// judge looks at each visit and its final record, and at what the process takes, and prints the table.
func (s *soak) judge(before, after taken, memory bool) {
	s.t.Helper()
	records := map[string][]record{}
	for _, r := range s.history() {
		records[r.From.Name] = append(records[r.From.Name], r)
	}
	served, refused, uncounted := 0, 0, 0
	for _, v := range s.visits {
		counts := !v.up.IsZero() && !s.struckSoonAfter(v.up)
		switch {
		case v.served:
			served++
		case v.up.IsZero():
			refused++
		}
		for _, bye := range v.unknown {
			if !s.wasOver(bye, bye.leg.Crossed(), records[v.leg.Name()]) {
				v.lost = fmt.Sprintf("BYE of %s is answered 481 at %v, and its call was not over: %+v", bye.leg, bye.answered.Format("15:04:05.000"), records[v.leg.Name()])
			}
		}
		if len(v.unknown) > 0 && v.lost == "" || !counts && v.lost != "" {
			uncounted++
		}
		if counts && v.lost != "" {
			s.problem("lost: %s", v.lost)
		}
		if n := len(records[v.leg.Name()]); n > 1 || counts && n != 1 {
			s.problem("the call of %s (%s, up at %v) has %d final records", v.leg.Name(), v.leg, v.up.Format("15:04:05.000"), n)
		}
	}
	if served < len(s.visits)/2 {
		s.problem("of %d customers %d were served", len(s.visits), served)
	}
	for _, fault := range after.back(before, memory) {
		s.problem("not back: %s", fault)
	}
	s.table(before, after, served, refused, uncounted)
	for _, p := range s.problems {
		s.t.Error(p)
	}
}

// wasOver says whether a BYE was rightly answered 481 (RFC 3261 §15.1.2): the gateway's own BYE crossed it, or the record of the
// call says that it was over before the process died that knew the leg, and the BYE was sent to that one.
func (s *soak) wasOver(bye farewell, crossed time.Time, of []record) bool {
	if !crossed.IsZero() && crossed.Before(bye.answered) {
		return true
	}
	return len(of) == 1 && slices.ContainsFunc(s.died, func(at time.Time) bool {
		return bye.sent.Before(at) && at.Before(bye.answered) && !of[0].Ended.After(at)
	})
}

// struckSoonAfter says whether the gateway was killed less than a second after t: what became true then was not kept for
// sure.
func (s *soak) struckSoonAfter(t time.Time) bool {
	for _, at := range s.struck {
		if at.After(t.Add(-50*time.Millisecond)) && at.Before(t.Add(time.Second)) {
			return true
		}
	}
	return false
}

func (s *soak) table(before, after taken, served, refused, uncounted int) {
	var strikes []string
	for name, n := range s.faults {
		strikes = append(strikes, fmt.Sprintf("%d× %s", n, name))
	}
	sort.Strings(strikes)
	fmt.Printf("\nsoak of %v: %d calls placed, %d served, %d not taken, %d that do not count (killed within a second of the answer, or a BYE that crossed the end of the call)\n",
		s.length, len(s.visits), served, refused, uncounted)
	fmt.Printf("faults: %s\n", strings.Join(strikes, ", "))
	if s.slowed {
		fmt.Println("this machine could not keep up: fewer calls came than 5 a second")
	}
	fmt.Printf("%-16s %12s %12s\n", "", "warmed up", "at the end")
	for _, row := range []struct {
		name     string
		was, now float64
	}{
		{"goroutines", before.Goroutines, after.Goroutines},
		{"descriptors", before.Descriptors, after.Descriptors},
		{"UDP ports", before.Ports, after.Ports},
		{"heap, kB", before.Heap / 1024, after.Heap / 1024},
		{"resident, kB", before.Resident / 1024, after.Resident / 1024},
	} {
		fmt.Printf("%-16s %12.0f %12.0f\n", row.name, row.was, row.now)
	}
	fmt.Printf("problems: %d\n", len(s.problems))
}
