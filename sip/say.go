package sip

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// product is what we call ourselves.
const product = "telagent"

// allow lists the methods that we serve.
//
// RFC 3261 §20.5
func allow() sip.Header {
	return sip.NewHeader("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, REGISTER, SUBSCRIBE, PUBLISH")
}

// supported lists the extensions that we know.
//
// RFC 3261 §20.37
func supported() sip.Header { return sip.NewHeader("Supported", strings.Join(supportedTags, ", ")) }

// serves says that the sender of a message serves a method.
//
// RFC 3261 §20.5
func serves(m sip.Message, method sip.RequestMethod) bool {
	return knows(values(m, "Allow"), string(method))
}

// capabilities answers an OPTIONS.
//
// RFC 3261 §11.2
func (w *Wire) capabilities(req *sip.Request) *sip.Response {
	res := reply(req, sip.StatusOK, "OK")
	res.AppendHeader(allow())
	res.AppendHeader(allowEvents())
	res.AppendHeader(sip.NewHeader("Accept", "application/sdp, "+pidfType))
	res.AppendHeader(supported())
	res.AppendHeader(sip.NewHeader("User-Agent", product))
	return res
}

// describe puts a session description into a message.
func describe(m sip.Message, sdp []byte) {
	if len(sdp) > 0 {
		kind := sip.ContentTypeHeader("application/sdp")
		m.AppendHeader(&kind)
	}
	m.SetBody(sdp)
}

// session returns the session description in a message; empty: none, or something else.
func session(m sip.Message, kind *sip.ContentTypeHeader) []byte {
	if kind == nil || mediaType(kind.Value()) != "application/sdp" {
		return nil
	}
	return m.Body()
}
