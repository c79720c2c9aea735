package media

import (
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestASwapIsMeasuredForWhoHearsIt(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.answers("a", "c", "0 101")
	s.answers("p", "c", "0 101")
	s.talks("c", 'c')
	s.talks("a", 'a')
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(time.Second)
	s.talks("p", 'p')
	s.run(13 * time.Millisecond)
	s.pressesAKey("p")
	s.w.Do(call.Swap{Old: "a", New: "p"})
	s.run(900 * time.Millisecond)
	if len(s.splices) != 0 {
		t.Errorf("told before its time: %+v", s.splices)
	}
	s.run(200 * time.Millisecond)
	if len(s.splices) != 1 {
		t.Fatalf("told %+v", s.splices)
	}
	e := s.splices[0]
	if e.Leg != "p" || e.To != "c" {
		t.Errorf("told of %s to %s", e.Leg, e.To)
	}
	_, at := s.rtp("c")
	if gap := longestGap(at); e.Gap != gap || gap < 20*time.Millisecond || gap > 45*time.Millisecond {
		t.Errorf("the longest gap is told as %v; on the wire it is %v", e.Gap, gap)
	}
	if e.CutOver < time.Millisecond || e.CutOver > 60*time.Millisecond {
		t.Errorf("neither leg was heard for %v", e.CutOver)
	}
	if e.TwoWay < time.Millisecond || e.TwoWay > 60*time.Millisecond {
		t.Errorf("both hear each other after %v", e.TwoWay)
	}
}

func TestALegThatIsNotHeardIsMeasuredByTheGapAlone(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.w.Do(call.Park{Leg: "c", Audio: call.Comfort})
	s.answers("p", "c", "0 101")
	s.talks("c", 'c')
	s.run(time.Second)
	s.w.Do(call.Join{A: "c", B: "p"})
	s.run(1100 * time.Millisecond)
	if len(s.splices) != 1 || s.splices[0].To != "c" || s.splices[0].CutOver != 0 || s.splices[0].TwoWay != 0 {
		t.Fatalf("told %+v", s.splices)
	}
	_, at := s.rtp("c")
	if gap := longestGap(at); s.splices[0].Gap != gap {
		t.Errorf("the longest gap is told as %v; on the wire it is %v", s.splices[0].Gap, gap)
	}
}

func TestAUsualJoinIsNotMeasured(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.w.Do(call.Park{Leg: "c", Audio: call.Music})
	s.answers("p", "c", "0 101")
	s.run(time.Second)
	s.w.Do(call.Join{A: "c", B: "p"})
	s.run(1100 * time.Millisecond)
	if len(s.splices) != 0 {
		t.Errorf("told %+v", s.splices)
	}
}

// pressesAKey lets a leg's far side press 1, in one packet.
func (s *stage) pressesAKey(id call.LegID) {
	s.receive(id, farAt(id), rtpPacket(101, true, 7, 1, uint32(id[0])<<8, []byte{1, 10, 0, 160}))
}
