package telagent

import (
	"errors"
	"maps"
	"slices"
)

// begin opens a step. Marks of the last one are still there if it panicked.
func (k *keeping) begin() {
	for _, q := range k.learned {
		q.isKept = false
	}
	k.learned, k.sighted = k.learned[:0], k.sighted[:0]
}

// keepCall says what is needed to go on with a call, if that is another than was told last.
func (f *Floor) keepCall(v *visit) {
	if f.calls[v.id] != v || f.isKeptAs(v) {
		return
	}
	v.kept, v.isKept = v.live(), true
	f.say(CallKept{Call: v.kept})
}

// keepAgent says the same of an agent.
func (f *Floor) keepAgent(a *agent) {
	is := f.liveAgent(a)
	if is == a.kept {
		return
	}
	a.kept, a.isKept = is, true
	f.say(PartKept{Part: LivePart{Kind: AgentPart, ID: a.ID, Agent: &is}})
}

// keepLater notes that a queue has learned something.
func (f *Floor) keepLater(q *line) {
	if !q.isKept {
		q.isKept = true
		f.keeping.learned = append(f.keeping.learned, q)
	}
}

// keepLearned says what queues have learned.
func (f *Floor) keepLearned() {
	for _, q := range f.keeping.learned {
		q.isKept = false
		is := LiveQueue{Handling: q.handling}
		if f.queues[q.Name] == q && is != q.kept {
			q.kept = is
			f.say(PartKept{Part: LivePart{Kind: QueuePart, ID: q.Name, Queue: &is}})
		}
	}
	f.keeping.learned = f.keeping.learned[:0]
}

// sightPhone notes that something of a phone may be another.
func (f *Floor) sightPhone(aor string) {
	if !slices.Contains(f.keeping.sighted, aor) {
		f.keeping.sighted = append(f.keeping.sighted, aor)
	}
}

// keepPhones says what is known of phones.
func (f *Floor) keepPhones() {
	for _, aor := range f.keeping.sighted {
		is, was := f.livePhone(aor), f.keeping.phones[aor]
		switch {
		case is.same(was):
		case is.same(LivePhone{}):
			delete(f.keeping.phones, aor)
			f.say(PartKept{Part: LivePart{Kind: PhonePart, ID: aor}, Gone: true})
		default:
			is.Missed = maps.Clone(is.Missed)
			f.keeping.phones[aor] = is
			f.say(PartKept{Part: LivePart{Kind: PhonePart, ID: aor, Phone: &is}})
		}
	}
	f.keeping.sighted = f.keeping.sighted[:0]
}

// keepAnswer notes what was answered to a request with an id.
func (f *Floor) keepAnswer(key string, err error) {
	if old := f.answered.put(key, answer{f.answered.last + 1, err}); old != "" {
		f.say(PartKept{Part: LivePart{Kind: AnswerPart, ID: old}, Gone: true})
	}
	f.say(PartKept{Part: f.answered.part(key)})
}

func (a *answers) part(key string) LivePart {
	is := a.done[key]
	live := &LiveAnswer{Seq: is.seq}
	var r *Refusal
	if errors.As(is.err, &r) {
		live.Code, live.Sentence = r.Code, r.Sentence
	}
	return LivePart{Kind: AnswerPart, ID: key, Answer: live}
}

func (g *guesses) part(who guesser) LivePart {
	return LivePart{Kind: GuessesPart, ID: who.id(), Guesses: &LiveGuesses{User: who.user, Caller: who.caller, Count: g.count, Since: g.since, Until: g.until}}
}

// keepMenu says that a restart goes on with a caller of the access number.
func (f *Floor) keepMenu(m *menu) {
	m.isKept = true
	f.say(PartKept{Part: m.part()})
}

// unkeepMenu says that nothing is to be gone on with.
func (f *Floor) unkeepMenu(m *menu) {
	if m.isKept {
		m.isKept = false
		f.say(PartKept{Part: LivePart{Kind: MenuPart, ID: string(m.leg.id)}, Gone: true})
	}
}

func (m *menu) part() LivePart {
	return LivePart{Kind: MenuPart, ID: string(m.leg.id), Menu: m.live()}
}

// checkKept looks whether everything was told that is needed to go on after a restart.
func (f *Floor) checkKept(no func(bool, string, ...any)) {
	for _, v := range f.calls {
		no(f.isKeptAs(v), "call %s is kept as it was", v.id)
	}
	for _, a := range f.agents {
		is, was := f.liveAgent(a), a.kept
		is.Usage = was.Usage // its minutes pass
		no(is == was || !a.isKept, "%s is kept as he was", a.ID)
	}
	for aor := range f.lives {
		no(f.livePhone(aor).same(f.keeping.phones[aor]), "the phone %s is kept as it was", aor)
	}
	for aor := range f.said {
		no(f.livePhone(aor).same(f.keeping.phones[aor]), "the phone %s is kept as it was", aor)
	}
	for aor := range f.bound {
		no(f.livePhone(aor).same(f.keeping.phones[aor]), "the phone %s is kept as it was", aor)
	}
	for aor, was := range f.keeping.phones {
		no(f.livePhone(aor).same(was), "the phone %s is kept as it was", aor)
	}
}
