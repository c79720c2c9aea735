// Package sip is the signalling wire: it turns SIP into Events and Actions into SIP. It has its own transports, an
// ordered queue for each Call-ID and its own dialogs, around the parser, messages and transaction machines of sipgo.
//
// It decides nothing that a person would notice: which call goes where is the Floor's business. It treats SDP as
// bytes, which Audio reads and writes. In this package the name sip.X is sipgo's, bare names are ours.
//
// Start with Start and Options (this file); then the way of a message: udp.go or tcp.go, dispatch.go, queue.go, and
// the verbs of a leg in the order of a call: accept.go, dial.go, modify.go, hangup.go.
package sip

import (
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// Options configure a Wire. The zero value of a field means what its comment says.
type Options struct {
	Domain    string                           // our SIP domain and the realm of digest; empty: the advertised address
	Listen    []string                         // "udp:host:port" or "tcp:host:port"; empty: "udp:127.0.0.1:5060"
	Advertise string                           // address for Via and Contact; empty: the listening address
	Trunks    []Trunk                          // carriers
	Secrets   func(user string) (Secret, bool) // nil: nobody can register
	Audio     Audio                            // the SDP seam; must be set
	Report    func(call.Event)                 // takes every Event; may block for a moment; must be set
	Log       *zap.Logger                      // nil: silent
	ID        func() string                    // new unique names for inbound legs; nil: random
	Legs      int                              // most legs at once, further INVITEs get 503; 0: 10000
}

// Audio is the SDP seam: where an offer meets an answer, the leg's goroutine calls it. Calls for one leg never overlap.
type Audio interface {
	// Offer makes our offer for an INVITE that we send; near's codec comes first, if near is not empty.
	Offer(leg, near call.LegID) ([]byte, error)
	// Accept takes the far side's answer to our offer. It may come twice: early (183), then with the 200.
	Accept(leg call.LegID, answer []byte) error
	// Answer takes the far side's offer, of the first or a later INVITE, and returns our answer. An error becomes 488 and
	// must leave the session as it was.
	Answer(leg call.LegID, offer []byte) ([]byte, error)
	// Current returns our last description again: a re-INVITE without SDP gets it as our offer.
	Current(leg call.LegID) ([]byte, error)
	// Established says that the dialog stands: silence counts from now on.
	Established(leg call.LegID)
	// Release says that the leg is over, once for each leg that any other method was called for.
	Release(leg call.LegID)
}

// Wire is the running signalling wire.
type Wire struct{}

type queue struct{}

type Trunk struct{}
