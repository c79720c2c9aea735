package media

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"telagent-gateway/call"
)

// peersVariable makes this test binary a process of far sides for BenchmarkRelay, so that their work is not counted.
const peersVariable = "MEDIA_BENCH_PEERS"

func TestMain(m *testing.M) {
	if os.Getenv(peersVariable) != "" {
		if err := playPeers(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// relayTime is how long BenchmarkRelay relays.
const relayTime = 3 * time.Second

// BenchmarkForward is the packet logic alone: a packet of one leg comes in and goes out of the other's slot.
func BenchmarkForward(b *testing.B) {
	forward := forwarder(b)
	b.ReportAllocs()
	for b.Loop() {
		forward()
	}
}

// BenchmarkReseal is the packet logic between two encrypted legs: opened, turned into one of the other's stream, sealed.
func BenchmarkReseal(b *testing.B) {
	for _, s := range []suite{gcm128, cm128tag80} {
		b.Run(s.String(), func(b *testing.B) {
			// What the far side seals is made before, as much as fits; it is another one's work.
			const packets = 50_000
			forward, n := resealer(b, s, packets), 0
			b.ReportAllocs()
			for b.Loop() {
				if n++; n == packets {
					b.StopTimer()
					forward, n = resealer(b, s, packets), 0
					b.StartTimer()
				}
				forward()
			}
		})
	}
}

// resealer returns a step that lets one packet pass from leg a to leg c, which are both encrypted; so many can.
func resealer(t testing.TB, with suite, packets int) func() {
	s := newStage(&testing.T{})
	s.arrivesSealed("c", newSealer(with, 1))
	r := newSealer(with, 2)
	s.answersSealed("a", "c", r)
	s.w.Do(call.Join{A: "c", B: "a"})
	c, err := s.w.find("c")
	if err != nil {
		t.Fatal(err)
	}
	c.rtp = nowhereLink{}
	a, err := s.w.find("a")
	if err != nil {
		t.Fatal(err)
	}
	from, n, in := farAt("a"), 0, make([][]byte, packets)
	buf := make([]byte, maxDatagram+sealRoom)
	for i := range in {
		in[i] = r.seal(&testing.T{}, rtpPacket(0, false, uint16(i+1), uint32(i+1)*160, 1, make([]byte, 160)))
	}
	return func() {
		length := copy(buf, in[n])
		n++
		s.w.receive(a, start.Add(time.Duration(n)*20*time.Millisecond), from, buf[:length])
	}
}

// nowhereLink drops what is sent.
type nowhereLink struct{}

func (nowhereLink) send([]byte, netip.AddrPort) {}
func (nowhereLink) close()                      {}
func (nowhereLink) rest()                       {}
func (nowhereLink) descriptor() (int, error)    { return 0, os.ErrInvalid }

func (nowhereLink) listen(func(time.Time, netip.AddrPort, []byte)) {}

// forwarder returns a step that lets one packet pass from leg a to leg c.
func forwarder(t testing.TB) func() {
	s := newStage(&testing.T{})
	s.arrives("c", "8 101")
	s.answers("a", "c", "8 101")
	s.w.Do(call.Join{A: "c", B: "a"})
	c, err := s.w.find("c")
	if err != nil {
		t.Fatal(err)
	}
	c.rtp = nowhereLink{}
	a, err := s.w.find("a")
	if err != nil {
		t.Fatal(err)
	}
	from, buf, n := farAt("a"), make([]byte, rtpHeader+160), uint32(0)
	return func() {
		n++
		putHeader(buf, 8, false, uint16(n), n*160, 1)
		s.w.receive(a, start.Add(time.Duration(n)*20*time.Millisecond), from, buf)
	}
}

// BenchmarkRelay relays calls over loopback sockets, both ways at 50 packets a second, and reports the CPU time of
// this process for each packet. The far sides are another process.
func BenchmarkRelay(b *testing.B) {
	for _, calls := range []int{100, 400} {
		b.Run(fmt.Sprintf("calls=%d", calls), func(b *testing.B) {
			for range b.N {
				relay(b, calls, noSuite)
			}
		})
	}
}

// BenchmarkRelaySealed is the same with SRTP on both sides of each call.
func BenchmarkRelaySealed(b *testing.B) {
	for _, s := range []suite{gcm128, cm128tag80} {
		for _, calls := range []int{100, 400} {
			b.Run(fmt.Sprintf("%s/calls=%d", s, calls), func(b *testing.B) {
				for range b.N {
					relay(b, calls, s)
				}
			})
		}
	}
}

func relay(b *testing.B, calls int, with suite) {
	exchange(b, 2*calls, with, func(w *Wire, id func(int) call.LegID, i int) {
		if i%2 == 1 {
			w.Do(call.Join{A: id(i - 1), B: id(i)})
		}
	})
}

// BenchmarkConference is the same with conferences of three, each hearing the other two: every packet in is decoded for
// two mixes, every packet out is a mix of two. The numbers of parties are those of legs in BenchmarkRelay.
func BenchmarkConference(b *testing.B) {
	for _, parties := range []int{201, 801} {
		b.Run(fmt.Sprintf("parties=%d", parties), func(b *testing.B) {
			for range b.N {
				exchange(b, parties, noSuite, func(w *Wire, id func(int) call.LegID, i int) {
					first := i - i%3
					w.Do(call.Hear{Leg: id(i), From: []call.LegID{id(first + (i+1)%3), id(first + (i+2)%3)}})
				})
			}
		})
	}
}

// exchange lets so many legs talk, encrypted with a suite or in the clear, wired up by an order for each, and reports the
// CPU time per packet.
func exchange(b *testing.B, legs int, with suite, order func(w *Wire, id func(int) call.LegID, i int)) {
	id := func(i int) call.LegID { return call.LegID(fmt.Sprint(i)) }
	peers := exec.Command(os.Args[0])
	peers.Env = append(os.Environ(), peersVariable+"=1")
	peers.Stderr = os.Stderr
	in, err := peers.StdinPipe()
	check(b, err)
	out, err := peers.StdoutPipe()
	check(b, err)
	check(b, peers.Start())
	w, err := Start(Options{})
	check(b, err)

	replies := bufio.NewReader(out)
	_, err = fmt.Fprintln(in, legs, uint8(with))
	terms, line := Terms{}, "RTP/AVP 0"
	if with != noSuite {
		terms, line = Terms{Ways: []Way{SDES}}, "RTP/SAVP 0\r\n"+newSealer(with, 1).crypto(1)
	}
	check(b, err)
	for i := range legs {
		var port int
		_, err = fmt.Fscanln(replies, &port)
		check(b, err)
		_, err = w.Answer(id(i), fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d %s\r\n", port, line), terms)
		check(b, err)
		w.Established(id(i))
		order(w, id, i)
	}
	for i := range legs {
		l, err := w.find(id(i))
		check(b, err)
		_, err = fmt.Fprintln(in, l.port)
		check(b, err)
	}
	before := cpu(b)
	var sent, received int
	_, err = fmt.Fscanln(replies, &sent, &received)
	check(b, err)
	used := cpu(b) - before
	check(b, peers.Wait())
	check(b, w.Close())
	b.ReportMetric(float64(used.Microseconds())/float64(received), "cpu-µs/packet")
	b.ReportMetric(100*float64(sent-min(sent, received))/float64(sent), "%lost")
	b.ReportMetric(0, "ns/op")
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// cpu returns the CPU time of this process.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	check(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// playPeers is the process of far sides: it is told how many, says their ports, is told the gateway's port for each,
// sends, and says how much was sent and received.
func playPeers(in io.Reader, out io.Writer) error {
	orders := bufio.NewReader(in)
	var n int
	var with suite
	if _, err := fmt.Fscanln(orders, &n, &with); err != nil {
		return err
	}
	conns, to := make([]*net.UDPConn, n), make([]netip.AddrPort, n)
	var received atomic.Int64
	var readers sync.WaitGroup
	for i := range conns {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return err
		}
		conns[i] = conn
		readers.Go(func() {
			for buf := make([]byte, maxDatagram); ; received.Add(1) {
				if _, err := conn.Read(buf); err != nil {
					return
				}
			}
		})
		if _, err := fmt.Fprintln(out, conn.LocalAddr().(*net.UDPAddr).Port); err != nil {
			return err
		}
	}
	for i := range to {
		var port uint16
		if _, err := fmt.Fscanln(orders, &port); err != nil {
			return err
		}
		to[i] = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)
	}
	sent := 0
	datagram := make([]byte, rtpHeader+160)
	var seal *sealer
	if with != noSuite {
		seal = newSealer(with, 1)
	}
	began := time.Now()
	// Each of the twenty milliseconds of a frame is for a part of the far sides.
	for step := range int(relayTime / time.Millisecond) {
		<-time.After(time.Until(began.Add(time.Duration(step) * time.Millisecond)))
		frame := uint32(step / 20)
		for i := step % 20; i < n; i += 20 {
			putHeader(datagram, 0, frame == 0, uint16(frame), frame*160, uint32(i))
			out := datagram
			if seal != nil {
				out = seal.seal(&testing.T{}, datagram)
			}
			if _, err := conns[i].WriteToUDPAddrPort(out, to[i]); err != nil {
				return err
			}
			sent++
		}
	}
	<-time.After(100 * time.Millisecond) // for the last ones under way
	total := received.Load()
	for _, conn := range conns {
		if err := conn.Close(); err != nil {
			return err
		}
	}
	readers.Wait()
	_, err := fmt.Fprintln(out, sent, total)
	return err
}
