package media

import (
	"math"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
)

// level is how loud a frequency is in samples, as the amplitude of its sine.
func level(samples []int16, frequency float64) float64 {
	var re, im float64
	for i, s := range samples {
		at := 2 * math.Pi * frequency * float64(i) / clock
		re, im = re+float64(s)*math.Cos(at), im+float64(s)*math.Sin(at)
	}
	return 2 * math.Hypot(re, im) / float64(len(samples))
}

// dialled returns the keys that are heard in a leg's stream since a packet of it, as an exchange hears them: both tones
// loud and of about one level, and a pause between two keys.
func dialled(packets []packet, c codec) (keys string) {
	was := byte(0)
	var all []int16
	for _, p := range packets {
		for _, b := range p.payload() {
			all = append(all, linear[c][b])
		}
	}
	for ; len(all) >= 160; all = all[160:] {
		is := byte(0)
		for place := range len(keypad) {
			low, high := level(all[:160], lowTones[place/4]), level(all[:160], highTones[place%4])
			if low > 6000 && high > 6000 && low < 2*high && high < 2*low {
				is = keypad[place]
			}
		}
		if is != 0 && was == 0 {
			keys += string(is)
		}
		was = is
	}
	return keys
}

func TestKeysArePlayedToWhoKnowsNoTelephoneEvent(t *testing.T) {
	for _, c := range []codec{pcmu, pcma} {
		s := newStage(t)
		s.arrives("c", map[codec]string{pcmu: "0", pcma: "8"}[c]) // a trunk without telephone-event
		s.answers("a", "c", "0 101")
		voice := s.talks("a", 0xff)
		s.w.Do(call.Join{A: "c", B: "a"})
		s.run(100 * time.Millisecond)
		was, _ := s.rtp("c")
		seq := uint16(0)
		for i, key := range []byte(keyNames) {
			ts := uint32(10_000 + 3000*i)
			code := byte(strings.IndexByte(keyNames, key))
			voice.quiet = true
			for j := range 7 { // 100 ms, the last packet three times
				s.press("a", pressed{seq + uint16(j), ts, code, j >= 4, uint16(min(j+1, 5) * 160), j == 0})
				s.run(20 * time.Millisecond)
			}
			seq += 7
			voice.quiet = false
			s.run(60 * time.Millisecond)
		}
		s.run(time.Second)
		packets, _ := s.rtp("c")
		expectOneStream(t, packets)
		if got := dialled(packets[len(was):], c); got != keyNames {
			t.Errorf("%s: heard %q, want %q", codecNames[c], got, keyNames)
		}
		for _, p := range packets {
			if p.payloadType != staticTypes[c] {
				t.Fatalf("%s: a packet of type %d", codecNames[c], p.payloadType)
			}
		}
		if last := packets[len(packets)-1].payload()[0]; linear[c][last] > 10 || linear[c][last] < -10 {
			t.Errorf("%s: after the keys %x is heard and not the voice", codecNames[c], last)
		}
	}
}

// toneless is a stage where a knows telephone-event, and c, whom it talks with, does not.
func toneless(t *testing.T) *stage {
	t.Helper()
	s := newStage(t)
	s.arrives("c", "0")
	s.answers("a", "c", "0 101")
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(100 * time.Millisecond)
	return s
}

func TestKeysInARowAreAllPlayedWithPausesBetween(t *testing.T) {
	s := toneless(t)
	was, _ := s.rtp("c")
	for i := range 5 { // the same key faster than its tone lasts
		s.press("a", pressed{uint16(i), uint32(1000 * i), 5, true, 160, true})
	}
	s.run(time.Second)
	packets, _ := s.rtp("c")
	if got := dialled(packets[len(was):], pcmu); got != "55555" {
		t.Errorf("heard %q", got)
	}
}

func TestAKeyThatIsHeldForLongIsOneTone(t *testing.T) {
	s := toneless(t)
	was, _ := s.rtp("c")
	s.press("a", pressed{1, 1000, 6, false, 160, true}, pressed{2, 1000, 6, false, 0xffff, false})
	s.run(time.Second)
	s.press("a", pressed{3, 1000 + 0xffff, 6, false, 160, false}, pressed{4, 1000 + 0xffff, 6, true, 400, false})
	s.run(time.Second)
	packets, _ := s.rtp("c")
	if got := dialled(packets[len(was):], pcmu); got != "6" {
		t.Errorf("heard %q", got)
	}
}

