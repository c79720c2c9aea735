package telagent_test

import (
	"net/netip"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// evidence is a fact about a phone's life, or a request about what follows from it.
func (w *fuzzed) evidence(op int) {
	aor := pick(w, "ana", "ben", "cem", "ana-desk", "nobody")
	sign := pick(w, call.Flow, call.Registration, call.Answers, call.NoSign)
	switch op {
	case 25:
		w.handle(call.Missed{Sign: sign, AOR: aor})
	case 26:
		w.handle(call.Seen{Sign: sign, AOR: aor})
	case 27:
		leg := w.leg()
		w.handle(pick[call.Event](w, call.Missed{Sign: call.Reports, Leg: leg}, call.Seen{Sign: call.Reports, Leg: leg}))
	default:
		switch w.next(4) {
		case 0:
			w.handle(call.Located{AOR: aor, Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(w.next(4))})})
		case 1:
			w.do(telagent.PutSite{Site: telagent.Site{Name: pick(w, "here", "there"), Networks: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, 0}), 24+w.next(9))}}})
		case 2:
			w.do(telagent.DropSite{Name: pick(w, "here", "there")})
		default:
			w.do(telagent.PutPolicy{By: pick(w, "boss", "root", "ana"), Policy: telagent.Policy{
				Team: pick(w, "support", "gone"), CutOff: telagent.CutOffRule(w.next(3)), Grace: time.Duration(w.next(20)) * time.Second,
			}})
		}
	}
}
