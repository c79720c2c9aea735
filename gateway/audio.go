package gateway

import (
	"slices"
	"sync/atomic"

	"telagent-gateway/call"
	"telagent-gateway/config"
	"telagent-gateway/media"
)

// audio is the audio wire as the signalling wire sees it: who the far side is becomes the terms on which audio is agreed
// with it.
type audio struct {
	*media.Wire
	*audioTerms
}

// audioTerms are the terms of all peers; a reload changes them for descriptions that are made after it.
type audioTerms struct{ now atomic.Pointer[audioPolicy] }

// audioPolicy is what the configuration says of audio.
type audioPolicy struct {
	trunks     map[string]media.Terms // by name
	phones     media.Terms
	encryption string // of phones
}

// newAudio reads the policies of the configuration, which was checked.
func newAudio(w *media.Wire, c *config.Config) audio {
	a := audio{w, &audioTerms{}}
	a.agree(c)
	return a
}

// agree takes the policies of a configuration.
func (a *audioTerms) agree(c *config.Config) {
	p := &audioPolicy{trunks: make(map[string]media.Terms), phones: media.Terms{Codecs: c.Media.Codecs}, encryption: c.Media.Encryption}
	for _, t := range c.Trunks {
		p.trunks[t.Name] = media.Terms{Ways: trunkWays(t.Encryption), Codecs: t.Codecs}
	}
	a.now.Store(p)
}

// Offer makes our offer to a peer, on the terms that hold for it.
func (a audio) Offer(to call.Peer, near call.LegID) ([]byte, error) {
	t := a.terms(to)
	if to.Turned > 0 {
		others := otherWays(t.Ways)
		if to.Turned > len(others) {
			return nil, call.ErrNoOtherOffer
		}
		t.Ways = others[to.Turned-1 : to.Turned]
	}
	return a.Wire.Offer(to.Leg, near, t)
}

// otherWays are the ways that a peer is offered one by one when it turned down the usual offer: encrypted ones, as it must
// have taken plain audio if we offered that. DTLS is first: baresip 1.0, set to that, takes an offer of SDES and answers it
// with no keys.
func otherWays(ways []media.Way) (others []media.Way) {
	if !slices.Contains(ways, media.RTP) {
		return ways[1:] // the first one stood alone
	}
	for _, way := range []media.Way{media.DTLS, media.SDES} {
		if slices.Contains(ways, way) {
			others = append(others, way)
		}
	}
	return others
}

// Answer answers a peer's offer, on the terms that hold for it.
func (a audio) Answer(from call.Peer, offer []byte) ([]byte, error) {
	return a.Wire.Answer(from.Leg, offer, a.terms(from))
}

// terms are what holds for a peer.
func (a audio) terms(p call.Peer) media.Terms {
	policy := a.now.Load()
	t := policy.phones
	if p.Trunk != "" {
		t = policy.trunks[p.Trunk]
		t.Alone = true // trunks are tried one after the other
	} else {
		t.Ways = phoneWays(p, policy.encryption)
	}
	t.Local = p.Local
	return t
}

// trunkWays are how audio may travel to a trunk.
func trunkWays(encryption string) []media.Way {
	switch encryption {
	case "optional":
		return []media.Way{media.SDES, media.RTP}
	case "sdes":
		return []media.Way{media.SDES}
	case "dtls":
		return []media.Way{media.DTLS}
	}
	return []media.Way{media.RTP}
}

// phoneWays are how audio may travel to a phone. A browser speaks DTLS alone. What stands behind plain RTP is taken if the
// phone wants it: keys in descriptions are worth offering where signalling is encrypted.
func phoneWays(p call.Peer, encryption string) []media.Way {
	switch {
	case p.Browser:
		return []media.Way{media.DTLS}
	case encryption == "required":
		return []media.Way{media.SDES, media.DTLS}
	case encryption == "rtp":
		return []media.Way{media.RTP}
	case p.Secure:
		return []media.Way{media.SDES, media.RTP, media.DTLS}
	}
	return []media.Way{media.RTP, media.DTLS, media.SDES}
}
