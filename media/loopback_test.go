package media

import (
	"fmt"
	"math"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"telagent-gateway/call"
)

// robot is a far side on a real socket: it sends a tone of its own and judges what it hears by its frequencies.
type robot struct {
	t    *testing.T
	conn *net.UDPConn
	tone float64
	to   *net.UDPAddr
	stop chan struct{}
	done sync.WaitGroup

	takes func(datagram []byte) bool // what is no RTP; nil: nothing
	guard atomic.Pointer[guard]      // nil: plain RTP

	spoke atomic.Uint64 // packets sent

	mu    sync.Mutex
	heard []packet
	audio []int16
}

func newRobot(t *testing.T, tone float64) *robot { return newRobotThat(t, tone, nil, nil) }

// newRobotThat makes a robot that speaks more than RTP, and RTP behind a guard.
func newRobotThat(t *testing.T, tone float64, takes func(datagram []byte) bool, g *guard) *robot {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	r := &robot{t: t, conn: conn, tone: tone, stop: make(chan struct{}), takes: takes}
	r.guard.Store(g)
	r.done.Go(r.listen)
	t.Cleanup(func() {
		close(r.stop)
		_ = conn.Close()
		r.done.Wait()
	})
	return r
}

func (r *robot) describe() []byte {
	return []byte(fmt.Sprintf("v=0\r\no=r 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n",
		r.conn.LocalAddr().(*net.UDPAddr).Port))
}

// talk sends the robot's tone to where a description of ours says.
func (r *robot) talk(ours []byte) {
	f, err := readDescription(ours, homes{{bind: netip.MustParseAddr("127.0.0.1")}}, Terms{}, []Way{RTP})
	if err != nil {
		r.t.Error(err)
		return
	}
	r.to = net.UDPAddrFromAddrPort(f.rtp)
	r.sing()
}

// sing sends the robot's tone until the test ends.
func (r *robot) sing() {
	r.done.Go(func() {
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for n := uint32(0); ; n++ {
			select {
			case <-r.stop:
				return
			case <-ticker.C:
			}
			if sealed, ok := r.guard.Load().seal(tonePacket(r.tone, n)); ok {
				_, _ = r.conn.WriteToUDP(sealed, r.to)
				r.spoke.Add(1)
			}
		}
	})
}

// tonePacket is 20 ms of a tone.
func tonePacket(tone float64, n uint32) []byte {
	out := make([]byte, rtpHeader+160)
	putHeader(out, 0, n == 0, uint16(n), n*160, uint32(tone))
	for i := range 160 {
		out[rtpHeader+i] = muFromLinear(int16(8000 * math.Sin(2*math.Pi*tone*float64(n*160+uint32(i))/clock)))
	}
	return out
}

func (r *robot) listen() {
	for {
		buf := make([]byte, maxDatagram)
		n, err := r.conn.Read(buf)
		if err != nil {
			return
		}
		if r.takes != nil && r.takes(buf[:n]) {
			continue
		}
		plain, ok := r.guard.Load().open(buf[:n])
		if !ok {
			continue
		}
		p, ok := parse(plain)
		if !ok {
			r.t.Errorf("robot %v got no RTP: % x", r.tone, buf[:n])
			continue
		}
		r.mu.Lock()
		r.heard = append(r.heard, p)
		if p.payloadType == 0 {
			for _, b := range p.payload() {
				r.audio = append(r.audio, linearFromMu(b))
			}
		}
		r.mu.Unlock()
	}
}

// hears waits for half a second of audio and says which of the tones are in it.
func (r *robot) hears(tones ...float64) (found []float64) {
	r.t.Helper()
	return r.hearsFrom(r.now(), tones...)
}

// now is the place in what the robot hears from which on it is judged: what was on its way does not count.
func (r *robot) now() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.audio) + 800
}

func (r *robot) hearsFrom(from int, tones ...float64) (found []float64) {
	r.t.Helper()
	var audio []int16
	r.until(func() bool {
		if len(r.audio) < from+4000 {
			return false
		}
		audio = slices.Clone(r.audio[from:])
		return true
	})
	for _, tone := range tones {
		if goertzel(audio, tone) > 1000 {
			found = append(found, tone)
		}
	}
	return found
}

// until waits for a condition that packets bring about.
func (r *robot) until(condition func() bool) {
	r.t.Helper()
	limit := time.After(10 * time.Second)
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		r.mu.Lock()
		met := condition()
		r.mu.Unlock()
		if met {
			return
		}
		select {
		case <-ticker.C:
		case <-limit:
			r.t.Fatalf("robot %v waited in vain after %d packets", r.tone, len(r.heard))
		}
	}
}

// goertzel returns the amplitude of one frequency in the audio.
func goertzel(audio []int16, tone float64) float64 {
	k := 2 * math.Cos(2*math.Pi*tone/clock)
	var a, b float64
	for _, s := range audio {
		a, b = float64(s)+k*a-b, a
	}
	return 2 * math.Sqrt(a*a+b*b-k*a*b) / float64(len(audio))
}

