package sip

import (
	"strings"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

// prove answers a challenge of the trunk that we dial over, once, and once more if only the nonce was too old.
//
// RFC 3261 §22.2, §8.1.3.5
func (b *branch) prove(res *sip.Response) bool {
	if b.trunk == nil || b.trunk.Username == "" || b.stopped {
		return false
	}
	if b.proofs > 0 && (b.proofs > 1 || !isStale(res)) {
		return false
	}
	b.proofs++
	f := b.tx.flow
	req, err := b.invite(f)
	if err == nil {
		err = answerChallenge(req, res, b.trunk.prover(), b.trunk.Password)
	}
	if err != nil {
		b.l.q.w.log.Warn("challenge of a trunk not answered", zap.String("trunk", b.trunk.Name), zap.Error(err))
		return false
	}
	b.heard = false
	tx := b.l.q.tx.request(req, f, b.received)
	b.tx = tx
	b.l.q.after(trunkSilence, func() { b.unheard(tx) })
	return true
}

// isStale says that a challenge blames the nonce alone.
//
// RFC 7616 §3.3
func isStale(res *sip.Response) bool {
	for _, name := range []string{"WWW-Authenticate", "Proxy-Authenticate"} {
		for _, h := range res.GetHeaders(name) {
			if strings.Contains(strings.ReplaceAll(strings.ToLower(h.Value()), `"`, ""), "stale=true") {
				return true
			}
		}
	}
	return false
}
