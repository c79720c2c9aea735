package queue

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"telagent-gateway/call"
)

var began = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func caller(id call.ID, priority, second int) Caller {
	return Caller{Call: id, Priority: priority, Since: began.Add(time.Duration(second) * time.Second)}
}

func ids(callers []Caller) (all []call.ID) {
	for _, c := range callers {
		all = append(all, c.Call)
	}
	return all
}

func TestCallersAreServedByPriorityThenByHowLongTheyWait(t *testing.T) {
	var l Line
	for _, c := range []Caller{
		caller("late", 5, 30), caller("requeued", Requeued, 20), caller("early", 5, 10), caller("gold", 10, 40),
		caller("requeued earlier", Requeued, 15), caller("twin b", 5, 30),
	} {
		l.Add(c)
	}
	want := []call.ID{"requeued earlier", "requeued", "gold", "early", "late", "twin b"}
	if at := l.Place(caller("gold", 10, 40)); at != 3 || l.Place(caller("gold", 9, 40)) != 0 {
		t.Errorf("the third has place %d", at)
	}
	if got := ids(l.All()); !slices.Equal(got, want) {
		t.Errorf("served in the order %q, want %q", got, want)
	}
	if first, ok := l.First(); !ok || first.Call != want[0] {
		t.Errorf("first is %v, %t", first, ok)
	}
	if !l.Longest().Equal(began.Add(10 * time.Second)) {
		t.Errorf("the longest waits since %v; priority has nothing to do with it", l.Longest())
	}
}

func TestACallerComesBackToHisPlace(t *testing.T) {
	var l Line
	a, b, c := caller("a", 5, 1), caller("b", 5, 2), caller("c", 5, 3)
	l.Add(a)
	l.Add(b)
	l.Add(c)
	if !l.Remove(b) || l.Remove(b) || l.Len() != 2 {
		t.Errorf("removing one who waits, and then is gone: %v", l.All())
	}
	l.Add(b)
	l.Add(b)
	if got := ids(l.All()); !slices.Equal(got, []call.ID{"a", "b", "c"}) {
		t.Errorf("order %q after he came back", got)
	}
}

func TestAnEmptyLineHasNobody(t *testing.T) {
	var l Line
	if _, ok := l.First(); ok || l.Len() != 0 || !l.Longest().IsZero() || l.Remove(caller("a", 5, 1)) {
		t.Error("somebody waits in an empty line")
	}
}

func TestALineKeepsItsOrderWhateverComesAndGoes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var l Line
	var all []Caller
	for range 2000 {
		if len(all) > 0 && rng.IntN(3) == 0 {
			i := rng.IntN(len(all))
			if !l.Remove(all[i]) {
				t.Fatalf("%v is not in the line", all[i])
			}
			all = slices.Delete(all, i, i+1)
		} else {
			c := caller(call.ID(fmt.Sprint(rng.IntN(1000000))), 1+rng.IntN(11), rng.IntN(100))
			all = append(all, c)
			l.Add(c)
		}
		longest := time.Time{}
		for _, c := range all {
			if longest.IsZero() || c.Since.Before(longest) {
				longest = c.Since
			}
		}
		in := l.All()
		if len(in) != len(all) || !slices.IsSortedFunc(in, compare) || !l.Longest().Equal(longest) {
			t.Fatalf("%d of %d wait, the longest since %v and not %v", len(in), len(all), l.Longest(), longest)
		}
	}
}
