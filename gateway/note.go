package gateway

import (
	"strconv"
	"time"

	"telagent-gateway/call"
)

// happened notes a fact about a leg. Which key it was is nobody's business: it may be one of a PIN.
func (l *ladders) happened(e call.Event) {
	if l == nil {
		return
	}
	n := call.Note{Leg: call.Leg(e)}
	switch e := e.(type) {
	case call.Invited:
		n.What, n.Detail = "invited", e.To
	case call.Ringing:
		n.What = "ringing"
	case call.Answered:
		n.What = "answered"
	case call.TurnedAway:
		n.What, n.Detail = "turned_away", status(e.Status)
	case call.Failed:
		n.What, n.Detail = "failed", e.Cause.String()
	case call.Ended:
		n.What, n.Detail = "ended", e.Cause.String()
		if e.How == call.LegLost {
			n.What = "lost"
		}
	case call.Silent:
		n.What = "silent"
	case call.Heard:
		n.What = "heard"
	case call.Held:
		n.What = "held"
	case call.Resumed:
		n.What = "resumed"
	case call.Digit:
		n.What = "key"
	case call.Referred:
		n.What, n.Detail = "referred", e.To
	case call.Spliced:
		n.What, n.Leg, n.Other, n.Detail = "spliced", e.To, e.Leg, e.Gap.Round(time.Millisecond).String()
	case call.Measured:
		l.fared(e)
		return
	default:
		return
	}
	l.note(n)
}

// ordered notes an order about a leg.
func (l *ladders) ordered(a call.Action) {
	if l == nil {
		return
	}
	switch a := a.(type) {
	case call.Dial:
		l.note(call.Note{Leg: a.Leg, What: "dialled", Detail: a.Target.String()})
	case call.Reject:
		l.note(call.Note{Leg: a.Leg, What: "rejected", Detail: a.Cause.String()})
	case call.Hangup:
		l.note(call.Note{Leg: a.Leg, What: "hung_up", Detail: a.Cause.String()})
	case call.Join:
		l.note(call.Note{Leg: a.A, What: "joined", Other: a.B})
		l.note(call.Note{Leg: a.B, What: "joined", Other: a.A})
	case call.Hear:
		l.note(call.Note{Leg: a.Leg, What: "mixed", Detail: strconv.Itoa(len(a.From))})
	case call.Swap:
		l.note(call.Note{Leg: a.New, What: "swapped", Other: a.Old})
		l.note(call.Note{Leg: a.Old, What: "replaced", Other: a.New})
	case call.Park:
		l.note(call.Note{Leg: a.Leg, What: "parked", Detail: a.Audio.String()})
	case call.Say:
		l.note(call.Note{Leg: a.Leg, What: "said", Detail: string(a.Prompt)})
	case call.Ask:
		l.note(call.Note{Leg: a.Leg, What: "asked", Detail: string(a.Prompt)})
	default:
	}
}

func status(code int) string {
	if code == 0 {
		return ""
	}
	return strconv.Itoa(code)
}