func TestTheRestOfAKeyThatIsHeldLongerThanItsToneIsNotSent(t *testing.T) {
	s := toneless(t)
	for i := range 25 { // half a second
		s.press("a", pressed{uint16(i), 1000, 6, i == 24, uint16((i + 1) * 160), i == 0})
		s.run(20 * time.Millisecond)
	}
	s.press("a", pressed{25, 9000, lastEvent, true, 160, true}) // a hook flash has no tone
	s.run(time.Second)
	packets, _ := s.rtp("c")
	expectOneStream(t, packets)
	for i, p := range packets {
		if len(p.payload()) != 160 {
			t.Fatalf("packet %d of %d bytes, as if the event were audio", i, len(p.payload()))
		}
	}
}

// The key that takes a call is pressed before the leg is joined, and a sentence to the customer is not dialled into.
func TestAKeyThatIsForUsIsNotPlayed(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0")
	s.answers("a", "c", "0 101")
	s.w.Do(call.Ask{Leg: "a", Prompt: call.PressOne})
	s.press("a", pressed{1, 1000, 1, false, 160, true})
	s.w.Do(call.Join{A: "c", B: "a"})
	s.press("a", pressed{2, 1000, 1, true, 480, false})
	s.run(300 * time.Millisecond)
	s.w.Do(call.Say{Leg: "c", Prompt: call.Apology})
	s.press("a", pressed{3, 3000, 2, true, 480, true})
	s.run(5 * time.Second)
	packets, _ := s.rtp("c")
	if got := dialled(packets, pcmu); got != "" {
		t.Errorf("heard %q", got)
	}
}

func TestKeysThatSignallingBroughtArePassedOnAsWhoHearsThemTakesThem(t *testing.T) {
	for formats, asEvents := range map[string]bool{"0 101": true, "0": false} {
		s := newStage(t)
		s.arrives("c", formats)
		s.answers("a", "c", "0") // a phone that sends INFO
		voice := s.talks("a", 0x33)
		s.w.Do(call.Join{A: "c", B: "a"})
		s.run(200 * time.Millisecond)
		was, _ := s.rtp("c")
		for _, key := range []string{"4", "2", "#", "#", "", "17", "x"} {
			s.w.Press("a", key)
		}
		s.run(2 * time.Second)
		packets, at := s.rtp("c")
		for i := 1; i < len(packets); i++ {
			if p, q := packets[i-1], packets[i]; q.sequence != p.sequence+1 || q.ssrc != p.ssrc || int32(q.ts-p.ts) < 0 || q.ts-p.ts > 1600 {
				t.Errorf("%s: packet %d: sequence %d and timestamp %d after %d and %d", formats, i, q.sequence, q.ts, p.sequence, p.ts)
			}
		}
		if gap := longestGap(at); gap > 60*time.Millisecond {
			t.Errorf("%s: a gap of %v", formats, gap)
		}
		var heard string
		began, ends := map[uint32]bool{}, 0
		for _, p := range packets[len(was):] {
			if p.payloadType != 101 {
				continue
			}
			if !began[p.ts] {
				heard += keyNames[p.payload()[0] : p.payload()[0]+1]
				if !p.marker {
					t.Errorf("%s: a key begins without a marker", formats)
				}
			}
			began[p.ts] = true
			if p.payload()[1]&0x80 != 0 {
				ends++
			}
		}
		if !asEvents {
			heard = dialled(packets[len(was):], pcmu)
		}
		if heard != "42##" || asEvents && ends != 12 {
			t.Errorf("%s: heard %q, %d ends", formats, heard, ends)
		}
		if voice.quiet = true; s.hears("c") != 0x33 {
			t.Errorf("%s: after the keys %x is heard", formats, s.hears("c"))
		}
		if packets, _ := s.rtp("a"); dialled(packets, pcmu) != "" {
			t.Errorf("%s: the phone hears its own keys", formats)
		}
	}
}

func TestAKeyThatComesAlongTheAudioTooIsNotPassedOnTwice(t *testing.T) {
	s := toneless(t)
	s.w.Press("a", "5")
	s.press("a", pressed{1, 1000, 5, true, 480, true})
	s.run(time.Second)
	packets, _ := s.rtp("c")
	if got := dialled(packets, pcmu); got != "5" {
		t.Errorf("heard %q", got)
	}
}
