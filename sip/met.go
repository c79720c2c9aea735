package sip

import (
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// raiseGate makes the gate. Where trunks are and what they are called from is always let through it.
func (w *Wire) raiseGate() {
	w.gate = newGate(w.o.Security.besides(w.trunks), w.log, time.Now)
	w.gate.carrier = w.leadsTo
	w.gate.expel, w.gate.phone = w.expel, func(source netip.Prefix) bool { return w.desk.registrar.any(source) }
}

// met weighs what came of somebody's proof. Over UDP anybody can write any address above his message: there only an
// answer to a question that we sent to that very address and port says who it is.
func (w *Wire) met(req *sip.Request, nonce string, right bool) {
	at, err := netip.ParseAddrPort(req.Source())
	if err != nil {
		return
	}
	datagram := strings.EqualFold(req.Transport(), "UDP")
	switch {
	case right:
		w.gate.befriend(at.Addr())
	case nonce == "" && !datagram:
		w.gate.blame(at.Addr(), smallFault, "requests without a proof")
	case nonce != "" && (!datagram || w.guard.nonces.sent(nonce, req.Source())):
		w.gate.blame(at.Addr(), wholeFault, "wrong user names or passwords")
	}
}

// expel ends the connections from a source that nobody has proved himself on.
func (w *Wire) expel(source netip.Prefix) {
	var theirs []*stream
	w.mu.Lock()
	for _, s := range w.streams {
		if !s.known.Load() && source.Contains(s.flow.remote.Addr()) {
			theirs = append(theirs, s)
		}
	}
	w.mu.Unlock()
	for _, s := range theirs {
		s.close("its address is banned")
	}
}
