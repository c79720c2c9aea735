package queue

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAStrategySaysWhoGetsTheOffer(t *testing.T) {
	first, second := began, began.Add(time.Second)
	cases := []struct {
		rule, strategy string
		want           []string
		candidates     []Candidate
	}{
		{"who is idle for longest", LongestIdle, []string{"ana"}, []Candidate{{Agent: "ben", Idle: second}, {Agent: "ana", Idle: first}}},
		{"tried once comes last", LongestIdle, []string{"ben"}, []Candidate{{Agent: "ana", Idle: first, Tried: 1}, {Agent: "ben", Idle: second}}},
		{"tried twice comes after once", LongestIdle, []string{"cem"}, []Candidate{{Agent: "ana", Idle: first, Tried: 2}, {Agent: "cem", Idle: second, Tried: 1}}},
		{"one order, so that a replay is the same", LongestIdle, []string{"dan"}, []Candidate{{Agent: "eva", Idle: first}, {Agent: "dan", Idle: first}}},
		{"who took the fewest", FewestCalls, []string{"ben"}, []Candidate{{Agent: "ana", Idle: first, Handled: 3}, {Agent: "ben", Idle: second, Handled: 2}}},
		{"as many: idle for longest", FewestCalls, []string{"ana"}, []Candidate{{Agent: "ben", Idle: second, Handled: 2}, {Agent: "ana", Idle: first, Handled: 2}}},
		{"the fewest, but tried", FewestCalls, []string{"ana"}, []Candidate{{Agent: "ben", Tried: 1}, {Agent: "ana", Handled: 9}}},
		{"the best level", SkillFirst, []string{"ben"}, []Candidate{{Agent: "ana", Idle: first, Level: 2}, {Agent: "ben", Idle: second, Level: 1}}},
		{"as good: idle for longest", SkillFirst, []string{"ana"}, []Candidate{{Agent: "ben", Idle: second, Level: 1}, {Agent: "ana", Idle: first, Level: 1}}},
		{"the best level, but tried", SkillFirst, []string{"ana"}, []Candidate{{Agent: "ben", Level: 1, Tried: 1}, {Agent: "ana", Level: 5}}},
		{"a level counts with no other strategy", LongestIdle, []string{"ana"}, []Candidate{{Agent: "ben", Idle: second, Level: 1}, {Agent: "ana", Idle: first, Level: 2}}},
		{"whose turn was longest ago", RoundRobin, []string{"ben"}, []Candidate{{Agent: "ana", Idle: first, Turn: 7}, {Agent: "ben", Idle: second, Turn: 6}}},
		{"who never had his turn", RoundRobin, []string{"cem"}, []Candidate{{Agent: "ben", Turn: 1}, {Agent: "cem", Idle: second}}},
		{"all of them, tried or not", RingAll, []string{"cem", "ana", "ben"}, []Candidate{{Agent: "ana", Idle: first, Tried: 1}, {Agent: "ben", Idle: second, Tried: 1}, {Agent: "cem", Idle: second}}},
		{"nobody is there", RingAll, nil, nil},
		{"nobody is there", LongestIdle, nil, nil},
	}
	for _, c := range cases {
		for range 2 {
			if got := Choose(c.strategy, c.candidates); !slices.Equal(got, c.want) {
				t.Errorf("%s, %s: chosen of %v is %q, want %q", c.strategy, c.rule, c.candidates, got, c.want)
			}
			slices.Reverse(c.candidates)
		}
	}
}

func TestNotMoreThanTheMostAreRungAtOnce(t *testing.T) {
	var many []Candidate
	for i := range MostRung + 5 {
		many = append(many, Candidate{Agent: fmt.Sprintf("a%02d", i), Idle: began.Add(-time.Duration(i) * time.Second)})
	}
	got := Choose(RingAll, many)
	if len(got) != MostRung || got[0] != many[len(many)-1].Agent {
		t.Errorf("%d ring, %q first", len(got), got[0])
	}
}

// TestNobodyIsChosenBeforeWhoWasTriedLess is S40 for every strategy, with agents of any kind.
func TestNobodyIsChosenBeforeWhoWasTriedLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []Candidate
		for i := range rapid.IntRange(1, 30).Draw(t, "agents") {
			all = append(all, Candidate{
				Agent: fmt.Sprint("a", i), Idle: began.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "idle")) * time.Second),
				Tried: rapid.IntRange(0, 2).Draw(t, "tried"), Level: rapid.IntRange(1, 3).Draw(t, "level"),
				Handled: rapid.IntRange(0, 3).Draw(t, "handled"), Turn: rapid.IntRange(0, 9).Draw(t, "turn"),
			})
		}
		strategy := rapid.SampledFrom(Strategies()).Draw(t, "strategy")
		chosen := Choose(strategy, all)
		want := 1
		if strategy == RingAll {
			want = min(len(all), MostRung)
		}
		if len(chosen) != want {
			t.Fatalf("%d of %d are chosen, want %d", len(chosen), len(all), want)
		}
		most := 0
		for _, c := range all {
			if slices.Contains(chosen, c.Agent) {
				most = max(most, c.Tried)
			}
		}
		for _, c := range all {
			if c.Tried < most && !slices.Contains(chosen, c.Agent) {
				t.Fatalf("%s was tried %d times and is not chosen, others with %d are", c.Agent, c.Tried, most)
			}
		}
		shuffled := rapid.Permutation(all).Draw(t, "another order")
		if again := Choose(strategy, shuffled); !slices.Equal(again, chosen) {
			t.Fatalf("%q are chosen in one order, %q in another", chosen, again)
		}
	})
}
