package outage

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"
)

// trio is a gateway and a phone with a relay between them, all as bare sockets.
type trio struct {
	t              *testing.T
	relay          *Relay
	gateway, phone *net.UDPConn
	shown          netip.AddrPort // what the gateway sees of the phone
}

const trioBound = 5 * time.Second

func newTrio(t *testing.T, network string) *trio {
	t.Helper()
	w := &trio{t: t, gateway: socket(t, network+".1", sipPort), phone: socket(t, network+".3", 0)}
	var err error
	if w.relay, err = NewRelay(network+".2", network+".1"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.relay.Close)
	w.ask("hello")
	var got string
	if got, w.shown = w.take(w.gateway); got != "hello" {
		t.Fatalf("the gateway got %q", got)
	}
	return w
}

func socket(t *testing.T, ip string, port int) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(ip), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// ask sends from the phone, tell from the gateway.
func (w *trio) ask(text string) { w.send(w.phone, netip.AddrPortFrom(w.relay.at, sipPort), text) }

func (w *trio) tell(text string) { w.send(w.gateway, w.shown, text) }

func (w *trio) send(from *net.UDPConn, to netip.AddrPort, text string) {
	w.t.Helper()
	if _, err := from.WriteToUDPAddrPort([]byte(text), to); err != nil {
		w.t.Fatal(err)
	}
}

func (w *trio) take(at *net.UDPConn) (string, netip.AddrPort) {
	w.t.Helper()
	b := make([]byte, 2000)
	if err := at.SetReadDeadline(time.Now().Add(trioBound)); err != nil {
		w.t.Fatal(err)
	}
	n, from, err := at.ReadFromUDPAddrPort(b)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b[:n]), from
}

func (w *trio) set(weather Weather) {
	w.t.Helper()
	if err := w.relay.Set(weather); err != nil {
		w.t.Fatal(err)
	}
}

func TestARelayCarriesBothWaysAndAPhoneKeepsItsPort(t *testing.T) {
	t.Parallel()
	w := newTrio(t, "127.19.1")
	w.tell("answer")
	if got, from := w.take(w.phone); got != "answer" || from.Addr() != w.relay.at || from.Port() != sipPort {
		t.Errorf("the phone got %q from %v", got, from)
	}
	w.ask("again")
	if _, from := w.take(w.gateway); from != w.shown || from.Addr() != w.relay.at {
		t.Errorf("the phone was %v and is %v", w.shown, from)
	}
}

func TestASilentRelayLosesEverythingAndGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	w := newTrio(t, "127.19.2")
	w.set(Weather{Silent: true})
	w.ask("lost")
	w.tell("lost")
	await(t, "two datagrams are lost", func() bool { return w.relay.Lost() == 2 })
	w.set(Weather{})
	w.ask("found")
	if got, from := w.take(w.gateway); got != "found" || from != w.shown {
		t.Errorf("the gateway got %q from %v, was %v", got, from, w.shown)
	}
	w.tell("found")
	if got, _ := w.take(w.phone); got != "found" {
		t.Errorf("the phone got %q", got)
	}
}

// await polls until ok, for things that tell nobody when they become true.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(trioBound); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain: %s", trioBound, what)
		}
	}
}

func TestAClosedRelayLetsSendersKnow(t *testing.T) {
	t.Parallel()
	w := newTrio(t, "127.19.3")
	w.set(Weather{Closed: true})
	ends := []*net.UDPAddr{{IP: net.ParseIP("127.19.3.2"), Port: sipPort}, net.UDPAddrFromAddrPort(w.shown)}
	for _, to := range ends {
		conn, err := net.DialUDP("udp4", nil, to)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_ = conn.SetReadDeadline(time.Now().Add(trioBound))
		_, err = conn.Write([]byte("anybody?"))
		if err == nil {
			_, err = conn.Read(make([]byte, 10))
		}
		if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%v: %v, want refused", to, err)
		}
	}
	w.set(Weather{})
	w.tell("back")
	if got, _ := w.take(w.phone); got != "back" {
		t.Errorf("the phone got %q", got)
	}
}

func TestARelayDoublesAndReordersAndDelays(t *testing.T) {
	t.Parallel()
	w := newTrio(t, "127.19.4")
	w.set(Weather{Twice: 100})
	w.ask("two")
	for range 2 {
		if got, _ := w.take(w.gateway); got != "two" {
			t.Errorf("got %q, want it twice", got)
		}
	}
	w.set(Weather{Late: 100})
	w.ask("first")
	await(t, "the relay holds it", func() bool { return w.relay.waiting() == 1 })
	w.set(Weather{})
	w.ask("second")
	for _, want := range []string{"second", "first"} {
		if got, _ := w.take(w.gateway); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	w.set(Weather{Delay: 30 * time.Millisecond})
	before := time.Now()
	w.ask("slow")
	w.take(w.gateway)
	if took := time.Since(before); took < 30*time.Millisecond {
		t.Errorf("took %v", took)
	}
}

func TestARelayTellsPhonesItsOwnAddressAndCarriesTheAudioThatTheMessageNames(t *testing.T) {
	t.Parallel()
	w := newTrio(t, "127.19.5")
	invite := "INVITE sip:ana@10.0.0.7 SIP/2.0\r\nVia: SIP/2.0/UDP 127.19.5.1\r\nContact: <sip:127.19.5.1>\r\n\r\n" +
		"v=0\r\no=- 1 1 IN IP4 127.19.5.1\r\nc=IN IP4 127.19.5.1\r\nm=audio 21000 RTP/AVP 0\r\n"
	w.tell(invite)
	got, _ := w.take(w.phone)
	for _, line := range []string{"Contact: <sip:127.19.5.2>\r\n", "c=IN IP4 127.19.5.2\r\n", "Via: SIP/2.0/UDP 127.19.5.1\r\n"} {
		if !strings.Contains(got, line) {
			t.Errorf("the phone got no %q:\n%s", line, got)
		}
	}
	rtp, rtcp := socket(t, "127.19.5.1", 21000), socket(t, "127.19.5.1", 21001)
	phone := socket(t, "127.19.5.3", 30000)
	w.send(phone, netip.MustParseAddrPort("127.19.5.2:21000"), "speech")
	speech, from := w.take(rtp)
	w.send(socket(t, "127.19.5.3", 30001), netip.MustParseAddrPort("127.19.5.2:21001"), "report")
	report, from2 := w.take(rtcp)
	if speech != "speech" || report != "report" || from2.Port() != from.Port()+1 {
		t.Errorf("got %q from %v and %q from %v", speech, from, report, from2)
	}
	w.send(rtp, from, "reply")
	if reply, _ := w.take(phone); reply != "reply" {
		t.Errorf("the phone got %q", reply)
	}
}
