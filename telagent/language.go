package telagent

import (
	"cmp"

	"telagent-gateway/call"
)

// language is what a leg is spoken to in: an agent's own, or that of the queue that a customer called; else the usual one.
func (f *Floor) language(l *leg) string {
	switch {
	case l.agent != nil:
		return cmp.Or(l.agent.Language, f.set.Language)
	case l.visit != nil && l.visit.line != nil:
		return cmp.Or(l.visit.line.Language, f.set.Language)
	}
	return f.set.Language
}

// speak says a prompt to a leg in its language, with a number behind it unless that is 0.
func (f *Floor) speak(l *leg, p call.Prompt, number int) {
	f.act(call.Say{Leg: l.id, Prompt: p, Number: number, Language: f.language(l)})
}
