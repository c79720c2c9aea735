package sip

import (
	"net/http"
	"time"
)

// lookAtSession is how often who let a page in is asked whether he still does.
const lookAtSession = 3 * time.Second

// Upgrade makes a SIP connection of a request for a WebSocket that came to an HTTP server of somebody else, which knows
// whom it lets in. stands is asked now and then, from a goroutine of ours: the connection ends when it says no. It returns when
// the connection stands, or was refused in an answer.
//
// RFC 7118 §4
func (w *Wire) Upgrade(rw http.ResponseWriter, r *http.Request, stands func() bool) {
	network := "WS"
	if r.TLS != nil {
		network = "WSS"
	}
	w.upgrade(network, rw, r, func(s *stream) {
		tick := time.NewTicker(lookAtSession)
		defer tick.Stop()
		for {
			select {
			case <-s.over:
				return
			case <-tick.C:
				if !stands() {
					s.close("whoever let it in does not any more")
					return
				}
			}
		}
	})
}
