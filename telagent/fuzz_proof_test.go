package telagent_test

import (
	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// proof is what happens where a person has to show that he is one, and where numbers are tried.
func (w *fuzzed) proof(op int) {
	agent, by := pick(w, "cem", "ana", "ben", "zoe"), pick(w, "boss", "root", "", "ana")
	switch op {
	case 56:
		w.handle(call.Digit{Leg: w.leg(), Key: pick(w, "4", "#", "*", "0", "A")})
	case 57:
		w.handle(call.Verified{Leg: w.leg(), Right: w.next(2) == 0})
	case 58:
		w.do(telagent.TestCall{By: by, Agent: agent, Number: pick(w, "", "+4930777", "112", "x")})
	case 59:
		w.do(telagent.ClearMachines{By: by, Agent: agent, Number: pick(w, "+493021", "+493022")})
	case 60:
		w.handle(pick[call.Event](w, call.Missed{Sign: call.Answers, AOR: agent}, call.Seen{Sign: call.Answers, AOR: agent}))
	}
}
