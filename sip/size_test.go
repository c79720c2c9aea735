package sip

import (
	"fmt"
	"strings"
	"testing"

	"telagent-gateway/test/claims"
)

// everyMethod is what a stranger may try.
var everyMethod = []string{
	"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "SUBSCRIBE", "PUBLISH", "NOTIFY", "REFER", "INFO", "UPDATE", "PRACK", "MESSAGE", "NOSUCH",
}

// smallest is the shortest request that can be answered.
func smallest(method, toTag, lines string) string {
	return fmt.Sprintf("%s sip:a SIP/2.0\nv:SIP/2.0/UDP a;branch=z9hG4bK1\nf:sip:a;tag=1\nt:sip:a%s\ni:%s%d\nCSeq:1 %s\n%s\n", method, toTag, method, len(lines), method, lines)
}

func TestNoDatagramOfAStrangerIsAnsweredWithMoreThanHalfAsMuchAgain(t *testing.T) {
	claims.Proven(t, "a stranger's datagram of any method is answered with at most 1.5 bytes for each of its bytes, retransmissions included")
	g := newWild(t)
	p := g.from("127.0.0.9")
	for i, method := range append(everyMethod, everyMethod...) {
		if i == len(everyMethod) {
			g.w.Bear(NoCalls) // once more while everything is turned away that can be
		}
		for name, text := range map[string]string{
			"as small as can be": smallest(method, "", ""),
			"within no dialog":   smallest(method, ";tag=2", ""),
			"with a long path":   smallest(method, "", strings.Repeat("v:SIP/2.0/UDP b;branch=z9hG4bK2\n", 60)),
			"of usual size":      p.words(method, "ana", "usual-"+method, "User-Agent: a phone of the usual kind 1.0\nAllow: INVITE, ACK, CANCEL, BYE\n"),
			"that needs much":    smallest(method, "", "Require:a,b,c,d\n"),
			"that is broken":     smallest(method, "", "Content-Length:-1\n"),
			"without a version":  strings.Replace(smallest(method, "", ""), "SIP/2.0\n", "SIP/7.0\n", 1),
		} {
			sent := crlf(strings.TrimRight(text, "\n") + "\n\n")
			p.send(sent)
			received := 0
			for _, m := range p.fence() {
				received += len(m)
			}
			if 2*received > 3*len(sent) {
				t.Errorf("%s %s: %d bytes in, %d bytes out", method, name, len(sent), received)
			}
		}
	}
	if k := g.kept(); k != (kept{}) {
		t.Errorf("kept is %+v", k)
	}
}

// A phone is asked for both digests even where its REGISTER is as short as phones make them.
func TestThePhonesThatThereAreGetBothChallenges(t *testing.T) {
	g := newWild(t)
	p := g.from("127.0.0.9")
	p.say(p.words("REGISTER", "ana", "both", "Expires: 3600\nUser-Agent: baresip v2.0.0 (x86_64/linux)\nAllow: INVITE,ACK,BYE,CANCEL,OPTIONS,NOTIFY,INFO\n"))
	if m := p.answered("both"); strings.Count(m, "WWW-Authenticate") != 2 {
		t.Errorf("%s", m)
	}
}

func TestEveryMethodOfAStrangerIsRefusedOrAskedForAProofAndNothingIsKept(t *testing.T) {
	claims.Proven(t, "every method needs a proof, or gives a stranger nothing and keeps nothing of him")
	g := newWild(t)
	p := g.from("127.0.0.9")
	for method, want := range map[string][2]int{ // outside of a dialog, and within one that does not exist
		"INVITE": {401, 481}, "ACK": {0, 0}, "BYE": {481, 481}, "CANCEL": {481, 481}, "OPTIONS": {200, 481}, "REGISTER": {401, 401},
		"SUBSCRIBE": {401, 401}, "PUBLISH": {401, 401}, "NOTIFY": {405, 405}, "REFER": {403, 481}, "INFO": {481, 481}, "UPDATE": {481, 481},
		"PRACK": {481, 481}, "MESSAGE": {405, 405}, "NOSUCH": {501, 501},
	} {
		for i, text := range []string{
			p.words(method, "ana", "out-"+method, ""), strings.Replace(p.words(method, "ana", "in-"+method, ""), "To: <sip:ana@"+realm+">", "To: <sip:ana@"+realm+">;tag=1", 1),
		} {
			p.say(text)
			got := 0
			for _, m := range p.fence() {
				got = status(m)
			}
			if got != want[i] {
				t.Errorf("%s is answered %d, want %d\n%s", method, got, want[i], text)
			}
		}
	}
	if k := g.kept(); k != (kept{}) {
		t.Errorf("kept is %+v", k)
	}
}
