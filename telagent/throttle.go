package telagent

import (
	"cmp"
	"fmt"
	"time"
)

// Access says how far the access number leads, and how it is guarded. A zero count or time means its default.
type Access struct {
	Supervisors bool // let supervisors switch their teams there
	Legs        int  // most callers at once
	WrongPINs   WrongPINs
}

// WrongPINs says how many wrong PINs lock sign-on by phone, and for how long. A lock hinders nothing else.
type WrongPINs struct {
	Agent  int // of one agent or user
	Caller int // from one number
	All    int // of all together
	Within time.Duration
	Lock   time.Duration
}

func (s Access) withDefaults() Access {
	count := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	count(&s.Legs, 20)
	count(&s.WrongPINs.Agent, 5)
	count(&s.WrongPINs.Caller, 10)
	count(&s.WrongPINs.All, 100)
	if s.WrongPINs.Within == 0 {
		s.WrongPINs.Within = time.Hour
	}
	if s.WrongPINs.Lock == 0 {
		s.WrongPINs.Lock = 30 * time.Minute
	}
	return s
}

// guesser is who a wrong PIN is counted of. The zero value is everybody.
type guesser struct{ user, caller string }

var everybody = guesser{}

// withheld is the caller that all are whose number is withheld.
const withheld = "withheld"

// guesser is the caller as one whose wrong PINs are counted; all whose number is withheld are one.
func (m *menu) guesser() guesser {
	if m.caller == "" {
		return guesser{caller: withheld}
	}
	return guesser{caller: m.caller}
}

// String says who it is, as an alarm's subject.
func (g guesser) String() string { return cmp.Or(g.user, g.caller, "everybody") }

func (g guesser) words() string {
	if g.caller == withheld {
		return "callers whose number is withheld"
	}
	return g.String()
}

// guesses are the wrong PINs of one of them.
type guesses struct {
	count int
	since time.Time // the first of those that count
	until time.Time // of the lock; zero: none
	timer timer
}

// mostGuessers bounds the memory of who guessed; the oldest is forgotten.
const mostGuessers = 1000

// isLocked says whether somebody guessed too often.
func (f *Floor) isLocked(who guesser) bool {
	g := f.guesses[who]
	return g != nil && !g.until.IsZero()
}

// guessed counts a wrong PIN, and says whether its caller is locked by it.
func (f *Floor) guessed(m *menu) bool {
	limits := f.set.Access.WrongPINs
	if m.user != "" {
		f.count(guesser{user: m.user}, limits.Agent)
	}
	f.count(m.guesser(), limits.Caller)
	f.count(everybody, limits.All)
	return f.isLocked(m.guesser()) || f.isLocked(everybody)
}

func (f *Floor) count(who guesser, limit int) {
	rules := f.set.Access.WrongPINs
	g := f.guesses[who]
	switch {
	case g == nil:
		f.makeRoom()
		g = &guesses{since: f.now}
		f.guesses[who] = g
	case !g.until.IsZero():
		return
	case f.now.Sub(g.since) >= rules.Within:
		g.since, g.count = f.now, 0
	}
	if g.count++; g.count < limit {
		f.say(PartKept{Part: g.part(who)})
		return
	}
	f.lock(who, g, f.now.Add(rules.Lock))
	f.say(PartKept{Part: g.part(who)})
	sentence := f.alarmLocked(who, g)
	f.say(Audited{Entry: AuditEntry{Time: f.now, Action: "sign_on_by_phone", Subject: who.String(), Result: "locked", Detail: sentence}})
}

// alarmLocked tells supervisors of a lock, and returns what it says.
func (f *Floor) alarmLocked(who guesser, g *guesses) string {
	sentence := fmt.Sprintf("Sign-on by phone is locked for %s until %s UTC: %d wrong PINs within %s.",
		who.words(), g.until.UTC().Format("15:04:05"), g.count, f.set.Access.WrongPINs.Within)
	f.say(AlarmRaised{Time: f.now, Code: "sign_on_locked", Subject: who.String(), Team: f.teamOf(who), Sentence: sentence})
	return sentence
}

func (f *Floor) lock(who guesser, g *guesses, until time.Time) {
	g.until = until
	f.timers.set(&g.timer, until, func(f *Floor) { f.unlock(who) })
}

// makeRoom forgets who guessed longest ago, if there are too many; who is locked goes last.
func (f *Floor) makeRoom() {
	if len(f.guesses) < mostGuessers {
		return
	}
	var oldest guesser
	var at time.Time
	for who, g := range f.guesses {
		since := g.since
		if !g.until.IsZero() {
			since = g.until.Add(f.set.Access.WrongPINs.Within)
		}
		if who != everybody && (at.IsZero() || since.Before(at) || since.Equal(at) && who.String() < oldest.String()) {
			oldest, at = who, since
		}
	}
	f.unlock(oldest)
}

// forgive forgets the wrong PINs of somebody who knows his PIN.
func (f *Floor) forgive(user string) { f.unlock(guesser{user: user}) }

// unlock ends a lock, if there is one, and what is counted.
func (f *Floor) unlock(who guesser) {
	g := f.guesses[who]
	if g == nil {
		return
	}
	delete(f.guesses, who)
	f.say(PartKept{Part: LivePart{Kind: GuessesPart, ID: who.id()}, Gone: true})
	f.timers.set(&g.timer, time.Time{}, nil)
	if !g.until.IsZero() {
		f.say(AlarmCleared{Time: f.now, Code: "sign_on_locked", Subject: who.String(), Team: f.teamOf(who)})
	}
}

// teamOf returns the team whose supervisors see what is about somebody who guessed; empty: administrators alone.
func (f *Floor) teamOf(who guesser) string {
	if a := f.agents[who.user]; a != nil {
		return a.Team
	}
	return ""
}
