package call

import (
	"errors"
	"net/netip"
)

// ErrNoOtherOffer says that a peer has turned down every offer that the terms allow.
var ErrNoOtherOffer = errors.New("no other offer is allowed")

// Peer is what signalling knows of a leg's far side when audio is agreed on with it.
type Peer struct {
	Leg     LegID
	Trunk   string     // that the far side is; empty: a phone
	AOR     string     // of the phone; empty: a trunk
	Secure  bool       // its signalling is encrypted, hop by hop to us
	Browser bool       // its signalling comes over a WebSocket
	Turned  int        // how many offers of ours it turned down before this one
	Local   netip.Addr // our address that its signalling uses; invalid: not known
}
