package media

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"telagent-gateway/call"
)

// head begins a description of 10.0.0.9 with its address in the session.
const head = "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"

// nowhere begins one without an address.
const nowhere = "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nt=0 0\r\n"

// audioLine returns our audio line of a description and what belongs to it.
func audioLine(t *testing.T, body []byte) string {
	t.Helper()
	_, audio, ok := strings.Cut(string(body), "m=audio ")
	if !ok {
		t.Fatalf("no audio in %q", body)
	}
	return strings.ReplaceAll(strings.TrimSpace(regexp.MustCompile(`(?s)\r\nm=.*`).ReplaceAllString(audio, "")), "\r\n", " ")
}

func TestAnOfferIsAnsweredWithOneCommonCodecAndItsOwnPayloadTypes(t *testing.T) {
	const event101 = " a=rtpmap:101 telephone-event/8000 a=fmtp:101 0-16"
	for name, c := range map[string]struct{ offer, want string }{
		"the first that we speak": {
			head + "m=audio 4000 RTP/AVP 9 8 0 101\r\na=rtpmap:9 G722/8000\r\na=rtpmap:101 telephone-event/8000\r\n",
			"30000 RTP/AVP 8 101 a=rtpmap:8 PCMA/8000" + event101 + " a=ptime:20 a=sendrecv",
		},
		"static types need no rtpmap": {
			head + "m=audio 4000 RTP/AVP 0\r\n",
			"30000 RTP/AVP 0 a=rtpmap:0 PCMU/8000 a=ptime:20 a=sendrecv",
		},
		"the offer's number for keys": {
			head + "m=audio 4000 RTP/AVP 0 96\r\na=rtpmap:96 Telephone-Event/8000/1\r\n",
			"30000 RTP/AVP 0 96 a=rtpmap:0 PCMU/8000 a=rtpmap:96 telephone-event/8000 a=fmtp:96 0-16 a=ptime:20 a=sendrecv",
		},
		"a dynamic number for audio": {
			head + "m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 pcma/8000\r\n",
			"30000 RTP/AVP 97 a=rtpmap:97 PCMA/8000 a=ptime:20 a=sendrecv",
		},
		"keys of another clock are not taken": {
			head + "m=audio 4000 RTP/AVP 0 96\r\na=rtpmap:96 telephone-event/48000\r\n",
			"30000 RTP/AVP 0 a=rtpmap:0 PCMU/8000 a=ptime:20 a=sendrecv",
		},
		"an address of the line's own": {
			nowhere + "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 10.0.0.9\r\n",
			"30000 RTP/AVP 0 a=rtpmap:0 PCMU/8000 a=ptime:20 a=sendrecv",
		},
		"lines that end in LF alone": {
			strings.ReplaceAll(head, "\r", "") + "m=audio 4000 RTP/AVP 0\n",
			"30000 RTP/AVP 0 a=rtpmap:0 PCMU/8000 a=ptime:20 a=sendrecv",
		},
		"held by sendonly":             {head + "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n", "30000 RTP/AVP 0 a=rtpmap:0 PCMU/8000 a=ptime:20 a=recvonly"},
		"held by the session":          {head + "a=sendonly\r\nm=audio 4000 RTP/AVP 0\r\n", "30000 RTP/AVP 0 a=rtpmap:0 PCMU/8000 a=ptime:20 a=recvonly"},
		"the line before the session":  {head + "a=sendonly\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n", "30000 RTP/AVP 0 a=rtpmap:0 PCMU/8000 a=ptime:20 a=sendrecv"},
		"held by inactive":             {head + "m=audio 4000 RTP/AVP 0\r\na=inactive\r\n", "30000 RTP/AVP 0 a=rtpmap:0 PCMU/8000 a=ptime:20 a=inactive"},
		"listening only":               {head + "m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n", "30000 RTP/AVP 0 a=rtpmap:0 PCMU/8000 a=ptime:20 a=sendonly"},
		"held by no address":           {head + "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n", "30000 RTP/AVP 0 a=rtpmap:0 PCMU/8000 a=ptime:20 a=recvonly"},
		"held by no address, inactive": {nowhere + "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n", "30000 RTP/AVP 0 a=rtpmap:0 PCMU/8000 a=ptime:20 a=inactive"},
		"held by no address, sendonly": {nowhere + "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\na=sendonly\r\n", "30000 RTP/AVP 0 a=rtpmap:0 PCMU/8000 a=ptime:20 a=recvonly"},
		"held by no address, sendrecv": {nowhere + "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\na=sendrecv\r\n", "30000 RTP/AVP 0 a=rtpmap:0 PCMU/8000 a=ptime:20 a=recvonly"},
		"the first audio is encrypted": {
			head + "m=audio 3000 RTP/SAVP 0\r\nm=audio 4000 RTP/AVP 0\r\n",
			"0 RTP/SAVP 0",
		},
	} {
		s := newStage(t)
		body, err := s.w.Answer("c", []byte(c.offer), Terms{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := audioLine(t, body); got != c.want {
			t.Errorf("%s: answered %q, want %q", name, got, c.want)
		}
	}
}

func TestAnOfferThatLeavesNothingToTalkWithIsRefusedAndTakesNoPort(t *testing.T) {
	for name, c := range map[string]struct{ offer, want string }{
		"nothing":               {"", "malformed"},
		"no description":        {"hello", "malformed"},
		"no origin":             {"v=0\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", "malformed"},
		"no audio":              {head + "m=video 4000 RTP/AVP 0\r\n", "no audio line"},
		"no line":               {head, "no audio line"},
		"audio switched off":    {head + "m=audio 0 RTP/AVP 0\r\n", "port 0"},
		"a line without a type": {head + "audio\r\nm=audio 4000 RTP/AVP 0\r\n", "line 6"},
		"a stray return":        {head + "m=audio 4000\rx RTP/AVP 0\r\n", "line 6"},
		"a short media line":    {head + "m=audio 4000\r\n", "four fields"},
		"no codec in common":    {head + "m=audio 4000 RTP/AVP 9 18\r\na=rtpmap:9 G722/8000\r\n", "no codec in common"},
		"keys alone":            {head + "m=audio 4000 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n", "no codec in common"},
		"PCMU by another name":  {head + "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 L16/8000\r\n", "no codec in common"},
		"wideband PCMU":         {head + "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMU/16000\r\n", "no codec in common"},
		"a type above 127":      {head + "m=audio 4000 RTP/AVP 0 200\r\n", "does not exist"},
		"a type of letters":     {head + "m=audio 4000 RTP/AVP x\r\n", "does not exist"},
		"encrypted":             {head + "m=audio 4000 RTP/SAVP 0\r\n", "RTP/SAVP"},
		"no address":            {nowhere + "m=audio 4000 RTP/AVP 0\r\n", "no connection line"},
		"a host name":           {nowhere + "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 phone.example.com\r\n", "not an IP4 address"},
		"a group":               {nowhere + "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 224.0.0.9\r\n", "not one party's"},
		"everybody":             {nowhere + "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 255.255.255.255\r\n", "not one party's"},
		"the other family":      {nowhere + "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::9\r\n", "cannot be reached"},
		"a mapped address":      {nowhere + "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 ::ffff:10.0.0.9\r\n", "not an IP4 address"},
		"far too long":          {head + strings.Repeat("a=x\r\n", 10_000), "too long"},
		"far too many lines":    {head + strings.Repeat("m=audio 0 RTP/AVP 0\r\n", 100), "more than 32"},
		"a port that is none":   {head + "m=audio 70000 RTP/AVP 0\r\n", "does not exist"},
	} {
		s := newStage(t)
		_, err := s.w.Answer("c", []byte(c.offer), Terms{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q in it", name, err, c.want)
		}
		if len(s.links) != 0 {
			t.Errorf("%s: a port was taken", name)
		}
	}
}

func TestEveryLineOfAnOfferHasItsPlaceInTheAnswer(t *testing.T) {
	s := newStage(t)
	body, err := s.w.Answer("c", []byte(head+"m=image 5000 udptl t38\r\nm=audio 4000 RTP/AVP 0 9\r\nm=video 6000/2 RTP/AVP 31 34\r\nm=audio 7000 RTP/AVP 0\r\n"), Terms{})
	if err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile("m=.*").FindAllString(strings.ReplaceAll(string(body), "\r", ""), -1)
	want := []string{"m=image 0 udptl t38", "m=audio 30000 RTP/AVP 0", "m=video 0 RTP/AVP 31 34", "m=audio 0 RTP/AVP 0"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("answered %q, want %q", got, want)
	}
}

func TestOurOfferListsTheNearLegsCodecFirst(t *testing.T) {
	for formats, want := range map[string]string{"0 101": "RTP/AVP 0 8 101 ", "8 101": "RTP/AVP 8 0 101 "} {
		s := newStage(t)
		s.arrives("c", formats)
		body, err := s.w.Offer("a", "c", Terms{})
		if err != nil {
			t.Fatal(err)
		}
		if line := audioLine(t, body); !strings.HasPrefix(line, "30002 "+want) {
			t.Errorf("near %s: offered %q", formats, line)
		}
		again, err := s.w.Offer("a", "c", Terms{})
		if err != nil || string(again) != string(body) {
			t.Errorf("the same INVITE again offers %q (%v)", again, err)
		}
	}
}

// version returns what changes in the o= line of a description, and the rest of that line.
func version(t *testing.T, body []byte) (version, rest string) {
	t.Helper()
	found := regexp.MustCompile(`o=(- \d+) (\d+) (.*)\r\n`).FindStringSubmatch(string(body))
	if found == nil {
		t.Fatalf("no o= line in %q", body)
	}
	return found[2], found[1] + " " + found[3]
}

func TestTheVersionGoesUpByOneWhenADescriptionChangesAndOnlyThen(t *testing.T) {
	s := newStage(t)
	var versions []string
	var origin string
	for _, more := range []string{"a=x", "a=y", "a=sendonly", "a=sendonly", "a=inactive", "a=sendrecv"} {
		body, err := s.w.Answer("c", description("c", "0 101", more), Terms{})
		if err != nil {
			t.Fatal(err)
		}
		v, rest := version(t, body)
		if origin != "" && origin != rest {
			t.Errorf("origin changed from %q to %q", origin, rest)
		}
		versions, origin = append(versions, v), rest
	}
	if got := strings.Join(versions, " "); got != "1 1 2 2 3 4" {
		t.Errorf("versions %s", got)
	}
}

func TestAnAnswerDecidesCodecNumbersAndAddress(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	if _, err := s.w.Offer("a", "c", Terms{}); err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{
		head + "m=audio 4000 RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000\r\na=rtcp:4999\r\n", // early
		head + "m=audio 4000 RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000\r\na=rtcp:4999\r\n", // and again in the 200
	} {
		if err := s.w.Accept("a", []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	state, ok := s.w.Snapshot("a")
	if !ok || state.Codec != "PCMA" || state.PayloadType != 8 || state.FarEvent != 96 || state.EventIn != 101 {
		t.Errorf("state %+v", state)
	}
	if state.FarRTP != netip.MustParseAddrPort("10.0.0.9:4000") || state.FarRTCP != netip.MustParseAddrPort("10.0.0.9:4999") {
		t.Errorf("far side at %s and %s", state.FarRTP, state.FarRTCP)
	}
	for name, body := range map[string]string{
		"nothing in common": head + "m=audio 4000 RTP/AVP 9\r\n",
		"audio refused":     head + "m=audio 0 RTP/AVP 0\r\n",
		"malformed":         "x",
	} {
		if err := s.w.Accept("a", []byte(body)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := s.w.Accept("unknown", description("u", "0")); err == nil {
		t.Error("an answer for a leg that offered nothing was accepted")
	}
	if after, _ := s.w.Snapshot("a"); after.FarRTP != state.FarRTP || after.Codec != state.Codec {
		t.Errorf("a refused answer changed the leg to %+v", after)
	}
}

func TestAReInviteKeepsTheCodecAndIsFollowedToAnotherAddress(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "8 101")
	s.run(100 * tick)
	body, err := s.w.Answer("c", []byte(head+"m=audio 5000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"), Terms{})
	if err != nil {
		t.Fatal(err)
	}
	if line := audioLine(t, body); !strings.HasPrefix(line, "30000 RTP/AVP 8 101 ") {
		t.Errorf("answered %q", line)
	}
	s.run(10 * tick)
	sent := s.links[30000].sent
	if to := sent[len(sent)-1].to; to != netip.MustParseAddrPort("10.0.0.9:5000") {
		t.Errorf("audio still goes to %s", to)
	}
	packets, _ := s.rtp("c")
	expectOneStream(t, packets)
	before, _ := s.w.Snapshot("c")
	if _, err := s.w.Answer("c", []byte(head+"m=audio 5000 RTP/AVP 9\r\n"), Terms{}); err == nil {
		t.Error("a re-INVITE with nothing in common was answered")
	}
	if after, _ := s.w.Snapshot("c"); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("a refused re-INVITE changed the leg from %+v to %+v", before, after)
	}
}

func TestTheCurrentDescriptionOffersWhatIsInUseBothWaysAlsoDuringAHold(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "8 96", "a=rtpmap:96 telephone-event/8000", "a=sendonly")
	body, err := s.w.Current("c")
	if err != nil {
		t.Fatal(err)
	}
	line := audioLine(t, body)
	if !strings.HasPrefix(line, "30000 RTP/AVP 8 0 96 ") || !strings.HasSuffix(line, "a=sendrecv") {
		t.Errorf("offered %q", line)
	}
	if err := s.w.Accept("c", description("c", "8 96", "a=rtpmap:96 telephone-event/8000")); err != nil {
		t.Fatal(err)
	}
	s.run(tick)
	s.expectSaid("0 Held c", "0 Resumed c")
	if _, err := s.w.Current("unknown"); err == nil {
		t.Error("a leg that was never described has a description")
	}
}

func TestARangeOfPortsThatIsUsedUpIsAClearError(t *testing.T) {
	s := newStage(t)
	s.taken[30001] = true // by some other process: the pair is passed over
	for i := range 49 {
		id := call.LegID(fmt.Sprint("leg", i))
		if _, err := s.w.Offer(id, "", Terms{}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.w.Offer("one too many", "", Terms{})
	if err == nil || !strings.Contains(err.Error(), "no free port pair in 30000-30099") {
		t.Errorf("got %v", err)
	}
	s.w.Release("leg0")
	if _, err = s.w.Offer("too early", "", Terms{}); err == nil {
		t.Error("a port was used again without a rest")
	}
	s.now = s.now.Add(quarantine)
	if _, err = s.w.Offer("in time", "", Terms{}); err != nil {
		t.Errorf("after its rest a port is not used again: %v", err)
	}
}
