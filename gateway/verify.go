package gateway

import (
	"go.uber.org/zap"

	"telagent-gateway/call"
	"telagent-gateway/console"
)

// verifiesAtOnce bounds the memory that checking PINs takes; further ones wait.
const verifiesAtOnce = 2

// verify checks a PIN beside the loop, because its hash takes a while by intent.
func (g *Gateway) verify(v call.Verify) {
	g.verifies.Go(func() {
		g.verifying <- struct{}{}
		right, err := console.CheckPIN(string(v.Hash), string(v.Secret))
		<-g.verifying
		if err != nil {
			g.log.Error("a PIN could not be checked", zap.Error(err))
		}
		g.loop.report(call.Verified{Leg: v.Leg, Right: right})
	})
}
