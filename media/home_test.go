package media

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
)

// both is a stage in both families.
func both(t *testing.T) *stage {
	s := newStage(t)
	at, err := readHomes("127.0.0.1,::1", "203.0.113.5,2001:db8::1")
	if err != nil {
		t.Fatal(err)
	}
	s.w.homes = at
	return s
}

const six = "v=0\r\no=- 1 1 IN IP6 2001:db8::9\r\ns=-\r\nc=IN IP6 2001:db8::9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"

func TestALegIsDescribedInTheFamilyOfItsFarSide(t *testing.T) {
	s := both(t)
	for id, c := range map[call.LegID]struct {
		offer string
		want  string
	}{
		"six":     {six, "c=IN IP6 2001:db8::1"},
		"four":    {head + "m=audio 4000 RTP/AVP 0\r\n", "c=IN IP4 203.0.113.5"},
		"of both": {head + "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::9\r\n", "c=IN IP6 2001:db8::1"}, // the line's counts
	} {
		body, err := s.w.Answer(id, []byte(c.offer), Terms{})
		if err != nil || !strings.Contains(string(body), "\r\n"+c.want+"\r\n") {
			t.Errorf("%s: answered %q (%v)", id, body, err)
		}
	}
}

func TestAudioIsOfferedInTheFamilyOfTheSignalling(t *testing.T) {
	s := both(t)
	for local, want := range map[string]string{
		"::1": "c=IN IP6 2001:db8::1", "10.0.0.1": "c=IN IP4 203.0.113.5", "::ffff:10.0.0.1": "c=IN IP4 203.0.113.5", "::": "c=IN IP6 2001:db8::1", "": "c=IN IP4 203.0.113.5",
	} {
		address, _ := netip.ParseAddr(local)
		body, err := s.w.Offer(call.LegID("to "+local), "", Terms{Local: address})
		if err != nil || !strings.Contains(string(body), "\r\n"+want+"\r\n") {
			t.Errorf("from %q: offered %q (%v)", local, body, err)
		}
	}
	// One family alone: it is offered, whatever the signalling speaks.
	alone := newStage(t)
	body, err := alone.w.Offer("a", "", Terms{Local: netip.MustParseAddr("::1")})
	if err != nil || !strings.Contains(string(body), "c=IN IP4 127.0.0.1") {
		t.Errorf("offered %q (%v)", body, err)
	}
}

func TestAFamilyThatThereIsNotIsRefusedAndALegKeepsItsOwn(t *testing.T) {
	alone := newStage(t)
	if _, err := alone.w.Answer("a", []byte(six), Terms{}); err == nil || !strings.Contains(err.Error(), "cannot be reached from 127.0.0.1") {
		t.Errorf("the other family: %v", err)
	}
	s := both(t)
	s.arrives("a", "0 101")
	if _, err := s.w.Answer("a", []byte(six), Terms{}); err == nil || !strings.Contains(err.Error(), "cannot be reached from 203.0.113.5") {
		t.Errorf("a leg that moves to the other family: %v", err)
	}
	if _, err := s.w.Offer("b", "", Terms{}); err != nil {
		t.Fatal(err)
	}
	if err := s.w.Accept("b", []byte(six)); err == nil {
		t.Error("an offer of one family was answered with the other")
	}
}

func TestLegsOfBothFamiliesTalkWithEachOther(t *testing.T) {
	s := both(t)
	s.arrives("c", "0 101")
	if _, err := s.w.Answer("a", []byte(six), Terms{}); err != nil {
		t.Fatal(err)
	}
	s.w.Established("a")
	s.w.Do(call.Join{A: "c", B: "a"})
	s.talks("c", 0x33)
	from := netip.MustParseAddrPort("[2001:db8::9]:4000")
	for i := range 50 {
		s.receive("a", from, rtpPacket(0, false, uint16(i), uint32(i*160), 9, []byte(strings.Repeat("\x44", 160))))
		s.run(20 * time.Millisecond)
	}
	if s.hears("c") != 0x44 || s.hears("a") != 0x33 {
		t.Errorf("c hears %x, a hears %x", s.hears("c"), s.hears("a"))
	}
	l, _ := s.w.find("a")
	sent := s.links[uint16(l.port)].sent
	if to := sent[len(sent)-1].to; to != from {
		t.Errorf("sent to %s", to)
	}
}

func TestHomesAreOneOfEachFamily(t *testing.T) {
	for name, c := range map[string]struct{ bind, advertise, want string }{
		"one":                       {"127.0.0.1", "", "127.0.0.1"},
		"two":                       {"127.0.0.1, ::1", "", "127.0.0.1 and ::1"},
		"one of two is told other":  {"::1,127.0.0.1", "203.0.113.5", "::1 and 203.0.113.5"},
		"every interface":           {"0.0.0.0,::", "203.0.113.5,2001:db8::1", "203.0.113.5 and 2001:db8::1"},
		"every interface, not told": {"0.0.0.0,::", "203.0.113.5", "! address to advertise: :: names no interface; say which one"},
		"two of one family":         {"127.0.0.1,127.0.0.2", "", "! address to bind: 127.0.0.2 is a second one of its family"},
		"no address":                {"127.0.0.1,here", "", `! address to bind: ParseAddr("here"): unable to parse IP`},
		"told in no family of ours": {"127.0.0.1", "2001:db8::1", "! address to advertise: 2001:db8::1 is of another family than 127.0.0.1"},
	} {
		at, err := readHomes(c.bind, c.advertise)
		got := at.String()
		if err != nil {
			got = "! " + err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
