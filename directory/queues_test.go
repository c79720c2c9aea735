package directory

import (
	"reflect"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

func fifty() *int { n := 50; return &n }

// whole is a queue with a value of its own for every key.
func whole() Queue {
	return Queue{
		Name: "support", Numbers: []string{"+18005550100"}, Strategy: "ring_all", Priority: five(), Office: "berlin", CallingName: "Support",
		ShowCaller: true, Record: true, CallerID: "+4930100", FallbackFor: []string{"support"}, Music: "jazz", Language: "de", RingTime: 15 * time.Second, Widen: 20 * time.Second, Sticky: 48 * time.Hour,
		Patience: 10 * time.Second, MaxWait: 10 * time.Minute, MaxWaiting: fifty(), Overflow: Overflow{Queue: "night"}, Announce: 45 * time.Second, AnswerWithin: 30 * time.Second,
		Hours: Hours{
			Zone: "Europe/Berlin", Week: []string{"mon-fri 08:00-18:00"}, Dates: []string{"12-25 closed"}, Closed: Overflow{Number: "+49301234567"},
		},
		Unreachable: map[string]Unreached{"busy": {Delay: time.Minute, Strike: true, Next: true, Status: "away", Reason: "BUSY"}, "no_answer": {Delay: time.Second, Status: "stay"}},
	}
}

func TestEveryKeyOfAQueueReachesTheFloor(t *testing.T) {
	plan, err := File{Queues: []Queue{{Name: "night"}, whole()}}.Plan("root", telagent.State{}, german, (&salted{}).hasher(), where)
	if err != nil {
		t.Fatal(err)
	}
	got := plan.Commands[1].(telagent.PutQueue).Queue
	want := telagent.Queue{
		Name: "support", Numbers: []string{"+18005550100"}, Strategy: "ring_all", Priority: 5, Office: "berlin", CallingName: "Support",
		ShowCaller: true, Record: true, CallerID: "+4930100", FallbackFor: []string{"support"}, Music: "jazz", Language: "de", RingTime: 15 * time.Second, Widen: 20 * time.Second, Sticky: 48 * time.Hour,
		Patience: 10 * time.Second, MaxWait: 10 * time.Minute, MaxWaiting: 50, Overflow: telagent.Overflow{Queue: "night"}, Announce: 45 * time.Second, AnswerWithin: 30 * time.Second,
		Hours: telagent.Hours{
			Zone: "Europe/Berlin", Week: []string{"mon-fri 08:00-18:00"}, Dates: []string{"12-25 closed"}, Closed: telagent.Overflow{Number: "+49301234567"},
		},
		Unreachable: map[call.Cause]telagent.Unreached{
			call.Busy: {Delay: time.Minute, Strike: true, Next: true, Status: "away", Reason: "BUSY"}, call.NoAnswer: {Delay: time.Second},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	again, err := File{Queues: []Queue{{Name: "night"}, whole()}}.Plan("root", carryOut(telagent.State{}, plan.Commands), german, (&salted{}).hasher(), where)
	if err != nil || len(again.Commands) != 0 {
		t.Errorf("a second import: %v, %q", err, again.Changes)
	}
}

func TestEveryChangeOfAQueueIsNoticed(t *testing.T) {
	full, empty := whole().entry(), telagent.Queue{}
	for i := range reflect.TypeFor[telagent.Queue]().NumField() {
		field := reflect.TypeFor[telagent.Queue]().Field(i).Name
		changed := full
		reflect.ValueOf(&changed).Elem().Field(i).Set(reflect.ValueOf(empty).Field(i))
		if reflect.DeepEqual(changed, full) {
			t.Errorf("the test has no value for %s", field)
		}
		if field != "Name" && len(queueDifferences(changed, full)) != 1 {
			t.Errorf("another %s: %q", field, queueDifferences(changed, full))
		}
	}
}
