package media

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
)

// arrival is one line of a trace.
type arrival struct {
	at       time.Duration
	datagram []byte
}

// bounds are the least and the most of a number that a trace expects.
type bounds struct{ least, most int }

// readTrace reads a file of testdata/traces: what arrived from a far side and what is expected of the stream that its
// peer gets.
func readTrace(t *testing.T, file string) (trace []arrival, expect map[string]bounds, keys string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	expect = map[string]bounds{}
	for line := range strings.Lines(string(text)) {
		if words, ok := strings.CutPrefix(line, "# expect: "); ok {
			for _, word := range strings.Fields(words) {
				name, value, _ := strings.Cut(word, "=")
				if name == "keys" {
					keys = value
					continue
				}
				least, most, both := strings.Cut(value, "..")
				if !both {
					most = least
				}
				expect[name] = bounds{number(t, least), number(t, most)}
			}
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		ssrc, err := strconv.ParseUint(f[5], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		payload := bytes.Repeat([]byte{0x11}, 160)
		if f[6] != "audio" {
			if payload, err = hex.DecodeString(f[6]); err != nil {
				t.Fatal(err)
			}
		}
		trace = append(trace, arrival{
			time.Duration(number(t, f[0])) * time.Millisecond,
			rtpPacket(uint8(number(t, f[1])), f[2] == "1", uint16(number(t, f[3])), uint32(number(t, f[4])), uint32(ssrc), payload),
		})
	}
	return trace, expect, keys
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWhateverArrivesTheOtherSideGetsOneStreamAtOnePace(t *testing.T) {
	files, err := filepath.Glob("testdata/traces/*.trace")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d traces (%v)", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".trace"), func(t *testing.T) {
			trace, expect, keys := readTrace(t, file)
			s := newStage(t)
			s.arrives("c", "0 101")
			s.answers("a", "c", "0 101")
			s.w.Do(call.Join{A: "c", B: "a"})
			for _, arrival := range trace {
				s.run(start.Add(arrival.at).Sub(s.now))
				s.receive("a", farAt("a"), arrival.datagram)
			}
			s.run(20 * time.Millisecond)
			s.judge(expect)
			told := ""
			for _, line := range s.said {
				if _, key, ok := strings.Cut(line, "Digit a "); ok {
					told += key
				}
			}
			if told != keys {
				t.Errorf("keys %q, want %q", told, keys)
			}
		})
	}
}

// judge checks the stream to the customer: always that it is one, and the numbers that a trace expects.
func (s *stage) judge(expect map[string]bounds) {
	s.t.Helper()
	packets, at := s.rtp("c")
	got := map[string]int{"sent": len(packets), "gap": int(longestGap(at).Milliseconds())}
	// Packets of a key repeat its timestamp, also between those of speech.
	var last [128]*packet
	for i := range packets {
		p, was := &packets[i], last[packets[i].payloadType]
		last[p.payloadType] = p
		if p.payloadType == 0 && p.payload()[0] == 0x11 {
			got["audio"]++
		}
		if i > 0 && (p.sequence != packets[i-1].sequence+1 || p.ssrc != packets[i-1].ssrc) {
			s.t.Errorf("packet %d: %d after %d", i, p.sequence, packets[i-1].sequence)
		}
		if was != nil && (int32(p.ts-was.ts) < 0 || p.payloadType == 0 && int32(p.ts-was.ts) < int32(len(was.payload()))) {
			s.t.Errorf("packet %d: timestamp goes on by %d", i, int32(p.ts-was.ts))
		}
	}
	passed := at[len(at)-1].Sub(at[0])
	if ahead := int32(packets[len(packets)-1].ts-packets[0].ts) - int32(ticks(passed)); ahead < -clock/10 || ahead > clock/10 {
		s.t.Errorf("the stream is %d ticks ahead of the clock after %v", ahead, passed)
	}
	stats, _ := s.w.Stats("c")
	got["late"] = int(stats.Late)
	for name, want := range expect {
		if name == "gap" {
			want.least = 0
		}
		if got[name] < want.least || got[name] > want.most {
			s.t.Errorf("%s is %d, want %d to %d", name, got[name], want.least, want.most)
		}
	}
	if s.t.Failed() {
		s.t.Log(fmt.Sprint(got))
	}
}
