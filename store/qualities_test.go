package store

import (
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

func legsAreMeasured(t *testing.T, on target) {
	s := opened(t, on.fresh(t))
	of := func(id string) telagent.Record {
		r := record(id, noon, "", "ana")
		for i := range r.Legs {
			r.Legs[i].Leg += call.LegID("-" + id)
		}
		return r
	}
	early, late := of("early"), of("late")
	quality := call.Quality{
		Received: call.StreamQuality{Packets: 500, Lost: 3, Jitter: 2 * time.Millisecond, JitterMost: 9 * time.Millisecond},
		Sent:     call.StreamQuality{Packets: 498, Lost: 1, Jitter: 4 * time.Millisecond, JitterMost: 5 * time.Millisecond},
		Reports:  4, Encryption: "dtls", Forged: 7, RoundTrip: 30 * time.Millisecond, RoundTripMost: 45 * time.Millisecond,
	}
	measured := func(r telagent.Record) telagent.LegMeasured {
		return telagent.LegMeasured{Leg: r.Legs[0].Leg, Quality: quality}
	}
	written(t, s, measured(early), telagent.CallEnded{Record: early}, telagent.CallEnded{Record: late})
	written(t, s, measured(late), measured(late), telagent.LegMeasured{Leg: "of nobody"})
	records, err := s.History(t.Context(), HistoryQuery{})
	must(t, err)
	if len(records) != 2 {
		t.Fatalf("%d records", len(records))
	}
	for _, r := range records {
		if got := r.Legs[0].Quality; got == nil || *got != quality {
			t.Errorf("the first leg of %s fared as %+v", r.ID, got)
		}
		if got := r.Legs[1].Quality; got != nil {
			t.Errorf("a leg of %s that was not measured fared as %+v", r.ID, got)
		}
	}
}
