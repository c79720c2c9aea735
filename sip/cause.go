package sip

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// failure says why a dialled leg came to nothing, from the status that the far side gave. rang: somebody was alerted
// there; trunk: the far side is a carrier and not a phone. Status 0 means that no answer came.
func failure(status int, rang, trunk bool) call.Cause {
	switch {
	case status == sip.StatusBusyHere || status == sip.StatusGlobalBusyEverywhere:
		return call.Busy
	case status == sip.StatusGlobalDecline:
		return call.Declined
	case status == sip.StatusForbidden && !trunk:
		return call.Declined
	case status == sip.StatusForbidden:
		return call.Forbidden
	case rang && (status == sip.StatusTemporarilyUnavailable || status == sip.StatusRequestTimeout):
		return call.NoAnswer
	case status == sip.StatusRequestTerminated:
		return call.NoAnswer // we did not cancel it: somebody else's timer did
	case status == sip.StatusNotAcceptableHere || status == sip.StatusGlobalNotAcceptable ||
		status == sip.StatusUnsupportedMediaType:
		return call.Unacceptable
	case !trunk:
		return call.Unreachable
	case status >= 300 && status < 400:
		return call.Unreachable // RFC 3261 §8.1.3.4: a redirection is not followed: where a call goes is decided here
	case status == sip.StatusNotFound || status == sip.StatusGone || status == sip.StatusTemporarilyUnavailable ||
		status == sip.StatusAddressIncomplete || status == sip.StatusGlobalDoesNotExistAnywhere:
		return call.Unreachable
	}
	return call.TrunkFault
}

// worse orders the failures of the branches of one leg: the greatest tells the most about the person.
func worse(a, b call.Cause) bool {
	order := []call.Cause{
		call.NoCause, call.Unreachable, call.TrunkFault, call.Forbidden, call.Unacceptable, call.NoAnswer, call.Busy,
		call.Declined,
	}
	rank := func(c call.Cause) int {
		for i, o := range order {
			if o == c {
				return i
			}
		}
		return 0
	}
	return rank(a) < rank(b)
}

// statusOf returns the final answer that tells a caller a cause.
//
// RFC 3261 §21.4, §21.5, §21.6
func statusOf(c call.Cause) (status int, reason string) {
	switch c {
	case call.Busy:
		return sip.StatusBusyHere, "Busy Here"
	case call.Declined:
		return sip.StatusGlobalDecline, "Decline"
	case call.NoCapacity, call.Overload, call.Draining:
		return sip.StatusServiceUnavailable, "Service Unavailable"
	case call.TrunkFault:
		// RFC 3261 §21.5.4: a phone leaves a server alone that answers 503, and it is not we who are at fault.
		return sip.StatusBadGateway, "Bad Gateway"
	case call.Unacceptable:
		return sip.StatusNotAcceptableHere, "Not Acceptable Here"
	case call.Cancelled:
		return sip.StatusRequestTerminated, "Request Terminated"
	case call.Forbidden:
		return sip.StatusForbidden, "Forbidden"
	case call.Unknown:
		return sip.StatusNotFound, "Not Found"
	case call.Broken:
		return sip.StatusInternalServerError, "Server Internal Error"
	case call.NoCause, call.Normal, call.NoAnswer, call.Unreachable, call.NoConfirm, call.Lost, call.Moved, call.Forced,
		call.Transferred, call.Elsewhere:
	}
	return sip.StatusTemporarilyUnavailable, "Temporarily Unavailable"
}

// refusalReason tells the caller of a refused INVITE why, where a status alone would not; empty: there is nothing to tell.
//
// RFC 6432 §2: a response may hold a Reason of Q.850
func refusalReason(c call.Cause) []sip.Header {
	code := 0
	switch c {
	case call.Unknown:
		code = 1
	case call.Busy:
		code = 17
	case call.NoAnswer:
		code = 19
	case call.Unreachable:
		code = 20
	case call.Declined, call.Forbidden:
		code = 21
	case call.NoCapacity:
		code = 34
	case call.TrunkFault:
		code = 38
	case call.Draining:
		code = 41
	case call.Overload:
		code = 42
	case call.Unacceptable:
		code = 88
	case call.NoCause, call.Normal, call.Cancelled, call.NoConfirm, call.Lost, call.Moved, call.Forced, call.Broken,
		call.Transferred, call.Elsewhere:
		return nil
	}
	return []sip.Header{sip.NewHeader("Reason", reasonValue("Q.850", code, strings.ReplaceAll(c.String(), "_", " ")))}
}

// reasonHeader tells the far side why a leg is ended; nil: there is nothing to tell.
//
// RFC 3326 §2
func reasonHeader(c call.Cause, text string) sip.Header {
	if c == call.NoCause && text == "" {
		return nil
	}
	protocol := "SIP"
	code, _ := statusOf(c)
	if c == call.NoCause || c == call.Normal {
		protocol, code = "Q.850", 16
	}
	if c == call.Moved || c == call.Elsewhere {
		// RFC 3326 §3.1: a phone does not list this as a missed call
		code = sip.StatusOK
		if text == "" {
			text = "Call completed elsewhere"
		}
	}
	if text == "" {
		text = strings.ReplaceAll(c.String(), "_", " ")
	}
	return sip.NewHeader("Reason", reasonValue(protocol, code, text))
}

// reasonValue writes a Reason.
//
// RFC 3326 §2
func reasonValue(protocol string, code int, text string) string {
	return protocol + ";cause=" + strconv.Itoa(code) + `;text="` + scrubName(text) + `"`
}
