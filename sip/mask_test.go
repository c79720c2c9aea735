package sip

import (
	"fmt"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"telagent-gateway/test/claims"
)

// Everything that the wire logs at the level of traces, while secrets come and go in every place that there is for them.
func TestNoSecretIsLoggedWhereverItComes(t *testing.T) {
	claims.Proven(t, "keys of SRTP and ICE, digest answers, keys that are pressed and passwords are in no log and no trace of SIP", "16.2.5")
	core, logs := observer.New(zap.DebugLevel)
	const secret = "SECRETSECRET"
	proof := "Digest username=\"ana\", realm=\"" + realm + "\", nonce=\"n\", uri=\"sip:" + realm + "\", response=\"" + secret + "\", cnonce=\"c\", qop=auth, nc=00000001"
	sdpWithKeys := "v=0\r\no=a 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\nk=clear:" + secret + "\r\nm=audio 4000 RTP/SAVP 0\r\n" +
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + secret + "\r\na=ice-ufrag:x\r\na=ice-pwd:" + secret + "\r\na=key-mgmt:mikey " + secret + "\r\n"
	g := newWild(t, func(o *Options) { o.Log = zap.New(core) })
	p, quiet := g.from(stranger), g.callQuietly()
	for i, lines := range []string{
		"Authorization: " + proof + "\n", "authorization :  " + proof + "\n", "Proxy-Authorization: " + proof + "\n",
		"Authorization: " + strings.ReplaceAll(proof, ", ", ",\n  ") + "\n", "AUTHORIZATION: Basic " + secret + "\n",
	} {
		for _, method := range []string{"REGISTER", "INVITE", "SUBSCRIBE", "OPTIONS"} {
			p.say(p.words(method, "ana", fmt.Sprint(method, i), lines))
		}
	}
	for _, broken := range []string{
		p.words("REGISTER", "ana", "broken", "response=\""+secret+"\"\n\n"), secret + "\nAuthorization: " + secret + "\n\n",
		"REGISTER sip:x SIP/2.0\nAuthorization " + secret + "\n\n",
	} {
		p.send(crlf(broken))
		s := g.stream(stranger)
		s.send(crlf(broken))
		_, _ = s.hears()
	}
	rough := g.from(roughly)
	rough.say(rough.words("INVITE", "100", "keys", "Content-Type: application/sdp\n\n"+sdpWithKeys))
	rough.answered("keys")
	quiet.within("ACK")
	info := strings.Replace(quiet.words("INFO", "100", quiet.callID, "Content-Type: application/dtmf-relay\n\nSignal="+secret+"\n"), "To: <sip:100@"+realm+">", "To: "+quiet.to, 1)
	quiet.say(strings.Replace(info, "CSeq: 1 ", "CSeq: 2 ", 1))
	quiet.answered(quiet.callID)
	quiet.sequence = 2
	p.fence()
	quiet.undisturbed()
	seen := 0
	for _, e := range logs.All() {
		line := fmt.Sprint(e.Message, e.ContextMap())
		if strings.Contains(line, secret) {
			t.Errorf("logged: %s", line)
		}
		seen += strings.Count(line, "***")
	}
	if seen < 10 {
		t.Errorf("only %d secrets were masked; did they come at all?", seen)
	}
}
