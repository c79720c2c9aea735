package media

import (
	"strings"
	"testing"

	"telagent-gateway/call"
)

// What phones offer first and we do not speak is passed over, and the numbers of the rest are kept.
func TestAPhoneThatLikesWidebandBestGetsG711(t *testing.T) {
	for name, c := range map[string]struct {
		offer string // formats and what is said of them
		terms []string
		want  string
	}{
		"baresip": {
			"96 9 8 0 101\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 stereo=1;sprop-stereo=1\r\na=rtpmap:9 G722/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15",
			nil, "RTP/AVP 8 101 a=rtpmap:8 PCMA/8000",
		},
		"linphone": {
			"96 97 98 0 8 101 99 100\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\na=rtpmap:97 speex/16000\r\na=rtpmap:98 speex/8000\r\na=rtpmap:101 telephone-event/48000\r\na=rtpmap:99 telephone-event/16000\r\na=rtpmap:100 telephone-event/8000",
			nil, "RTP/AVP 0 100 a=rtpmap:0 PCMU/8000",
		},
		"our order comes first":       {"0 8", []string{"pcma", "pcmu"}, "RTP/AVP 8 a=rtpmap:8 PCMA/8000"},
		"one is spoken alone":         {"0 8", []string{"PCMA"}, "RTP/AVP 8 a=rtpmap:8 PCMA/8000"},
		"by its own numbers":          {"120 121\r\na=rtpmap:120 pcmu/8000\r\na=rtpmap:121 PCMA/8000/1", []string{"pcma"}, "RTP/AVP 121 a=rtpmap:121 PCMA/8000"},
		"events of other clocks only": {"0 101\r\na=rtpmap:101 telephone-event/16000", nil, "RTP/AVP 0 a=rtpmap:0 PCMU/8000"},
		"comfort noise is not agreed": {"0 13 101\r\na=rtpmap:13 CN/8000\r\na=rtpmap:101 telephone-event/8000", nil, "RTP/AVP 0 101 a=rtpmap:0 PCMU/8000"},
	} {
		s := newStage(t)
		body, err := s.w.Answer("c", []byte(head+"m=audio 4000 RTP/AVP "+c.offer+"\r\n"), Terms{Codecs: c.terms})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := audioLine(t, body); !strings.HasPrefix(got, "30000 "+c.want+" ") {
			t.Errorf("%s: answered %q, want %q", name, got, c.want)
		}
	}
}

func TestCodecsAreOfferedAsTheTermsSayButForThatOfTheNearLeg(t *testing.T) {
	for _, c := range []struct{ near, terms, want string }{
		{"", "", "0 8"},
		{"", "pcma pcmu", "8 0"},
		{"", "pcmu", "0"},
		{"8 101", "", "8 0"},
		{"8 101", "pcmu pcma", "8 0"},
		{"8 101", "pcmu", "0"},
		{"0 101", "pcma pcmu", "0 8"},
	} {
		s := newStage(t)
		near := call.LegID("")
		if c.near != "" {
			near = "c"
			s.arrives("c", c.near)
		}
		body, err := s.w.Offer("a", near, Terms{Codecs: strings.Fields(c.terms)})
		if err != nil {
			t.Fatal(err)
		}
		if got := audioLine(t, body); !strings.Contains(got, " RTP/AVP "+c.want+" 101 ") {
			t.Errorf("near %q, terms %q: offered %q", c.near, c.terms, got)
		}
	}
}

func TestACodecThatTheTermsLeaveOutIsNotSpoken(t *testing.T) {
	s := newStage(t)
	_, err := s.w.Answer("c", description("c", "0 101"), Terms{Codecs: []string{"pcma"}})
	if err == nil || !strings.Contains(err.Error(), "no codec in common: PCMA is spoken here") {
		t.Errorf("got %v", err)
	}
	if _, err := s.w.Offer("a", "", Terms{Codecs: []string{"pcma"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.w.Accept("a", description("a", "0 101")); err == nil {
		t.Error("an answer with a codec that was not offered was taken")
	}
}
