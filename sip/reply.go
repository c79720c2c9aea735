package sip

import "github.com/emiago/sipgo/sip"

// reply makes an answer to req without a body. Whatever a header of req may lack is lacking in the answer too.
//
// RFC 3261 §8.2.6; the version is ours, where sipgo's NewResponseFromRequest repeats the request's (§21.5.6)
func reply(req *sip.Request, status int, reason string) *sip.Response {
	res := sip.NewResponseFromRequest(req, status, reason, nil)
	res.SipVersion = "SIP/2.0"
	return res
}
