package media

import (
	"slices"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
)

func TestOrdersTakeEffectWhenBothLegsHaveDescriptionsWhateverCameFirst(t *testing.T) {
	join := func(s *stage) { s.w.Do(call.Join{A: "c", B: "a"}) }
	arrive := func(s *stage) { s.arrives("c", "0 101") }
	offer := func(s *stage) {
		if _, err := s.w.Offer("a", "", Terms{}); err != nil {
			s.t.Fatal(err)
		}
	}
	accept := func(s *stage) {
		if err := s.w.Accept("a", description("a", "0 101")); err != nil {
			s.t.Fatal(err)
		}
		s.w.Established("a")
	}
	for name, steps := range map[string][]func(*stage){
		"before both":          {join, arrive, offer, accept},
		"after the first":      {arrive, join, offer, accept},
		"before the answer":    {arrive, offer, join, accept},
		"the other one first":  {offer, accept, join, arrive},
		"after both":           {offer, accept, arrive, join},
		"in the midst of both": {offer, join, arrive, accept},
	} {
		s := newStage(t)
		for _, step := range steps {
			step(s)
		}
		s.talks("c", 0x33)
		s.talks("a", 0x11)
		s.run(100 * time.Millisecond)
		if s.hears("c") != 0x11 || s.hears("a") != 0x33 {
			t.Errorf("%s: c hears %x, a hears %x", name, s.hears("c"), s.hears("a"))
		}
	}
}

// conversation is a customer c who talks with a, and b who is up; all of them speak.
func conversation(t *testing.T) *stage {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.answers("a", "c", "0 101")
	s.answers("b", "c", "0 101")
	s.talks("c", 0x33)
	s.talks("a", 0x11)
	s.talks("b", 0x22)
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(100 * time.Millisecond)
	return s
}

// expectHeard runs for a moment and checks what c, a and b hear; 0 stands for sounds of ours.
func (s *stage) expectHeard(when string, c, a, b byte) {
	s.t.Helper()
	s.run(200 * time.Millisecond)
	if gotC, gotA, gotB := s.hears("c"), s.hears("a"), s.hears("b"); gotC != c || gotA != a || gotB != b {
		s.t.Errorf("%s: c hears %x, a %x, b %x; want %x, %x, %x", when, gotC, gotA, gotB, c, a, b)
	}
}

func TestOrdersDecideWhoHearsWhom(t *testing.T) {
	const silence = 0xff
	s := conversation(t)
	s.expectHeard("joined", 0x11, 0x33, silence)
	s.w.Do(call.Swap{Old: "a", New: "b"})
	s.expectHeard("swapped", 0x22, silence, 0x33)
	s.w.Do(call.Swap{Old: "b", New: "a"})
	s.expectHeard("swapped back", 0x11, 0x33, silence)
	s.w.Do(call.Park{Leg: "a", Audio: call.Music})
	s.expectHeard("one parked", silence, 0, silence)
	s.w.Do(call.Join{A: "b", B: "a"})
	s.expectHeard("the others joined", silence, 0x22, 0x11)
	s.w.Do(call.Join{A: "a", B: "c"})
	s.expectHeard("one taken away", 0x11, 0x33, silence)
	s.w.Do(call.Join{A: "a", B: "c"})
	s.expectHeard("joined twice", 0x11, 0x33, silence)
	s.w.Do(call.Ask{Leg: "a", Prompt: call.PressOne})
	s.run(500 * time.Millisecond)
	s.expectHeard("one asked", silence, 0, silence)
	s.w.Do(call.Join{A: "c", B: "b"})
	s.w.Release("b")
	s.expectOnly("c", silence)
	s.w.Do(call.Swap{Old: "b", New: "a"}) // ordered before its end was known
	s.expectOnly("c", 0x11)
	s.w.Do(call.Join{A: "c", B: "b"}) // it is over: nothing happens
	s.expectOnly("c", 0x11)
	s.w.Do(call.Join{A: "c", B: "c"})
	s.w.Do(call.Swap{Old: "a", New: "a"})
	s.w.Do(call.Swap{Old: "nobody", New: "b"})
	s.w.Do(call.Hangup{Leg: "c"})
	s.expectOnly("c", 0x11)
}

func (s *stage) expectOnly(id call.LegID, want byte) {
	s.t.Helper()
	s.run(200 * time.Millisecond)
	if got := s.hears(id); got != want {
		s.t.Errorf("%s hears %x, want %x", id, got, want)
	}
}

func TestASentenceIsHeardOnceAndThenWhatWasHeardBefore(t *testing.T) {
	s := conversation(t)
	said := s.w.library.languages["en"].prompts[call.Requeued].samples
	s.w.Do(call.Say{Leg: "c", Prompt: call.Requeued})
	s.run(time.Duration(said)*time.Second/clock - 300*time.Millisecond)
	s.expectSaid()
	if got := s.hears("a"); got != 0x33 {
		t.Errorf("the peer hears %x meanwhile", got)
	}
	s.run(600 * time.Millisecond)
	if len(s.said) != 1 || s.said[0][len(s.said[0])-len("Played c requeued"):] != "Played c requeued" {
		t.Errorf("events %q", s.said)
	}
	s.expectOnly("c", 0x11)
	packets, _ := s.rtp("c")
	expectOneStream(t, packets)
}

