package media

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
)

func TestTheQualityOfALegIsToldAtItsEnd(t *testing.T) {
	s := newStage(t)
	s.arrives("a", "0 101")
	s.talks("a", 'x')
	s.run(time.Second)
	l, err := s.w.find("a")
	if err != nil {
		t.Fatal(err)
	}
	s.feeds[0].seq += 5 // lost
	s.run(time.Second)
	s.feeds[0].ssrc++ // another stream: what was lost before stays lost
	s.run(time.Second)
	sent := ntp(s.now.Add(-60 * time.Millisecond))
	report, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 1, Reports: []rtcp.ReceptionReport{{
		SSRC: l.slot.ssrc(), TotalLost: 7, Jitter: 80, LastSenderReport: uint32(sent >> 16), Delay: 65536 / 50,
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	s.w.receiveReport(l, s.now, farAt("a"), report)
	live, ok := s.w.Quality("a")
	if !ok || live.Received.Lost != 5 || live.Received.Packets < 140 || live.Sent.Lost != 7 || live.Sent.Jitter != 10*time.Millisecond || live.Reports != 1 {
		t.Errorf("the leg fares as %+v", live)
	}
	if trip := live.RoundTrip; trip < 39*time.Millisecond || trip > 41*time.Millisecond {
		t.Errorf("the round trip is %v, not 40 ms", trip)
	}
	s.w.Release("a")
	s.collect()
	if told := s.fared["a"]; told != live {
		t.Errorf("told at the end: %+v; before: %+v", told, live)
	}
	if _, ok := s.w.Quality("a"); ok {
		t.Error("a leg that is over still fares")
	}
}

func TestALegWithoutAPacketIsNotMeasured(t *testing.T) {
	s := newStage(t)
	s.arrives("a", "0")
	s.w.Release("a")
	s.collect()
	if q, is := s.fared["a"]; is {
		t.Errorf("told: %+v", q)
	}
}

func TestFewerLostThanNoneIsNone(t *testing.T) {
	var r reports
	r.learn(start, 7, []rtcp.ReceptionReport{{SSRC: 7, TotalLost: 0xfffffe}})
	if r.farLost != 0 {
		t.Errorf("%d lost, where two packets came twice", r.farLost)
	}
}
