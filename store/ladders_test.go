package store

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
)

// wholeLadder has a value of its own in every field.
func wholeLadder() call.Ladder {
	received := call.StreamQuality{Packets: 250, Lost: 3, Jitter: time.Millisecond, JitterMost: 2 * time.Millisecond}
	return call.Ladder{
		Strands: []call.Strand{{
			Leg: "1", Trunk: "north", Left: 7,
			Messages: []call.Message{{At: noon, Sent: true, Network: "UDP", Peer: netip.MustParseAddrPort("192.0.2.1:5060"), Text: "INVITE sip:ü SIP/2.0\r\n\r\n", Cut: 2}},
			Course: []call.Interval{{From: noon, Length: 5 * time.Second, Quality: call.Quality{
				Received: received, Sent: call.StreamQuality{Packets: 249}, Reports: 1, Encryption: "sdes", Forged: 1, RoundTrip: 30 * time.Millisecond, RoundTripMost: 31 * time.Millisecond,
			}}},
		}, {Leg: "2"}},
		Notes: []call.Note{{At: noon.Add(time.Second), Leg: "2", What: "swapped", Other: "1", Detail: "x"}},
	}
}

func laddersAreKept(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	must(t, s.KeepLadder("c1", noon, wholeLadder()))
	must(t, s.KeepLadder("c2", noon, call.Ladder{}))
	written(t, s)
	must(t, s.Close())
	s = opened(t, dsn)
	got, err := s.Ladder(t.Context(), "c1")
	must(t, err)
	if want := wholeLadder(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got, err := s.Ladder(t.Context(), "c2"); err != nil || len(got.Strands)+len(got.Notes) != 0 {
		t.Errorf("an empty one is %+v, %v", got, err)
	}
	if _, err := s.Ladder(t.Context(), "c3"); !errors.Is(err, ErrNoLadder) {
		t.Errorf("one that was never kept: %v", err)
	}
}

func laddersArePruned(t *testing.T, on target) {
	s := opened(t, on.fresh(t))
	now := time.Now()
	for i := range 2*prunedAtOnce + 20 { // the first is the oldest; more than one round's worth is too old
		must(t, s.KeepLadder(call.ID(fmt.Sprintf("c%04d", i)), now.Add(time.Duration(i-2*prunedAtOnce)*time.Hour), call.Ladder{}))
		if i%500 == 0 {
			written(t, s)
		}
	}
	left := func() string {
		var have []string
		for i := range 2*prunedAtOnce + 20 {
			id := call.ID(fmt.Sprintf("c%04d", i))
			if _, err := s.Ladder(t.Context(), id); err == nil {
				have = append(have, string(id))
			}
		}
		return strings.Join([]string{have[0], have[len(have)-1], fmt.Sprint(len(have))}, " ")
	}
	written(t, s)
	s.PruneLadders(24*time.Hour+30*time.Minute, 1000)
	for range 6 { // each commit is followed by a round
		written(t, s)
	}
	if got, want := left(), fmt.Sprintf("c%04d c%04d %d", 2*prunedAtOnce-24, 2*prunedAtOnce+19, 44); got != want {
		t.Errorf("by age %s are left, want %s", got, want)
	}
	s.PruneLadders(24*time.Hour, 5)
	for range 3 {
		written(t, s)
	}
	if got, want := left(), fmt.Sprintf("c%04d c%04d 5", 2*prunedAtOnce+15, 2*prunedAtOnce+19); got != want {
		t.Errorf("by number %s are left, want %s", got, want)
	}
}

func TestWhileTheDatabaseIsAwayTheNewestLaddersWait(t *testing.T) {
	p := newPending()
	for i := range laddersWaiting + 3 {
		p.ladders = append(p.ladders, ladder{id: call.ID(fmt.Sprint(i))})
		p.shorten()
	}
	if len(p.ladders) != laddersWaiting || p.ladders[0].id != "3" {
		t.Errorf("%d wait, from %s on", len(p.ladders), p.ladders[0].id)
	}
}