func startWire(t *testing.T, report func(call.Event)) *Wire {
	t.Helper()
	w, err := Start(Options{Report: report})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// callIn makes a leg of a robot that called us, dial one of a robot that we called.
func callIn(t *testing.T, w *Wire, id call.LegID, r *robot) {
	t.Helper()
	ours, err := w.Answer(id, r.describe(), Terms{})
	if err != nil {
		t.Fatal(err)
	}
	w.Established(id)
	r.talk(ours)
}

func dial(t *testing.T, w *Wire, id, near call.LegID, r *robot) {
	t.Helper()
	ours, err := w.Offer(id, near, Terms{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Accept(id, r.describe()); err != nil {
		t.Fatal(err)
	}
	w.Established(id)
	r.talk(ours)
}

func TestASwapMovesTheCustomerFromOneAgentToAnotherWithinOneStream(t *testing.T) {
	w := startWire(t, nil)
	customer, softphone, phone := newRobot(t, 500), newRobot(t, 900), newRobot(t, 1500)
	tones := []float64{500, 900, 1500}
	callIn(t, w, "c", customer)
	dial(t, w, "s", "c", softphone)
	w.Do(call.Join{A: "c", B: "s"})
	expectTones(t, "customer before", customer.hears(tones...), 900)
	expectTones(t, "softphone before", softphone.hears(tones...), 500)

	dial(t, w, "p", "c", phone)
	w.Do(call.Ask{Leg: "p", Prompt: call.PressOne})
	expectTones(t, "customer while the phone is asked", customer.hears(tones...), 900)
	expectTones(t, "phone while it is asked", phone.hears(tones...))

	w.Do(call.Swap{Old: "s", New: "p"})
	expectTones(t, "customer after", customer.hears(tones...), 1500)
	expectTones(t, "phone after", phone.hears(tones...), 500)
	expectTones(t, "softphone after", softphone.hears(tones...))

	w.Release("s")
	w.Release("p")
	expectTones(t, "customer alone", customer.hears(tones...))
	customer.expectOneStream()
}

// expectOneStream checks what came, in the order in which it was numbered: two goroutines that send one after the other
// may overtake each other on the way into the socket.
func (r *robot) expectOneStream() {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	packets := slices.Clone(r.heard)
	slices.SortStableFunc(packets, func(a, b packet) int { return int(int16(a.sequence - b.sequence)) })
	expectOneStream(r.t, packets)
}

func expectTones(t *testing.T, who string, got []float64, want ...float64) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s hears %v, want %v", who, got, want)
	}
}

// expectOneStream checks that packets are one unbroken stream: constant SSRC and payload type, sequence numbers without
// a gap, timestamps that never overlap.
func expectOneStream(t *testing.T, packets []packet) {
	t.Helper()
	if len(packets) == 0 {
		t.Error("no stream at all")
		return
	}
	for i := 1; i < len(packets); i++ {
		was, is := packets[i-1], packets[i]
		switch {
		case was.ssrc != is.ssrc, was.payloadType != is.payloadType:
			t.Errorf("packet %d: SSRC %x type %d after SSRC %x type %d", i, is.ssrc, is.payloadType, was.ssrc, was.payloadType)
		case is.sequence != was.sequence+1:
			t.Errorf("packet %d: sequence %d after %d", i, is.sequence, was.sequence)
		case int32(is.ts-was.ts) < int32(len(was.payload())):
			t.Errorf("packet %d: timestamp goes on by %d after %d samples", i, int32(is.ts-was.ts), len(was.payload()))
		}
	}
}

func TestTheOtherLegHearsSilenceFromItsOwnStreamWhenAPeerIsReleased(t *testing.T) {
	w := startWire(t, nil)
	customer, agent := newRobot(t, 500), newRobot(t, 900)
	callIn(t, w, "c", customer)
	dial(t, w, "a", "c", agent)
	w.Do(call.Join{A: "a", B: "c"})
	expectTones(t, "customer", customer.hears(900), 900)
	w.Release("a")
	expectTones(t, "customer alone", customer.hears(900))
	if _, ok := w.Stats("a"); ok {
		t.Error("a released leg still has counters")
	}
	if stats, ok := w.Stats("c"); !ok || stats.Sent == 0 || stats.Received == 0 || stats.Foreign != 0 {
		t.Errorf("customer's counters: %+v", stats)
	}
}

func TestStartRefusesWhatCannotWork(t *testing.T) {
	for name, c := range map[string]struct {
		options Options
		want    string
	}{
		"no address":        {Options{Address: "here"}, "address to bind"},
		"no advertisement":  {Options{Address: "0.0.0.0"}, "names no interface"},
		"another family":    {Options{Address: "127.0.0.1", Advertise: "::1"}, "another family"},
		"ports upside down": {Options{PortMin: 3000, PortMax: 2000}, "no room"},
		"a privileged port": {Options{PortMin: 80, PortMax: 2000}, "between 1024"},
		"no such folder":    {Options{AudioDir: "/nonexistent"}, "audio folder"},
	} {
		w, err := Start(c.options)
		if err == nil {
			_ = w.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q in it", name, err, c.want)
		}
	}
}
