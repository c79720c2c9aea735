// Package demo is a cast of scripted SIP/RTP peers (robots) on loopback sockets, and the play that they act in with a
// running gateway: a call, a live switch, a softphone that dies. What it reports is measured at the robots' own sockets,
// all on one monotonic clock.
//
// It is not a SIP stack for anybody else. On purpose it shares nothing with packages sip and media: the robots write
// and read their messages, their RTP and their G.711 by hand, so that they can judge what the gateway sends. They speak
// SIP over UDP and G.711 alone.
//
// Start with Robot (robot.go), then Leg (leg.go) and Trace (trace.go); the play begins in play.go.
package demo
