package gateway

import (
	"time"

	"telagent-gateway/call"
)

// heard hands a fact of the audio wire to the loop. When a leg falls silent, or sends no reports any more, the signalling
// wire asks its far side at once, so that the Floor knows within seconds which of the two is gone. Legs that are taken
// up may be heard before there is a signalling wire, which asks each of them by itself.
func (g *Gateway) heard(e call.Event) {
	if key, is := e.(call.Digit); is && !g.keypad.press(key.Leg, byAudio, time.Now()) {
		return
	}
	g.ladders.happened(e)
	g.loop.report(e)
	w := g.asks.Load()
	if w == nil {
		return
	}
	switch e := e.(type) {
	case call.Silent, call.Missed:
		w.Ask(call.Leg(e))
	case call.Heard:
		w.Heard(e.Leg)
	default:
	}
}

// told hands a fact of the signalling wire to the loop.
func (g *Gateway) told(e call.Event) {
	switch e := e.(type) {
	case call.Digit:
		if !g.keypad.press(e.Leg, bySignal, time.Now()) {
			return
		}
		g.media.Press(e.Leg, e.Key)
	case call.Answered:
		// To the Floor a phone has answered when it can be talked with: a call that moved there before would be silent until
		// there are keys, and for good if there never are. Then the phone has rung in vain.
		g.media.WhenOpen(e.Leg, func() { g.loop.report(e) })
		return
	case call.Failed, call.Ended:
		g.keypad.forget(call.Leg(e))
	default:
	}
	g.ladders.happened(e)
	g.loop.report(e)
}
