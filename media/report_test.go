package media

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// reportsOf reads the RTCP that a leg on a port was sent.
func (s *stage) reportsOf(port uint16) (compounds [][]rtcp.Packet, at []time.Time) {
	s.t.Helper()
	for _, d := range s.links[port].sent {
		packets, err := rtcp.Unmarshal(d.datagram)
		if err != nil {
			s.t.Fatal(err)
		}
		if err := rtcp.CompoundPacket(packets).Validate(); err != nil {
			s.t.Fatal(err)
		}
		if want := netip.AddrPortFrom(farAt("c").Addr(), farAt("c").Port()+1); d.to != want {
			s.t.Errorf("report sent to %s, want %s", d.to, want)
		}
		compounds, at = append(compounds, packets), append(at, d.at)
	}
	return compounds, at
}

func TestReportsAreSentAboutEveryFiveSecondsAndSayWhatWasSentAndReceived(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.talks("c", 0x33)
	s.run(time.Minute)
	compounds, at := s.reportsOf(30001)
	if n := len(compounds); n < 8 || n > 24 {
		t.Errorf("%d reports in a minute", n)
	}
	for i := 1; i < len(at); i++ {
		if pause := at[i].Sub(at[i-1]); pause < 2500*time.Millisecond || pause > 7600*time.Millisecond {
			t.Errorf("%v between two reports", pause)
		}
	}
	packets, _ := s.rtp("c")
	last := compounds[len(compounds)-1]
	sender, ok := last[0].(*rtcp.SenderReport)
	if !ok {
		t.Fatalf("first is %T", last[0])
	}
	if sender.SSRC != packets[0].ssrc || sender.OctetCount != 160*sender.PacketCount || sender.PacketCount < 2000 {
		t.Errorf("sender report %+v", sender)
	}
	if want := packets[0].ts + ticks(at[len(at)-1].Sub(start)); sender.RTPTime-want+400 > 800 {
		t.Errorf("RTP time %d, want about %d", sender.RTPTime, want)
	}
	if got, want := sender.NTPTime>>32, uint64(at[len(at)-1].Unix()+2208988800); got != want {
		t.Errorf("NTP time %d, want %d", got, want)
	}
	if len(sender.Reports) != 1 || sender.Reports[0].TotalLost != 0 || sender.Reports[0].Jitter != 0 || sender.Reports[0].SSRC != 0x3300 {
		t.Errorf("reception %+v", sender.Reports)
	}
}

func TestLossAndJitterAreCounted(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	talker := s.talks("c", 0x33)
	for range 100 { // every fifth packet is lost, every other one 8 ms late
		s.run(80 * time.Millisecond)
		talker.quiet = true
		s.run(20 * time.Millisecond)
		talker.quiet = false
	}
	stats, _ := s.w.Stats("c")
	if stats.Lost < 95 || stats.Lost > 105 || stats.Received != 400 {
		t.Errorf("counters %+v", stats)
	}
	c := counters{}
	now := start
	for i := range uint32(1000) {
		late := time.Duration(i%2) * 8 * time.Millisecond
		c.receive(now.Add(late), &packet{sequence: uint16(65000 + i), ts: i * 160, ssrc: 1})
		now = now.Add(20 * time.Millisecond)
	}
	if jitter := c.jitter >> 4; jitter < 60 || jitter > 66 { // 8 ms are 64 ticks
		t.Errorf("jitter %d", jitter)
	}
	if c.lost() != 0 || c.extended() != 65000+999 {
		t.Errorf("lost %d, highest %d", c.lost(), c.extended())
	}
	c.receive(now, &packet{sequence: 66009 - 1<<16, ts: 0, ssrc: 1})
	if c.lost() != 9 || c.fraction() != 9*256/1010 || c.fraction() != 0 {
		t.Errorf("lost %d", c.lost())
	}
}

func TestReportsOfTheFarSideAreReadAndBadOnesDropped(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.run(time.Second)
	l, err := s.w.find("c")
	if err != nil {
		t.Fatal(err)
	}
	from := netip.AddrPortFrom(farAt("c").Addr(), 4001)
	mid := uint32(ntp(s.now.Add(-150*time.Millisecond)) >> 16)
	good, err := rtcp.Marshal([]rtcp.Packet{
		&rtcp.SenderReport{SSRC: 1, NTPTime: ntp(s.now), Reports: []rtcp.ReceptionReport{
			{SSRC: l.slot.ssrc(), TotalLost: 7, Jitter: 80, LastSenderReport: mid, Delay: 65536 / 10}, {SSRC: 99, TotalLost: 999},
		}},
		rtcp.NewCNAMESourceDescription(1, "x"), &rtcp.Goodbye{Sources: []uint32{1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.w.receiveReport(l, s.now, from, good)
	for _, bad := range [][]byte{nil, {1, 2, 3}, good[:20], append([]byte{0x40}, good[1:]...), good[len(good)-8:]} {
		s.w.receiveReport(l, s.now, from, bad)
	}
	s.w.receiveReport(l, s.now, netip.MustParseAddrPort("10.9.9.9:4001"), good)
	stats, _ := s.w.Stats("c")
	if stats.FarLost != 7 || stats.FarJitter != 10*time.Millisecond || stats.RoundTrip.Round(time.Millisecond) != 50*time.Millisecond {
		t.Errorf("counters %+v", stats)
	}
	if stats.ReportsReceived != 1 || stats.ReportsBroken != 5 || stats.ReportsForeign != 1 {
		t.Errorf("counters %+v", stats)
	}
	s.run(100 * time.Millisecond)
	s.w.Release("c") // a BYE in RTCP ended nothing; ours is the last that is sent
	compounds, _ := s.reportsOf(30001)
	last := compounds[len(compounds)-1]
	bye, ok := last[len(last)-1].(*rtcp.Goodbye)
	if !ok || len(bye.Sources) != 1 || bye.Sources[0] != l.slot.ssrc() {
		t.Errorf("last report %v", last)
	}
	block := last[0].(*rtcp.SenderReport).Reports
	if len(block) != 0 {
		t.Errorf("reception %v of a far side that never spoke", block)
	}
}

func TestFeedbackAlongWithAudioIsNoAudio(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101", "a=rtcp-mux")
	s.talks("c", 0x11)
	s.run(time.Second)
	was, _ := s.w.Stats("c")
	for _, kind := range []byte{205, 206, 207} { // feedback, of payloads, extended reports
		s.receive("c", farAt("c"), []byte{0x81, kind, 0, 3, 0, 0, 0x11, 0, 1, 2, 3, 4, 0, 0, 0, 0})
	}
	if is, _ := s.w.Stats("c"); is.Received != was.Received || is.Unknown != was.Unknown || is.Lost != was.Lost {
		t.Errorf("%+v after %+v", is, was)
	}
}
