//go:build chaos

package chaos

import (
	"testing"
	"time"

	"telagent-gateway/test/crowd"
	"telagent-gateway/test/stage"
)

// kills are the faults that end the gateway's process.
var kills = []fault{
	{"kill", "kill -9 and a start at once", time.Second, func(t *testing.T) judged { return playEnd(t, (*stage.Gateway).Kill) }},
	{"restart", "SIGTERM, as systemctl restart sends it, and a start", time.Second, func(t *testing.T) judged { return playEnd(t, (*stage.Gateway).Terminate) }},
	{"switch-dialing", "kill -9 while the phone of a switch is dialled", 0, killAt(func(s *switching) bool { return s.phone() != nil })},
	{"switch-ringing", "kill -9 while it rings", 0, killAt(func(s *switching) bool {
		p := s.phone()
		return p != nil && p.State() == crowd.Ringing && time.Since(p.Since(crowd.Ringing)) > time.Second
	})},
	{"switch-asking", "kill -9 while it is asked to press 1", 0, killAt(func(s *switching) bool {
		p := s.phone()
		return p != nil && p.State() == crowd.Up && time.Since(p.Since(crowd.Up)) > time.Second
	})},
	{"switch-swap", "kill -9 at the moment of the swap", 0, killAt(func(s *switching) bool { p := s.phone(); return p != nil && p.State() == crowd.Up && s.pressed() })},
	{"switch-after", "kill -9 just after it", 0, killAt(func(s *switching) bool { p := s.phone(); return p != nil && p.Ear().Hears(s.customer.ID) })},
}

// playEnd ends the process and starts it again.
func playEnd(t *testing.T, end func(*stage.Gateway)) judged {
	h := open(t, plan{net: "127.47.10", agents: *calls})
	pairs := h.talk(*calls)
	h.commit()
	end(h.Gateway)
	from := h.Start()
	j := h.heal(pairs, from)
	j.faults = append(j.faults, h.leave(pairs)...)
	j.faults = append(j.faults, h.settle(*calls)...)
	return j
}

// switching is an agent in a call whose switch to his phone is under way.
type switching struct {
	*house
	pair
	number string
	keyed  time.Time
}

// phone is the leg of his phone; nil: it is not called yet.
func (s *switching) phone() *crowd.Leg {
	for _, c := range s.carriers {
		for _, l := range c.Legs() {
			if l.Number == s.number {
				return l
			}
		}
	}
	return nil
}

// pressed presses the key once, and says whether that was a few packets ago.
func (s *switching) pressed() bool {
	if s.keyed.IsZero() {
		s.keyed = time.Now()
		l := s.phone()
		go func() { _ = l.Press(s.t.Context(), '1') }() // the gateway is gone meanwhile
		return false
	}
	return time.Since(s.keyed) > 20*time.Millisecond
}

// killAt plays kill -9 at a step of the switch of one agent among ten who talk.
func killAt(reached func(*switching) bool) func(t *testing.T) judged {
	return func(t *testing.T) (j judged) {
		h := open(t, plan{net: "127.47.11", agents: 10})
		pairs := h.talk(10)
		h.commit()
		i := h.agentOf(pairs[0].agent)
		s := &switching{house: h, pair: pairs[0], number: pstnNumber(i)}
		manner := crowd.Manner{Rings: 2 * time.Second}
		if t.Name() == "TestChaos/switch-after" {
			manner.Presses, manner.Thinks = "1", time.Second
		}
		h.manner(s.number, manner)
		h.SwitchTo(agentID(i), "telagent")
		if !awaitFast(bound, func() bool { return reached(s) }) {
			t.Fatal("the switch did not come so far")
		}
		h.Kill()
		from := h.Start()
		j = h.heal(pairs[1:], from)
		j.up++
		h.rescued(&j, s, from)
		for _, p := range pairs {
			_, _ = p.customer.Hangup(h.within()) // its answer is judged by kill
		}
		j.faults = append(j.faults, h.settle(len(pairs))...)
		return j
	}
}

// rescued judges the call whose switch was under way: its customer hears the old leg, the new one, or comfort audio.
func (h *house) rescued(j *judged, s *switching, from time.Time) {
	ok := func() bool {
		ear := s.customer.Ear()
		if phone := s.phone(); phone != nil && ear.Hears(phone.ID) {
			return true
		}
		return ear.Hears(s.agent.ID) || ear.HearsOther()
	}
	switch {
	case s.customer.State() == crowd.Over:
		j.lost++
		j.fault("the customer of the switch was hung up on: %+v", s.customer.Ended())
	case !await(bound, ok):
		j.lost++
		j.fault("the customer of the switch hears nobody")
	default:
		j.longest = max(j.longest, s.customer.Ear().Longest(0, from, time.Now()))
	}
	// He who was tried is not left ringing or up for ever.
	if s.agent.State() == crowd.Up && !await(bound, func() bool { return s.phone() == nil || s.agent.State() == crowd.Over }) {
		j.fault("the phone of the switch is %s still", s.phone().State())
	}
}

// awaitFast is await for things that last for a few milliseconds.
func awaitFast(bound time.Duration, ok func() bool) bool {
	for end := time.Now().Add(bound); !ok(); <-time.After(2 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}