func TestASentenceThatIsInterruptedIsNotReportedAsPlayed(t *testing.T) {
	for name, order := range map[string]call.Action{
		"swap": call.Swap{Old: "a", New: "b"},
		"join": call.Join{A: "c", B: "b"},
		"park": call.Park{Leg: "c", Audio: call.Silence},
	} {
		s := conversation(t)
		s.w.Do(call.Say{Leg: "c", Prompt: call.Apology})
		s.run(500 * time.Millisecond)
		s.w.Do(order)
		s.run(10 * time.Second)
		s.expectSaid()
		if got := s.hears("c"); got == 0 {
			t.Errorf("%s: the sentence goes on", name)
		}
	}
}

func TestASentenceOverASentenceWaitsForItsEnd(t *testing.T) {
	s := conversation(t)
	s.w.Do(call.Say{Leg: "c", Prompt: call.Apology})
	s.run(500 * time.Millisecond)
	s.w.Do(call.Say{Leg: "c", Prompt: call.Goodbye})
	s.w.Do(call.Say{Leg: "c", Prompt: call.Goodbye})
	s.run(20 * time.Second)
	s.expectPlayed("apology", "goodbye", "goodbye")
	s.expectOnly("c", 0x11)
}

// expectPlayed checks which sentences customer c heard to their end.
func (s *stage) expectPlayed(want ...string) {
	s.t.Helper()
	s.collect()
	var got []string
	for _, line := range s.said {
		if _, prompt, ok := strings.Cut(line, "Played c "); ok {
			got = append(got, prompt)
		}
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("played %q, want %q", got, want)
	}
}

func TestSentencesBeforeALegIsDescribedAreHeardInTheirOrder(t *testing.T) {
	s := newStage(t)
	s.w.Do(call.Park{Leg: "c", Audio: call.Silence})
	s.w.Do(call.Say{Leg: "c", Prompt: call.Apology})
	s.w.Do(call.Say{Leg: "c", Prompt: call.Goodbye})
	s.arrives("c", "0 101")
	s.run(15 * time.Second)
	s.expectPlayed("apology", "goodbye")
	s.expectOnly("c", 0xff)
}

func TestASentenceGoesOnWhenOthersLeaveWhatWasHeardBefore(t *testing.T) {
	s := conversation(t)
	s.w.Do(call.Say{Leg: "c", Prompt: call.Apology})
	s.run(500 * time.Millisecond)
	s.w.Release("a")
	s.run(10 * time.Second)
	s.expectPlayed("apology")
	s.expectOnly("c", 0xff)
}

func TestSentencesThatWaitAreBoundedAndDroppedByTheNextOrder(t *testing.T) {
	s := conversation(t)
	for range 3 * saysKept {
		s.w.Do(call.Say{Leg: "c", Prompt: call.Goodbye})
	}
	if n := len(s.w.places["c"].leg.slot.says); n != saysKept {
		t.Errorf("%d sentences wait", n)
	}
	s.w.Do(call.Hear{Leg: "c", From: []call.LegID{"b"}})
	s.run(10 * time.Second)
	s.expectPlayed()
	s.expectOnly("c", 0x22)
}

func TestAQuestionIsAskedAgainWhenOrdered(t *testing.T) {
	s := newStage(t)
	s.w.Do(call.Ask{Leg: "p", Prompt: call.PressOne}) // before the leg is described
	s.answers("p", "", "0 101")
	s.talks("p", 0x11)
	s.run(8 * time.Second)
	s.w.Do(call.Ask{Leg: "p", Prompt: call.PressOne})
	s.run(8 * time.Second)
	if len(s.said) != 2 {
		t.Errorf("events %q", s.said)
	}
	s.expectOnly("p", 0xff)
	packets, _ := s.rtp("p")
	expectOneStream(t, packets)
}

func TestAnInboundLegHearsComfortAndADialledOneSilenceUntilToldOtherwise(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.answers("a", "c", "0 101")
	s.run(500 * time.Millisecond)
	if s.hears("c") != 0 || s.hears("a") != 0xff {
		t.Errorf("inbound hears %x, dialled %x", s.hears("c"), s.hears("a"))
	}
}

func TestPlacesOfUnknownLegsAreBoundedAndForgotten(t *testing.T) {
	s := newStage(t)
	for i := range 3 * placesKept {
		s.w.Do(call.Park{Leg: call.LegID(rune(0x4e00 + i)), Audio: call.Music})
	}
	if n := len(s.w.places); n > placesKept {
		t.Errorf("%d places kept", n)
	}
	s.arrives("c", "0 101")
	s.w.forget(s.now.Add(placeKept + 1))
	if n := len(s.w.places); n != 1 {
		t.Errorf("%d places after their time", n)
	}
}

func TestAReleasedLegsNameIsNotUsedAgain(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.w.Release("c")
	if _, err := s.w.Answer("c", description("c", "0 101"), Terms{}); err == nil {
		t.Error("a leg that is over was described again")
	}
	for port, l := range s.links {
		if !l.closed {
			t.Errorf("port %d is still open", port)
		}
	}
	s.w.Release("c")
	s.w.Release("unknown")
}
