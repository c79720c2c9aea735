package media

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"telagent-gateway/call"
)

// reports lets a leg's far side send RTCP from the port that is customary.
func (s *stage) reports(id call.LegID, more ...rtcp.Packet) {
	s.t.Helper()
	l, err := s.w.find(id)
	if err != nil {
		s.t.Fatal(err)
	}
	s.w.receiveReport(l, s.now, netip.AddrPortFrom(farAt(id).Addr(), farAt(id).Port()+1), report(s.t, more...))
	s.collect()
}

// reoffers lets a leg's far side describe itself anew.
func (s *stage) reoffers(id call.LegID, direction string) {
	s.t.Helper()
	if _, err := s.w.Answer(id, description(id, "0 101", direction), Terms{}); err != nil {
		s.t.Fatal(err)
	}
	s.collect()
}

func report(t *testing.T, more ...rtcp.Packet) []byte {
	t.Helper()
	datagram, err := rtcp.Marshal(append([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 1}, rtcp.NewCNAMESourceDescription(1, "x")}, more...))
	if err != nil {
		t.Fatal(err)
	}
	return datagram
}

// reportsEvery lets a leg's far side send so many reports at a rhythm.
func (s *stage) reportsEvery(id call.LegID, rhythm time.Duration, n int) {
	for range n {
		s.run(rhythm)
		s.reports(id)
	}
}

func TestReportsThatStopAreMissedAfterThreeOfTheirIntervalsAndSeenWhenTheyComeAgain(t *testing.T) {
	for _, c := range []struct {
		rhythm        time.Duration
		count         int
		after, before time.Duration // when they are missed
	}{
		{5 * time.Second, 10, 15 * time.Second, 16 * time.Second},
		{4 * time.Second, 30, 12 * time.Second, 13 * time.Second},
		{15 * time.Second, 10, 45 * time.Second, 46 * time.Second},
		{time.Second, 30, 5 * time.Second, 6 * time.Second}, // never sooner
		{5 * time.Second, 1, 25 * time.Second, 26 * time.Second},
	} {
		s := newStage(t)
		s.arrives("c", "0 101")
		s.talks("c", 0x33)
		s.reportsEvery("c", c.rhythm, c.count)
		s.run(c.after - 100*time.Millisecond)
		s.expectSaid()
		s.run(c.before - c.after)
		if len(s.said) != 1 || s.said[0][len(s.said[0])-len("Missed reports c"):] != "Missed reports c" {
			t.Errorf("%v: %q", c.rhythm, s.said)
		}
		s.run(time.Minute)
		s.reports("c")
		s.reportsEvery("c", c.rhythm, 4)
		if len(s.said) != 2 || s.said[1][len(s.said[1])-len("Seen reports c"):] != "Seen reports c" {
			t.Errorf("%v: %q", c.rhythm, s.said)
		}
	}
}

func TestReportsAreNotMissedOfAFarSideThatSendsNoneOrOfOneOnHold(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101") // sends none
	s.talks("c", 0x33)
	s.arrives("h", "0 101")
	s.talks("h", 0x33)
	s.reportsEvery("h", 5*time.Second, 5)
	s.reoffers("h", "a=sendonly")
	s.run(2 * time.Minute)
	s.reoffers("h", "a=sendrecv")
	s.run(14 * time.Second)
	s.expectSaid("25000 Held h", "145000 Resumed h")
	s.run(2 * time.Second)
	s.expectSaid("25000 Held h", "145000 Resumed h", "160000 Missed reports h")
}

func TestAFarSideThatLeavesByReportIsMissedAtOnceUnlessItLeavesAnotherStreamOrIsHeld(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.talks("c", 0x33) // its SSRC is 0x3300
	s.reportsEvery("c", 5*time.Second, 2)
	s.reports("c", &rtcp.Goodbye{Sources: []uint32{0x4400}})
	s.expectSaid()
	s.reports("c", &rtcp.Goodbye{Sources: []uint32{0x3300}})
	s.reports("c", &rtcp.Goodbye{Sources: []uint32{0x3300}})
	s.expectSaid("10000 Missed reports c")
	s.run(time.Second)
	s.reports("c")
	s.expectSaid("10000 Missed reports c", "11000 Seen reports c")
	s.reoffers("c", "a=sendonly")
	s.reports("c", &rtcp.Goodbye{Sources: []uint32{0x3300}})
	s.expectSaid("10000 Missed reports c", "11000 Seen reports c", "11000 Held c")
}

func TestReportsOfASilentLegAreSeenOnceASecondAtMost(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	talker := s.talks("c", 0x33)
	s.run(time.Second)
	s.reports("c")
	talker.quiet = true
	s.run(1100 * time.Millisecond)
	for range 10 { // 1.1 s in all
		s.reports("c")
		s.run(110 * time.Millisecond)
	}
	s.expectSaid("1980 Silent c", "2100 Seen reports c")
	s.reports("c")
	s.expectSaid("1980 Silent c", "2100 Seen reports c", "3200 Seen reports c")
	talker.quiet = false
	s.run(2 * time.Second)
	s.reports("c")
	if n := len(s.said); n != 4 { // Heard, and nothing more of reports
		t.Errorf("%q", s.said)
	}
}

func TestReportsOnThePortOfRTPAreReportsAsWell(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.run(1100 * time.Millisecond)
	s.receive("c", farAt("c"), report(t))
	s.expectSaid("1000 Silent c", "1100 Seen reports c")
	stats, _ := s.w.Stats("c")
	if stats.ReportsReceived != 1 || stats.Broken != 0 || stats.Received != 0 {
		t.Errorf("counters %+v", stats)
	}
	s.receive("c", netip.MustParseAddrPort("10.9.9.9:4000"), report(t))
	if stats, _ := s.w.Stats("c"); stats.ReportsForeign != 1 {
		t.Errorf("counters %+v", stats)
	}
}
