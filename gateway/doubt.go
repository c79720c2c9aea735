package gateway

import "telagent-gateway/call"

// sensed hands a fact of the audio wire to the loop. When a leg falls silent, or sends no reports any more, the signalling
// wire asks its phone at once, so that the Floor knows within seconds which of the two is gone. No leg is heard before the
// loop runs, and so before there is a signalling wire.
func (g *Gateway) sensed(e call.Event) {
	leg := call.LegID("")
	if e, is := e.(call.Silent); is {
		leg = e.Leg
	}
	if e, is := e.(call.Missed); is {
		leg = e.Leg
	}
	g.loop.report(e)
	if leg != "" {
		g.sip.Ask(leg)
	}
}
