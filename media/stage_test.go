package media

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"telagent-gateway/call"
)

// stage is a wire without sockets, goroutines or clock: the test moves the time and says what arrives.
type stage struct {
	t       *testing.T
	w       *Wire
	now     time.Time
	links   map[uint16]*fakeLink        // by our port
	taken   map[uint16]bool             // ports that some other process holds
	slow    bool                        // the disk makes the recorder wait
	said    []string                    // events, with the milliseconds since the start
	fared   map[call.LegID]call.Quality // legs that ended
	feeds   []*feed
	splices []call.Spliced
	courses map[call.LegID][]call.Interval
	buf     []byte
	far     map[call.LegID]*sealer // far sides that speak SRTP
}

// fakeLink keeps what is sent.
type fakeLink struct {
	stage  *stage
	sealer *sealer // that receives what is sent; nil: it is plain RTP
	sent   []sent
	closed bool
}

type sent struct {
	at       time.Time
	to       netip.AddrPort
	datagram []byte
}

// feed is a far side that sends a packet every 20 ms until it is quiet.
type feed struct {
	leg   call.LegID
	next  time.Time
	seq   uint16
	ts    uint32
	ssrc  uint32
	fill  byte
	sound func(ts uint32) byte // instead of fill; nil: none
	frame int                  // samples in a packet; 0: 160
	quiet bool
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// sounds are the built-in ones, read once for all tests.
var sounds = sync.OnceValues(func() (*library, error) { return loadLibrary("", "") })

func newStage(t *testing.T) *stage {
	s := &stage{t: t, far: map[call.LegID]*sealer{}, now: start, links: map[uint16]*fakeLink{}, taken: map[uint16]bool{}, fared: map[call.LegID]call.Quality{}, courses: map[call.LegID][]call.Interval{}, buf: make([]byte, maxDatagram)}
	library, err := sounds()
	if err != nil {
		t.Fatal(err)
	}
	w, err := build(Options{PortMin: 30000, PortMax: 30099}, s, library)
	if err != nil {
		t.Fatal(err)
	}
	w.now = func() time.Time { return s.now }
	s.w = w
	return s
}

func (s *stage) open(local netip.AddrPort, _ int) (link, error) {
	if s.taken[local.Port()] {
		return nil, errTaken
	}
	l := &fakeLink{stage: s}
	s.links[local.Port()] = l
	return l, nil
}

func (s *stage) inherit(_ *os.File, local netip.AddrPort) (link, error) { return s.open(local, 0) }

func (l *fakeLink) listen(func(time.Time, netip.AddrPort, []byte)) {}

func (l *fakeLink) rest() {}

func (l *fakeLink) descriptor() (int, error) { return 0, os.ErrInvalid }

func (s *stage) wait() {}

func (l *fakeLink) send(datagram []byte, to netip.AddrPort) {
	if l.closed {
		l.stage.t.Error("sent on a closed socket")
	}
	plain := bytes.Clone(datagram)
	if l.sealer != nil {
		plain = l.sealer.open(l.stage.t, plain)
	}
	l.sent = append(l.sent, sent{l.stage.now, to, plain})
}

func (l *fakeLink) close() { l.closed = true }

// farAt is where a leg's far side sends from and wants to receive: 10.0.0.n for the leg named by that one letter.
func farAt(id call.LegID) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, id[0]}), 4000)
}

// description is a far side's, with more lines for its audio.
func description(id call.LegID, formats string, more ...string) []byte {
	body := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP %s\r\na=rtpmap:101 telephone-event/8000\r\n",
		farAt(id).Addr(), farAt(id).Port(), formats)
	for _, line := range more {
		body += line + "\r\n"
	}
	return []byte(body)
}

// arrives makes a leg of somebody who called us, in a dialog that stands.
func (s *stage) arrives(id call.LegID, formats string, more ...string) {
	s.t.Helper()
	if _, err := s.w.Answer(id, description(id, formats, more...), Terms{}); err != nil {
		s.t.Fatal(err)
	}
	s.w.Established(id)
}

// answers makes a leg of somebody whom we called for near.
func (s *stage) answers(id, near call.LegID, formats string, more ...string) {
	s.t.Helper()
	if _, err := s.w.Offer(id, near, Terms{}); err != nil {
		s.t.Fatal(err)
	}
	if err := s.w.Accept(id, description(id, formats, more...)); err != nil {
		s.t.Fatal(err)
	}
	s.w.Established(id)
}

// talks lets a leg's far side send packets filled with a byte from now on.
func (s *stage) talks(id call.LegID, fill byte) *feed {
	f := &feed{leg: id, next: s.now, ssrc: uint32(fill) << 8, ts: uint32(fill) * 1_000_003, fill: fill}
	s.feeds = append(s.feeds, f)
	return f
}

