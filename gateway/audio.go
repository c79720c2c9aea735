package gateway

import (
	"telagent-gateway/call"
	"telagent-gateway/media"
)

// audio is the audio wire as the signalling wire sees it: who the far side is becomes the terms on which audio is agreed
// with it.
type audio struct{ *media.Wire }

// Offer makes our offer to a peer, on the terms that hold for it.
func (a audio) Offer(to call.Peer, near call.LegID) ([]byte, error) {
	return a.Wire.Offer(to.Leg, near)
}

// Answer answers a peer's offer, on the terms that hold for it.
func (a audio) Answer(from call.Peer, offer []byte) ([]byte, error) {
	return a.Wire.Answer(from.Leg, offer)
}
