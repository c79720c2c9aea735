package sip

import (
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// serverKey names the server transaction of a valid request; its end is the method. For a client of RFC 2543, whose
// branch has no cookie or who sends none, the key is ours: sipgo's cannot be turned from a CANCEL's into its INVITE's,
// and there is none when From has no tag (RFC 4475 §3.4.1).
//
// RFC 3261 §17.2.3
func serverKey(req *sip.Request) string {
	if branch := req.Via().Params.GetOr("branch", ""); strings.HasPrefix(branch, sip.RFC3261BranchMagicCookie) {
		if key, err := sip.ServerTxKeyMake(req); err == nil {
			return key
		}
	}
	method := req.CSeq().MethodName
	if method == sip.ACK {
		method = sip.INVITE
	}
	// The tag of To is left out: an ACK has the one that we gave, its INVITE has none.
	return fmt.Sprintf("2543__%s__%s__%s__%d__%s", req.CallID().Value(), req.From().Params.GetOr("tag", ""), req.Via().Value(),
		req.CSeq().SeqNo, method)
}
