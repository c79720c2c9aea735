package sip

import (
	"fmt"

	"github.com/emiago/sipgo/sip"
)

// unacceptable refuses a new description within the dialog, and says in words why.
func (l *leg) unacceptable(req *sip.Request, err error) *sip.Response {
	res := l.answerTo(req, sip.StatusNotAcceptableHere, "Not Acceptable Here")
	res.AppendHeader(l.q.w.warning(err))
	return res
}

// warning says why a description was refused.
//
// RFC 3261 §21.4.26, §20.43
func (w *Wire) warning(err error) sip.Header {
	return sip.NewHeader("Warning", fmt.Sprintf("399 %s %q", w.o.Domain, scrub(err.Error())))
}
