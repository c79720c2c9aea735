package sim

import (
	"flag"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	oneSeed   = flag.Uint64("seed", 0, "play this seed alone and print its steps")
	seedCount = flag.Uint64("seeds", 200, "play the seeds up to this one")
	firstSeed = flag.Uint64("from", 1, "play the seeds from this one on")
)

// mustHappen are the kinds of things that 200 seeds have to see, lest the simulator test nothing.
var mustHappen = []string{
	"offer", "offer of a requeued customer", "swap", "switch begun", "switch done", "switch done without a call",
	"switch failed busy", "switch failed no_answer", "switch failed no_confirm", "switch failed declined",
	"switch failed call_ended", "switch failed forced_logout", "switch failed undone", "switch failed lost", "requeue", "cut off", "say apology", "say requeued", "late answer", "ended twice",
	"vanished", "voicemail", "hung up in the prompt", "hung up while switching", "key before answer", "cancelled at once",
	"rung at once", "hang up elsewhere", "overflow", "outside hung up", "say full", "say closed", "say position", "say wait_time",
	"call over overload", "call over forbidden",
	"agent hung up", "agent's leg lost", "forced out of a call", "acw", "refused", "same request twice",
	"crash", "crash in mid-call", "handover", "step before a crash that is lost", "leg taken up that is over", "same request again after a crash",
	"call goes on: waiting", "call goes on: talking", "call goes on: held", "call goes on: cut_off", "call goes on: offering", "call goes on: consulting",
	"call goes on: outside", "call goes on: leaving", "agent cut off by a restart", "switch failed restarted",
	"trunk down", "trunk fault", "reject", "hold", "alarm rna", "alarm cut_off", "alarm lost", "alarm no_number", "alarm site_down", "alarm site_back",
	"told switch_back", "telagent began, policy", "stale",
	"dial softphone", "dial desk", "dial pstn", "park music", "park comfort", "ask",
	"status offline", "status not_ready", "status available", "status away", "status on_break", "status ringing",
	"guest consult", "guest conference", "guest monitor", "guest whisper", "guest barge", "hear", "hold by page", "second call",
	"transfer to a queue", "transfer by phone: normal", "transfer by phone: no_answer", "replaces", "everybody logged out at once",
	"what was before comes back", "kind outbound", "kind internal", "dialler gave up", "published", "say done", "say not_done", "call for help",
	"a call for help goes on alone", "requeue of who came by no queue", "record on", "record paused", "record off", "recording over",
	"alarm recording", "alarm emergency_call", "told left", "told guest_failed", "told forced_logout", "say left",
	"outage of a site", "missed flow", "missed registration", "missed answers", "verify", "calls the access number", "code in a call", "dry run that comes true",
	"of several: waiting", "of several: moving", "of several: done", "of several: refused", "of several: failed", "of several: undone",
	"a leg stands by", "reroute", "say tone", "say stand_by", "say enter_pin", "say signed_on", "say menu_team", "alarm lost", "alarm site_down", "alarm site_back", "alarm device_lost",
	"told switch_back", "telagent began, policy", "telagent began, schedule", "telagent began, phone", "telagent began, outage",
	"status in_line", "status acw", "call over normal", "call over forced", "call over lost", "call over cancelled",
}

func TestSimulation(t *testing.T) {
	if *oneSeed != 0 {
		r, err := Run(Options{Seed: *oneSeed, Each: func(line string) { t.Log(line) }})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("seed %d: %d steps, nothing wrong", *oneSeed, r.Steps)
		return
	}
	seeds := *seedCount
	if testing.Short() {
		seeds = min(seeds, 30)
	}
	steps, seen, failures := playAll(*firstSeed, seeds)
	for _, err := range failures {
		t.Error(err)
	}
	t.Logf("seeds %d to %d, %d steps, %d seeds failed", *firstSeed, seeds, steps, len(failures))
	words := make([]string, 0, len(seen))
	for w := range seen {
		words = append(words, w)
	}
	slices.Sort(words)
	for _, w := range words {
		t.Logf("%8d %s", seen[w], w)
	}
	if seeds < *firstSeed+199 || len(failures) > 0 {
		return
	}
	for _, w := range mustHappen {
		if seen[w] == 0 {
			t.Errorf("%d seeds never saw: %s", seeds, w)
		}
	}
}

// playAll plays seeds on every core and stops after some failures: one is enough to work on.
func playAll(from, seeds uint64) (steps int, seen Coverage, failures []error) {
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		next atomic.Uint64
		bad  atomic.Int32
	)
	seen = Coverage{}
	next.Store(from - 1)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for s := next.Add(1); s <= seeds && bad.Load() < 3; s = next.Add(1) {
				stuck := time.AfterFunc(time.Minute, func() { panic(fmt.Sprintf("make sim SEED=%d: the Floor does not come back", s)) })
				r, err := Run(Options{Seed: s})
				stuck.Stop()
				mu.Lock()
				if err != nil {
					bad.Add(1)
					failures = append(failures, err)
				}
				steps += r.Steps
				seen.Add(r.Coverage)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return steps, seen, failures
}

func TestTheSameSeedPlaysTheSameSteps(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		first, err1 := Run(Options{Seed: seed, Each: func(string) {}})
		again, err2 := Run(Options{Seed: seed, Each: func(string) {}})
		if (err1 == nil) != (err2 == nil) || first.Digest != again.Digest || first.Steps != again.Steps {
			t.Errorf("seed %d plays otherwise the second time: %d and %d steps", seed, first.Steps, again.Steps)
		}
	}
}
