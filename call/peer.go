package call

import "net/netip"

// Peer is what signalling knows of a leg's far side when audio is agreed on with it.
type Peer struct {
	Leg     LegID
	Trunk   string     // that the far side is; empty: a phone
	AOR     string     // of the phone; empty: a trunk
	Secure  bool       // its signalling is encrypted, hop by hop to us
	Browser bool       // its signalling comes over a WebSocket
	Local   netip.Addr // our address that its signalling uses; invalid: not known
}
