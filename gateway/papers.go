package gateway

import (
	"crypto/tls"
	"slices"

	"telagent-gateway/console"
)

// papers is how the pages prove themselves; nil: they are served without TLS.
func (g *Gateway) papers() func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if g.proof == nil {
		return nil
	}
	return g.proof.Show
}

// certificates returns what signalling and pages prove themselves with, each file once.
func (g *Gateway) certificates() []console.Certificate {
	all := g.sip.Certificates()
	if g.proof != nil {
		all = append(all, g.proof.Certificate())
	}
	var out []console.Certificate
	for _, c := range all {
		if !slices.ContainsFunc(out, func(o console.Certificate) bool { return o.File == c.File }) {
			out = append(out, console.Certificate{File: c.File, Names: c.Names, Until: c.Until})
		}
	}
	return out
}
