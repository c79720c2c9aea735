package sip

import (
	"fmt"
	"testing"

	"telagent-gateway/test/claims"
)

// proven is a SUBSCRIBE or PUBLISH of a user who proves himself.
func (p *raw) proven(method, user, callID, lines string) string {
	proof := goodProof(p.g.w.guard)
	proof.user, proof.uri, proof.method = user, "sip:ana@"+realm, method
	text := p.words(method, "ana", callID, "")
	return text + proof.line() + lines
}

// A watcher who subscribes again and again and never answers takes a bounded place, and nobody else's.
func TestAFloodOfSubscriptionsOfOneUserIsBoundedAndOthersAreServed(t *testing.T) {
	claims.Proven(t, "limits hold and nothing is kept of strangers: subscriptions")
	g := newWild(t, people)
	quiet := g.callQuietly()
	p, other := g.from(stranger), g.from(stranger)
	for i := range 1000 {
		p.say(p.proven("SUBSCRIBE", "ana", fmt.Sprint("many-", i), "Event: dialog\n"))
		if i%25 == 0 {
			other.fence()
		}
	}
	other.fence()
	// Each subscription has its SUBSCRIBE, and some have their NOTIFY; what was refused is not kept.
	if k := g.kept(); k.watches != watchesOfOne || k.transactions != watchesOfOne+notifiesAtOnce {
		t.Errorf("kept: %+v", k)
	}
	other.say(other.proven("SUBSCRIBE", "ana", "refused", "Event: dialog\n"))
	if m := other.answered("refused"); status(m) != 403 {
		t.Errorf("one more was answered by\n%s", m)
	}
	other.say(other.proven("PUBLISH", "ana", "published", "Event: presence\nContent-Type: application/pidf+xml\n\n"+document("open", "")))
	if m := other.answered("published"); status(m) != 200 {
		t.Errorf("PUBLISH was answered by\n%s", m)
	}
	other.say(other.proven("SUBSCRIBE", "bob", "watched", "Event: presence\n"))
	if m := other.answered("watched"); status(m) != 200 {
		t.Errorf("another watcher was answered by\n%s", m)
	}
	quiet.undisturbed()
}
