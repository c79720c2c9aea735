package console

import (
	"encoding/json"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

func TestAQueueIsShownWithItsRules(t *testing.T) {
	for want, entry := range map[string]telagent.Queue{
		`{"name":"q","waiting":0,"available":0,"numbers":[],"strategy":"","priority":0,"show_caller":false,"record":false,"max_waiting":1000}`: {},
		`{"name":"q","waiting":0,"available":0,"numbers":[],"strategy":"","priority":0,"calling_name":"Support","show_caller":true,"record":true,` +
			`"music":"jazz","language":"de","ring_time_s":1.5,"widen_s":20,"sticky_s":3600,"patience_s":8,"max_wait_s":600,"max_waiting":50,"overflow":{"queue":"night"},` +
			`"announce_s":45,"hours":{"zone":"UTC","week":["mon-fri 08:00-18:00"],"dates":[],"closed":{"number":"+49301234567"}},` +
			`"unreachable":{"busy":{"delay_s":30,"strike":true,"next_number":true,"status":"away","reason":"BUSY"}}}`: {
			CallingName: "Support", ShowCaller: true, Record: true, Music: "jazz", Language: "de", RingTime: 1500 * time.Millisecond, Widen: 20 * time.Second,
			Sticky: time.Hour, Patience: 8 * time.Second, MaxWait: 10 * time.Minute, MaxWaiting: 50, Overflow: telagent.Overflow{Queue: "night"},
			Announce: 45 * time.Second,
			Hours:    telagent.Hours{Week: []string{"mon-fri 08:00-18:00"}, Closed: telagent.Overflow{Number: "+49301234567"}},
			Unreachable: map[call.Cause]telagent.Unreached{
				call.Busy: {Delay: 30 * time.Second, Strike: true, Next: true, Status: "away", Reason: "BUSY"},
			},
		},
	} {
		got, err := json.Marshal(showQueue(telagent.QueueView{Name: "q", Entry: entry}))
		if err != nil || string(got) != want {
			t.Errorf("%v\n got %s\nwant %s", err, got, want)
		}
	}
}
