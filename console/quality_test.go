package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// fared is a leg whose far side reports, with numbers that all differ.
var fared = call.Quality{
	Received: call.StreamQuality{Packets: 990, Lost: 10, Jitter: 2 * time.Millisecond, JitterMost: 9 * time.Millisecond},
	Sent:     call.StreamQuality{Packets: 1000, Lost: 20, Jitter: 4 * time.Millisecond, JitterMost: 5 * time.Millisecond},
	Reports:  4, Encryption: "sdes", Forged: 7, RoundTrip: 30 * time.Millisecond, RoundTripMost: 45 * time.Millisecond,
}

func TestAQualityIsShownInBothDirectionsAsFarAsItIsKnown(t *testing.T) {
	whole := strings.Join(qualityCells(&fared), " ")
	if want := "990 1 2 4.3 1000 2 4 4.2 30"; whole != want {
		t.Errorf("shown as %q, want %q", whole, want)
	}
	if s := showQuality(&fared); s.Encryption != "sdes" || s.Forged == nil || *s.Forged != 7 {
		t.Errorf("of an encrypted leg: %+v", s)
	}
	if s := showQuality(&call.Quality{Encryption: "rtp"}); s.Encryption != "rtp" || s.Forged != nil {
		t.Errorf("of a leg in the clear: %+v", s)
	}
	deaf := fared
	deaf.Reports, deaf.RoundTripMost = 0, 0
	s := showQuality(&deaf)
	if s.Sent.Lost != nil || s.Sent.MOS != nil || s.Sent.Packets != 1000 || s.RoundTripMS != nil {
		t.Errorf("of a far side that reports nothing: %+v", s)
	}
	if got, want := strings.Join(qualityCells(&deaf), ","), "990,1,2,4.3,1000,,,,"; got != want {
		t.Errorf("shown as %q, want %q", got, want)
	}
	if got := qualityCells(nil); strings.Join(got, "") != "" || len(got) != len(qualityColumns) {
		t.Errorf("a leg without audio has %q", got)
	}
}

func TestEachLegOfALiveCallSaysHowItsAudioFares(t *testing.T) {
	f := newFloor()
	f.view.Calls[0].Legs = []telagent.LegView{{Leg: "l1", Agent: "ana"}, {Leg: "l2"}}
	o := f.options()
	o.Quality = func(leg call.LegID) (call.Quality, bool) { return fared, leg == "l1" }
	c := newConsole(t, o)
	boss := as(tokenFor(t, c, "boss"))
	var all struct{ Calls []callShown }
	decodeInto(t, ask(c, "GET", prefix+"/calls", "", boss...).Body.Bytes(), &all)
	measured := 0
	for _, v := range all.Calls {
		var one callShown
		decodeInto(t, ask(c, "GET", prefix+"/calls/"+v.ID, "", boss...).Body.Bytes(), &one)
		for i, l := range v.Legs {
			if (l.Quality != nil) != (l.ID == "l1") || (one.Legs[i].Quality != nil) != (l.ID == "l1") {
				t.Errorf("leg %s fares as %+v, alone as %+v", l.ID, l.Quality, one.Legs[i].Quality)
			}
			if l.Quality != nil {
				measured++
			}
		}
	}
	if measured == 0 {
		t.Error("no call has the leg l1")
	}
}

func TestLegsThatEndedAreCountedByTheirQuality(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	c.Tell([]telagent.Change{telagent.LegMeasured{Leg: "1", Quality: fared}, telagent.LegMeasured{Leg: "2"}})
	page := ask(c, http.MethodGet, "/metrics", "").Body.String()
	for _, line := range []string{
		`telagent_leg_loss_ratio_count{direction="received"} 2`, `telagent_leg_loss_ratio_bucket{direction="received",le="0.005"} 1`,
		`telagent_leg_loss_ratio_count{direction="sent"} 1`, `telagent_leg_jitter_seconds_sum{direction="sent"} 0.005`,
		`telagent_leg_round_trip_seconds_sum 0.045`,
	} {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("the metrics have no line %s", line)
		}
	}
}

func TestASwitchThatWasMeasuredIsCountedAndTold(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	c.Tell([]telagent.Change{telagent.SwitchMeasured{Switch: telagent.SwitchRecord{Agent: "ana", Result: "done", Leg: "3", Gap: 21 * time.Millisecond}}})
	body := ask(c, "GET", "/metrics", "").Body.String()
	for _, line := range []string{`telagent_switch_gap_seconds_bucket{le="0.025"} 1`, `telagent_switch_gap_seconds_bucket{le="0.02"} 0`} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
}