// run lets time pass, a millisecond a step.
func (s *stage) run(d time.Duration) {
	for end := s.now.Add(d); s.now.Before(end); s.now = s.now.Add(time.Millisecond) {
		for _, f := range s.feeds {
			f.step(s)
		}
		if s.now.Sub(start)%tick == 0 {
			s.w.tick(s.now, s.buf)
		}
		if s.now.Sub(start)%recordEvery == 0 && !s.slow {
			s.w.recorder.round(s.now)
		}
		s.collect()
	}
}

func (f *feed) step(s *stage) {
	if s.now.Before(f.next) {
		return
	}
	if !f.quiet {
		packet := rtpPacket(0, false, f.seq, f.ts, f.ssrc, f.samples())
		if r := s.far[f.leg]; r != nil {
			packet = r.seal(s.t, packet)
		}
		s.receive(f.leg, farAt(f.leg), packet)
	}
	n := f.length()
	f.next, f.seq, f.ts = f.next.Add(time.Duration(n)*time.Second/clock), f.seq+1, f.ts+uint32(n)
}

func (f *feed) samples() []byte {
	out := bytes.Repeat([]byte{f.fill}, f.length())
	for i := range out {
		if f.sound != nil {
			out[i] = f.sound(f.ts + uint32(i))
		}
	}
	return out
}

func (f *feed) length() int {
	if f.frame == 0 {
		return 160
	}
	return f.frame
}

func rtpPacket(payloadType uint8, marker bool, sequence uint16, ts, ssrc uint32, payload []byte) []byte {
	out := make([]byte, rtpHeader+len(payload))
	putHeader(out, payloadType, marker, sequence, ts, ssrc)
	copy(out[rtpHeader:], payload)
	return out
}

func (s *stage) receive(id call.LegID, from netip.AddrPort, datagram []byte) {
	if l, err := s.w.find(id); err == nil {
		s.w.receive(l, s.now, from, datagram)
	}
	s.collect()
}

// collect writes down the events that came, as "1500 Digit c 1".
func (s *stage) collect() {
	for {
		var line string
		select {
		case e := <-s.w.events:
			switch e := e.(type) {
			case call.Digit:
				line = fmt.Sprint("Digit ", e.Leg, " ", e.Key)
			case call.Recorded:
				line = strings.TrimSpace(fmt.Sprint("Recorded ", e.Leg, " ", e.File, " ", e.Length, " ", e.Problem))
			case call.Measured: // of every leg that ends; who wants it looks there
				s.fared[e.Leg], s.courses[e.Leg] = e.Quality, e.Course
				continue
			case call.Spliced: // likewise
				s.splices = append(s.splices, e)
				continue
			case call.Missed:
				line = fmt.Sprint("Missed ", e.Sign, " ", e.Leg)
			case call.Seen:
				line = fmt.Sprint("Seen ", e.Sign, " ", e.Leg)
			case call.Played:
				line = fmt.Sprint("Played ", e.Leg, " ", e.Prompt)
			default:
				line = strings.TrimPrefix(fmt.Sprintf("%T ", e), "call.") + string(call.Leg(e))
			}
		default:
			return
		}
		s.said = append(s.said, fmt.Sprint(s.now.Sub(start).Milliseconds(), " ", line))
	}
}

// expectSaid checks the events so far.
func (s *stage) expectSaid(want ...string) {
	s.t.Helper()
	s.collect()
	if !slices.Equal(s.said, want) {
		s.t.Errorf("events %q, want %q", s.said, want)
	}
}

// rtp returns what a leg's slot sent so far, and when.
func (s *stage) rtp(id call.LegID) (packets []packet, at []time.Time) {
	s.t.Helper()
	l, err := s.w.find(id)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range s.links[uint16(l.port)].sent {
		p, ok := parse(d.datagram)
		if !ok {
			s.t.Fatalf("sent no RTP: % x", d.datagram)
		}
		packets, at = append(packets, p), append(at, d.at)
	}
	return packets, at
}

// longestGap returns the longest time between two of the packets.
func longestGap(at []time.Time) (gap time.Duration) {
	for i := 1; i < len(at); i++ {
		gap = max(gap, at[i].Sub(at[i-1]))
	}
	return gap
}

// hears says what the last packet to a leg was filled with: 0 if it was no one byte all through.
func (s *stage) hears(id call.LegID) byte {
	s.t.Helper()
	l, err := s.w.find(id)
	if err != nil {
		s.t.Fatal(err)
	}
	sent := s.links[uint16(l.port)].sent
	if len(sent) == 0 {
		return 0
	}
	payload := sent[len(sent)-1].datagram[rtpHeader:]
	for _, b := range payload {
		if b != payload[0] {
			return 0
		}
	}
	return payload[0]
}
