package telagent_test

import (
	"strconv"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// TestWhatIsKeptForARestartDoesNotGrowForEver lets more happen than the Floor remembers: what it forgets, it says is gone.
func TestWhatIsKeptForARestartDoesNotGrowForEver(t *testing.T) {
	f, k := staffed(), kept{}
	took := func(out telagent.Outcome) {
		for _, c := range out.Changes {
			k.take(c)
		}
	}
	took(f.Handle(start, call.Bound{AOR: "ana"}))
	for i := range 4096 + 50 {
		out, err := f.Do(start.Add(time.Duration(i)*time.Second), telagent.SwitchMany{
			By: "boss", Who: telagent.Selection{Agents: []string{"ana"}}, RequestID: strconv.Itoa(i),
		})
		if err != nil {
			t.Fatal(err)
		}
		took(out)
	}
	count := map[telagent.PartKind]int{}
	for _, p := range k.parts {
		count[p.Kind]++
	}
	if count[telagent.AnswerPart] != 4096 || count[telagent.BatchPart] != 100 || count[telagent.PhonePart] != 1 {
		t.Errorf("kept are %v", count)
	}
	for _, c := range []telagent.Command{telagent.ForceLogout{By: "boss", Agent: "ana"}, telagent.DropAgent{By: "root", Agent: "ana"}} {
		out, err := f.Do(start.Add(2*time.Hour), c)
		if err != nil {
			t.Fatal(err)
		}
		took(out)
	}
	if _, is := k.parts["agent ana"]; is || count[telagent.AgentPart] != 1 {
		t.Errorf("ana is kept: before %v, after her removal %v", count, k.parts["agent ana"])
	}
}
