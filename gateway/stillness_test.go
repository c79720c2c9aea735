package gateway

import (
	"slices"
	"testing"
	"testing/synctest"

	"telagent-gateway/call"
)

func TestALoopThatStandsStillGoesOnWithWhatCameMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, hands, _ := running(t)
		still, err := l.pause(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		l.report(arrival)
		synctest.Wait()
		if len(hands.actions) != 0 {
			t.Errorf("a loop that stands still ordered %v", hands.actions)
		}
		if facts := still.unheard(); len(facts) != 1 || facts[0] != call.Event(arrival) {
			t.Errorf("unheard are %v", facts)
		}
		later := arrival
		later.Leg = "c2"
		l.report(later)
		still.resume()
		synctest.Wait()
		answers := slices.DeleteFunc(hands.actions, func(a call.Action) bool { _, is := a.(call.Answer); return !is })
		if want := []call.Action{call.Answer{Leg: "c1"}, call.Answer{Leg: "c2"}}; !slices.Equal(answers, want) {
			t.Errorf("afterwards it ordered %v", answers)
		}
	})
}
