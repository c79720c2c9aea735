package sim

import (
	"slices"

	"telagent-gateway/call"
)

// answer judges that a leg is answered.
func (j *judge) answer(a call.Answer) {
	p := j.known(a, a.Leg)
	if p == nil {
		return
	}
	if !p.inbound || p.answered {
		j.say("answers leg %s, which waits for no answer", a.Leg)
	}
	p.answered, p.answeredAt = true, j.now
	if p.customer {
		p.hears = comfort
	}
	if e, ok := j.in.event.(call.Invited); ok && e.Replaces != "" {
		j.seen["replaces"]++
	}
}

// speak judges a sentence that a leg is told. What a key did is told in a conversation too, and there it is not the last one.
func (j *judge) speak(a call.Say) {
	p := j.heard(a, a.Leg)
	if p == nil {
		return
	}
	j.seen["say "+string(a.Prompt)]++
	ofKey := a.Prompt == call.Done || a.Prompt == call.NotDone
	if p.hears == aPeer && (p.customer || !ofKey) {
		j.say("says something to leg %s, which is in a conversation", a.Leg)
	}
	j.said(a, p)
	if a.Prompt == call.Tone { // the leg of a nailed-up agent begins a call
		p.seated, p.near = false, ""
	}
	p.leaving = p.leaving || slices.Contains(lastWords, a.Prompt) && (!ofKey || p.inbound && !p.menu && p.in == "")
}

// lastWords are the prompts after which a leg is hung up.
var lastWords = []call.Prompt{call.LoggedOut, call.Goodbye, call.Closed, call.Full, call.Done, call.NotDone, call.Left}
