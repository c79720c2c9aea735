package sip

import (
	"errors"
	"strings"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// replaces names the dialog whose place a call is to take.
type replaces struct {
	dialogID
	early bool // only as long as it is not answered
}

// parseReplaces reads callid *( SEMI param ).
//
// RFC 3891 §6.1: exactly one to-tag and one from-tag
func parseReplaces(text string) (r replaces, err error) {
	callID, rest, _ := strings.Cut(text, ";")
	params, err := parseParams(rest)
	if err != nil {
		return r, err
	}
	r.callID, r.early = strings.TrimSpace(callID), params.Has("early-only")
	r.local, r.remote = params.GetOr("to-tag", ""), params.GetOr("from-tag", "")
	if r.callID == "" || strings.ContainsAny(r.callID, " \t,") || controls(r.callID) || !isToken(r.local) || !isToken(r.remote) {
		return r, errors.New("it names no dialog")
	}
	return r, nil
}

// replaced finds the leg whose place a caller asks for; empty: he asks for none. It must ring at a phone because of us, or
// stand with a phone: who talks over a trunk is nobody's to take. Whether the caller may have it is the core's to decide.
//
// RFC 3891 §3
func (w *Wire) replaced(m *message) (call.LegID, *refusal) {
	found := m.req.GetHeaders("replaces")
	if len(found) == 0 {
		return "", nil
	}
	// RFC 3911 §4: not together with Join
	if len(found) > 1 || len(m.req.GetHeaders("join")) > 0 {
		return "", bad("More Than One Call To Take")
	}
	want, err := parseReplaces(found[0].Value())
	if err != nil {
		return "", bad("Bad Replaces")
	}
	if m.caller.AOR == "" {
		return "", forbidden // a carrier takes nobody's call
	}
	is, ok := w.stands(want.dialogID)
	switch {
	case !ok || !is.up && !is.caller:
		return "", noDialog
	case is.aor == "":
		return "", forbidden
	case is.up && want.early:
		return "", &refusal{status: sip.StatusBusyHere, reason: "Busy Here"}
	}
	return is.leg, nil
}

// forbidden refuses what the sender may not ask for.
//
// RFC 3261 §21.4.4
var forbidden = &refusal{status: sip.StatusForbidden, reason: "Forbidden"}

// misplaced refuses a Replaces where none belongs; nil: there is none.
//
// RFC 3891 §3: only in an INVITE that begins a dialog
func misplaced(req *sip.Request) *refusal {
	if req.IsAck() || req.IsCancel() || begins(req) || len(req.GetHeaders("replaces")) == 0 {
		return nil
	}
	return bad("Replaces Outside Of A New Call")
}
