package media

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// What real descriptions hold beside the audio that we talk with, and what is answered.
func TestWhatElseADescriptionHoldsDoesNoHarm(t *testing.T) {
	const plain = "30000 RTP/AVP 0 a=rtpmap:0 PCMU/8000 a=ptime:20 a=sendrecv"
	for name, c := range map[string]struct {
		offer string
		lines string // of the answer
		want  string // its audio line, if it is the first
	}{
		"bandwidth, information, keys, repeats": {
			"v=0\r\no=x 1 1 IN IP4 10.0.0.9\r\ns=\r\ni=a phone\r\nu=http://example.com\r\ne=a@example.com\r\np=+1 2\r\nc=IN IP4 10.0.0.9\r\nb=CT:128\r\nb=AS:84\r\nt=0 0\r\nr=7d 1h 0 25h\r\nz=0 0\r\nk=prompt\r\nm=audio 4000 RTP/AVP 0\r\ni=voice\r\nb=TIAS:64000\r\nb=RS:0\r\n",
			"audio 30000", plain,
		},
		"no time and no name":         {"v=0\r\no=x 1 1 IN IP4 10.0.0.9\r\nc=IN IP4 10.0.0.9\r\nm=audio 4000 RTP/AVP 0\r\n", "audio 30000", plain},
		"numbers beyond 64 bits":      {"v=0\r\no=x 99999999999999999999999 99999999999999999999999 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", "audio 30000", plain},
		"an origin of the other kind": {"v=0\r\no=x 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", "audio 30000", plain},
		"two audio lines":             {head + "m=audio 4000 RTP/AVP 0\r\nm=audio 4002 RTP/AVP 0\r\n", "audio 30000, audio 0", plain},
		"the second of them is ours":  {head + "m=audio 4000 RTP/AVP 9\r\nm=audio 4002 RTP/AVP 0\r\n", "audio 0, audio 30000", ""},
		"one of them is off":          {head + "m=audio 0 RTP/AVP 0\r\nm=audio 4002 RTP/AVP 0\r\n", "audio 0, audio 30000", ""},
		"pictures, fax, a chat": {
			head + "m=video 6000 RTP/AVP 96 97\r\na=rtpmap:96 H264/90000\r\na=sendonly\r\nm=image 7000 udptl t38\r\na=T38FaxVersion:0\r\nm=message 8000 TCP/MSRP *\r\na=accept-types:text/plain\r\nm=audio 4000 RTP/AVP 0\r\n",
			"video 0, image 0, message 0, audio 30000", "",
		},
		"several ports":             {head + "m=audio 4000/2 RTP/AVP 0\r\n", "audio 30000", plain},
		"a format twice":            {head + "m=audio 4000 RTP/AVP 0 0 0\r\n", "audio 30000", plain},
		"every format there is":     {head + "m=audio 4000 RTP/AVP " + everyType() + "\r\n", "audio 30000", plain},
		"a map of another number":   {head + "m=audio 4000 RTP/AVP 0\r\na=rtpmap:96 opus/48000/2\r\n", "audio 30000", plain},
		"maps that are none":        {head + "m=audio 4000 RTP/AVP 0\r\na=rtpmap:\r\na=rtpmap:0\r\na=rtpmap:x PCMA/8000\r\na=rtpmap:300 PCMA/8000\r\na=\r\na=fmtp\r\n", "audio 30000", plain},
		"an attribute that is long": {head + "m=audio 4000 RTP/AVP 0\r\na=x:" + strings.Repeat("y", 12_000) + "\r\n", "audio 30000", plain},
		"32 lines":                  {head + "m=audio 4000 RTP/AVP 0\r\n" + strings.Repeat("m=video 0 RTP/AVP 31\r\n", 31), "audio 30000" + strings.Repeat(", video 0", 31), plain},
		"lines of a kind unknown":   {head + "m=audio 4000 RTP/AVP 0\r\ny=what\r\n", "audio 30000", plain},
	} {
		s := newStage(t)
		body, err := s.w.Answer("c", []byte(c.offer), Terms{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var lines []string
		for _, line := range strings.Split(string(body), "\r\n") {
			if value, is := strings.CutPrefix(line, "m="); is {
				fields := strings.Fields(value)
				lines = append(lines, fields[0]+" "+fields[1])
			}
		}
		if got := strings.Join(lines, ", "); got != c.lines {
			t.Errorf("%s: answered with %s, want %s", name, got, c.lines)
		}
		if c.want != "" {
			if got := audioLine(t, body); got != c.want {
				t.Errorf("%s: answered %q", name, got)
			}
		}
	}
}

func everyType() string {
	var all []string
	for i := range 128 {
		all = append(all, fmt.Sprint(i))
	}
	return strings.Join(all, " ")
}

func TestALineThatIsBrokenAnywhereIsRefused(t *testing.T) {
	for name, more := range map[string]string{
		"a port above 65535":         "m=audio 65536 RTP/AVP 0\r\n",
		"a picture's above 65535":    "m=audio 4000 RTP/AVP 0\r\nm=video 70000 RTP/AVP 31\r\n",
		"a negative port":            "m=audio -4000 RTP/AVP 0\r\n",
		"a port of letters":          "m=audio rtp RTP/AVP 0\r\n",
		"33 lines":                   "m=audio 4000 RTP/AVP 0\r\n" + strings.Repeat("m=video 0 RTP/AVP 31\r\n", 32),
		"a zero byte":                "m=audio 4000 RTP/AVP 0\r\na=x\x00y\r\n",
		"a line of one letter":       "m=audio 4000 RTP/AVP 0\r\na\r\n",
		"an empty line in the midst": "m=audio 4000 RTP/AVP 0\r\n\r\na=sendonly\r\n",
		"16 kB":                      "m=audio 4000 RTP/AVP 0\r\n" + strings.Repeat("a=x\r\n", 4000),
	} {
		s := newStage(t)
		if _, err := s.w.Answer("c", []byte(head+more), Terms{}); err == nil || len(s.links) != 0 {
			t.Errorf("%s: answered (%v), %d ports taken", name, err, len(s.links))
		}
	}
}

// Reports go to the port that the far side names, never to another machine.
func TestReportsGoToThePortThatIsNamed(t *testing.T) {
	for attribute, want := range map[string]string{
		"":                                     "10.0.0.9:4001",
		"a=rtcp:53020\r\n":                     "10.0.0.9:53020",
		"a=rtcp:53020 IN IP4 203.0.113.66\r\n": "10.0.0.9:53020",
		"a=rtcp:70000\r\n":                     "10.0.0.9:4001",
		"a=rtcp:x\r\n":                         "10.0.0.9:4001",
		"a=rtcp:0\r\n":                         "",
		"a=rtcp-mux\r\n":                       "10.0.0.9:4000",
	} {
		s := newStage(t)
		if _, err := s.w.Answer("c", []byte(head+"m=audio 4000 RTP/AVP 0\r\n"+attribute), Terms{}); err != nil {
			t.Fatal(err)
		}
		l, _ := s.w.find("c")
		l.mu.Lock()
		_, to := l.reportsTo()
		l.mu.Unlock()
		if wanted, _ := netip.ParseAddrPort(want); to != wanted {
			t.Errorf("%q: reports go to %s", attribute, to)
		}
	}
}
