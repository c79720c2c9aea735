package media

import "net/netip"

// PathState is how a leg's far side is found and known where its description alone does not say: by ICE and by DTLS. The zero
// value is neither. What keys the handshake left is in KeyState, and the address that was nominated is LegState.Latched.
type PathState struct {
	Muxed        bool           // RTP and RTCP share the leg's port
	Fragment     string         // of our ICE; empty: none
	Password     string         // likewise, secret
	FarFragment  string         // of the far side's
	FarPassword  string         // likewise, secret
	Nominated    netip.AddrPort // by the far side's ICE; invalid: nothing is
	By           string         // the fragment of who nominated it
	Active       bool           // we began the handshake
	Fingerprints []string
}

// path returns the leg's way to its far side. The caller holds mu.
func (l *leg) path() PathState {
	state := PathState{
		Muxed: l.far.muxed, Fragment: l.ice.ours.fragment, Password: l.ice.ours.password,
		FarFragment: l.ice.theirs.fragment, FarPassword: l.ice.theirs.password, Nominated: l.ice.nominated, By: l.ice.by, Active: l.association.isActive(),
	}
	if l.association != nil {
		for _, p := range l.association.prints {
			state.Fingerprints = append(state.Fingerprints, p.function+" "+p.sum)
		}
	}
	return state
}
