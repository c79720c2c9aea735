package sip

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// supportedTags are the option tags that a Require of the far side may name.
var supportedTags = []string{}

// refusal is why a request is not served. Status 0 means that it gets no answer at all.
type refusal struct {
	status  int
	reason  string
	headers []sip.Header // what the answer says beside the usual
}

// silence refuses without an answer.
var silence = &refusal{}

// validateRequest says what is wrong with a request that the parser took; nil: nothing. It knows no dialogs: whether
// the request belongs somewhere is judged later.
//
// RFC 3261 §8.2
func validateRequest(req *sip.Request) *refusal {
	r := syntax(req)
	if r == nil {
		r = semantics(req)
	}
	if r != nil && req.IsAck() {
		// RFC 3261 §17: an ACK is never answered.
		return silence
	}
	return r
}

// syntax checks what every request must have.
//
// RFC 3261 §8.1.1, §8.2
func syntax(req *sip.Request) *refusal {
	via := req.Via()
	if via == nil || !strings.EqualFold(via.ProtocolName, "SIP") || via.Host == "" {
		return silence // nobody to answer
	}
	// RFC 3261 §21.5.6
	if !strings.EqualFold(req.SipVersion, "SIP/2.0") {
		return &refusal{status: sip.StatusVersionNotSupported, reason: "Version Not Supported"}
	}
	if via.ProtocolVersion != "2.0" {
		return bad("Bad Via")
	}
	if why := headerFault(req, &req.MessageData); why != "" {
		return bad(why)
	}
	// sipgo writes every request's method in capitals, but not the one of CSeq (RFC 4475 §3.1.1.2 needs its case).
	if !strings.EqualFold(req.CSeq().MethodName.String(), req.Method.String()) || !isToken(req.Method.String()) {
		return bad("CSeq Is For Another Method")
	}
	// RFC 3261 §8.1.1.7; §17.2.3: no cookie means a client of RFC 2543, the cookie alone means nothing.
	if branch, ok := via.Params.Get("branch"); ok && (!isToken(branch) || strings.EqualFold(branch, sip.RFC3261BranchMagicCookie)) {
		return bad("Bad Branch")
	}
	// RFC 3261 §20.22
	if mf := req.MaxForwards(); mf != nil && mf.Val() > 255 {
		return bad("Bad Max-Forwards")
	}
	return nil
}

func bad(reason string) *refusal                           { return &refusal{status: sip.StatusBadRequest, reason: reason} }
func semantics(req *sip.Request) *refusal                  { return nil }
func headerFault(m sip.Message, d *sip.MessageData) string { return "" }
