package gateway

import (
	"fmt"
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestAKeyThatComesBothWaysCountsOnceInWhateverOrder(t *testing.T) {
	start := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	type press struct {
		ms int
		by way
	}
	for name, c := range map[string]struct {
		presses []press
		want    string // a 1 for each that passes
	}{
		"by audio alone":              {[]press{{0, byAudio}, {100, byAudio}, {5000, byAudio}}, "111"},
		"by INFO alone":               {[]press{{0, bySignal}, {100, bySignal}, {5000, bySignal}}, "111"},
		"both, audio first":           {[]press{{0, byAudio}, {5, bySignal}, {300, byAudio}, {305, bySignal}}, "1010"},
		"both, INFO first":            {[]press{{0, bySignal}, {5, byAudio}, {300, bySignal}, {305, byAudio}}, "1010"},
		"both, now this, now that":    {[]press{{0, bySignal}, {5, byAudio}, {300, byAudio}, {305, bySignal}}, "1010"},
		"all of one before the other": {[]press{{0, byAudio}, {100, byAudio}, {200, bySignal}, {300, bySignal}}, "1100"},
		"one copy is lost":            {[]press{{0, byAudio}, {5, bySignal}, {300, byAudio}, {600, byAudio}, {605, bySignal}}, "10110"},
		"from one way to the other":   {[]press{{0, bySignal}, {100, bySignal}, {2200, byAudio}, {2300, byAudio}}, "1111"},
	} {
		k, got := &keypad{}, ""
		for _, p := range c.presses {
			at := start.Add(time.Duration(p.ms) * time.Millisecond)
			passes := k.press("p", p.by, at)
			got += map[bool]string{true: "1", false: "0"}[passes]
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestTheKeysOfOneLegAreNotThoseOfAnother(t *testing.T) {
	k, now := &keypad{}, time.Now()
	if !k.press("a", byAudio, now) || !k.press("b", bySignal, now) || k.press("a", bySignal, now) || k.press("b", byAudio, now) {
		t.Error("two legs are mixed up")
	}
	k.forget("a")
	if !k.press("a", bySignal, now) || len(k.legs) != 2 {
		t.Error("a leg that is over is remembered")
	}
	for i := range 2 * mostKeypad {
		k.press(call.LegID(fmt.Sprint("leg-", i)), byAudio, now)
	}
	if len(k.legs) > mostKeypad {
		t.Errorf("%d legs are remembered", len(k.legs))
	}
}
