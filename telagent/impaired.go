package telagent

import "telagent-gateway/call"

// troublesAtMost bounds what can be wrong with the gateway at once; its wires know a handful of words.
const troublesAtMost = 64

// impaired raises the alarm that a part of the gateway does not do all that it should, for administrators; again when it
// is worse, or other, than it was.
func (f *Floor) impaired(e call.Impaired) {
	was, known := f.troubles[e.Part]
	if e.Part == "" || known && was == e.Problem || !known && len(f.troubles) >= troublesAtMost {
		return
	}
	f.troubles[e.Part] = e.Problem
	f.say(AlarmRaised{Time: f.now, Code: e.Part, Subject: "gateway", Sentence: e.Problem})
}

// repaired clears it.
func (f *Floor) repaired(part string) {
	if _, known := f.troubles[part]; !known {
		return
	}
	delete(f.troubles, part)
	f.say(AlarmCleared{Time: f.now, Code: part, Subject: "gateway"})
}
