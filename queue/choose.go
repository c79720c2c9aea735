package queue

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// The strategies: which of the agents who are free gets the offer. Whoever was offered the caller already comes after
// those who were not, with every strategy (S40).
const (
	LongestIdle = "longest_idle" // who is free for longest
	FewestCalls = "fewest_calls" // who took the fewest calls, then who is free for longest
	SkillFirst  = "skill_first"  // who has the best skill level, then who is free for longest
	RoundRobin  = "round_robin"  // one after the other, whatever else they did
	RingAll     = "ring_all"     // all of them at once; the first who takes the call has it
)

// MostRung is how many agents ring at once with RingAll at most: those tried least, then those free for longest.
const MostRung = 20

// Strategies returns the words of all strategies; the first is the default.
func Strategies() []string {
	return []string{LongestIdle, FewestCalls, SkillFirst, RoundRobin, RingAll}
}

// Candidate is an agent who could be offered a caller now.
type Candidate struct {
	Agent   string
	Idle    time.Time // since when he is free
	Tried   int       // how often he was offered this caller already
	Level   int       // his skill level for the queue, 1 best
	Handled int       // how many calls he took, as far as they count
	Turn    int       // when he was last offered a caller of this queue, as a count that goes up; 0: never
}

// Choose returns the agents who get the offer: one, or with RingAll several, who comes first first. None: nobody could
// be offered it.
func Choose(strategy string, candidates []Candidate) (agents []string) {
	if len(candidates) == 0 {
		return nil
	}
	before := func(a, b Candidate) int {
		return cmp.Or(a.Tried-b.Tried, rank(strategy, a, b), a.Idle.Compare(b.Idle), strings.Compare(a.Agent, b.Agent))
	}
	if strategy != RingAll {
		return []string{slices.MinFunc(candidates, before).Agent}
	}
	all := slices.SortedFunc(slices.Values(candidates), before)
	for _, c := range all[:min(len(all), MostRung)] {
		agents = append(agents, c.Agent)
	}
	return agents
}

// rank compares two agents by what the strategy looks at.
func rank(strategy string, a, b Candidate) int {
	switch strategy {
	case FewestCalls:
		return a.Handled - b.Handled
	case SkillFirst:
		return a.Level - b.Level
	case RoundRobin:
		return a.Turn - b.Turn
	default:
		return 0
	}
}
