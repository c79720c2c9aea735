package sip

import (
	"errors"
	"fmt"
	"net/netip"
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
		err = b.trunk.answer(req, res)
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

// mostStrong is how many addresses of one trunk are remembered that asked for SHA-256.
const mostStrong = 64

// errWeaker is what is wrong with a challenge by MD5 from where SHA-256 was asked for before.
var errWeaker = errors.New("SHA-256 was asked for before, and now MD5 alone is")

// answer puts into req what a challenge of the trunk asks for. From an address that once asked for SHA-256, a challenge by
// MD5 alone is a downgrade and not answered until we start anew: who can change what is sent would get what the password
// is guessed by most cheaply. Another address of the same trunk may know nothing better.
//
// RFC 8760 §2.4
func (t *trunk) answer(req *sip.Request, res *sip.Response) error {
	at, _ := netip.ParseAddrPort(res.Source()) // without one, all are one
	strong := false
	for _, name := range []string{"WWW-Authenticate", "Proxy-Authenticate"} {
		ask := best(res.GetHeaders(name))
		strong = strong || ask != nil && algorithmName(ask["algorithm"]) == sha256Name
	}
	t.mu.Lock()
	was := t.strong[at.Addr()]
	if strong && !was && len(t.strong) < mostStrong {
		if t.strong == nil {
			t.strong = make(map[netip.Addr]bool)
		}
		t.strong[at.Addr()] = true
	}
	t.mu.Unlock()
	if was && !strong {
		return fmt.Errorf("answer %d: %w", res.StatusCode, errWeaker)
	}
	return answerChallenge(req, res, t.prover(), t.terms().Password)
}

// isChallenge says that a response asks for a proof.
func isChallenge(res *sip.Response) bool {
	return res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired
}

// wentTo says whether the request was sent to where a response comes from. Whoever knows our branch may forge a response
// over UDP; the answer to his challenge would prove our password for a nonce of his.
//
// RFC 3261 §18.2.2, RFC 3581 §4
func (tx *clientTx) wentTo(from source) bool {
	if tx.flow.network != "UDP" {
		return from.flow == tx.flow
	}
	return from.network == "UDP" && from.remote.Addr() == tx.flow.remote.Addr()
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
