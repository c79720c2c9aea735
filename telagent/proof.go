package telagent

import (
	"fmt"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

const (
	rounds     = 10 // most times that the question is asked
	earlyKeys  = 16 // most keys that are kept until the answer is reported
	longestPIN = 12 // digits; no hash key is needed behind as many
	wrongPINs  = 3  // after as many his phone is given up like a machine
	longKeying = 60 // keys after which a further one gives no more time
)

// proof is how far whoever answered a leg over a trunk has come in showing that no machine did.
type proof struct {
	done    func(f *Floor, l *leg, cause call.Cause) // see prove; nil: nothing is to be shown
	byPIN   bool
	first   bool        // he was not told yet that he became a Telagent
	prompt  call.Prompt // as asked last; empty: he was not asked
	rounds  int         // of the question so far
	keys    string      // pressed before the answer was reported, or the digits of a PIN so far
	pressed int         // keys since the answer; a machine presses none
	judging bool        // a PIN is being checked
	wrong   int         // PINs that were not right
}

// prove lets whoever answered a leg of an agent over a trunk show that he is a person: voicemail answers too. He presses
// 1, or 2 to decline; or he keys in his PIN, with the hash key behind it, where the star takes back the digits so far, and
// declines if there are none.
//
// done is called once: with NoCause when he has shown it, with Declined when he does not want, with NoConfirm when there
// were too many wrong PINs or, for a leg of no offer, switch or guest, when the time was over. It may hang up the leg,
// which stands. Whoever rings a leg in a call ends the time himself, see deadline.
func (f *Floor) prove(l *leg, done func(f *Floor, l *leg, cause call.Cause)) {
	p, m := &l.proof, moveOf(l)
	became := m != nil && !m.back && l.agent.Presence.Reach == presence.BySoftphone
	p.done, p.byPIN, p.first = done, l.agent.Proof == ByPIN, became || l.agent.Presence.Untold
	l.phase, l.since = asking, f.now
	f.deadline(l, f.now.Add(f.set.ConfirmTime))
	keys := p.keys
	p.keys = ""
	for _, key := range keys {
		f.keyed(l, string(key))
	}
	if p.done != nil && !p.judging {
		f.ask(l, p.question())
	}
}

// isAsked says whether a leg's person has still to show that he is one.
func (l *leg) isAsked() bool { return l.phase == asking && l.proof.done != nil }

// question is the prompt that a proof begins with.
func (p *proof) question() call.Prompt {
	switch {
	case p.byPIN && p.first:
		return call.EnterPINFirst
	case p.byPIN:
		return call.EnterPIN
	case p.first:
		return call.PressOneFirst
	}
	return call.PressOne
}

func (f *Floor) ask(l *leg, prompt call.Prompt) {
	l.proof.prompt, l.hears = prompt, hearing{} // the prompt goes on until the next order
	f.act(call.Ask{Leg: l.id, Prompt: prompt, Language: f.language(l)})
}

// askAgain repeats the question at the end of a prompt, unless he answers it already.
func (f *Floor) askAgain(l *leg, heard call.Prompt) {
	p := &l.proof
	if heard != p.prompt || p.rounds == rounds || p.keys != "" || p.judging {
		return
	}
	p.rounds++
	f.ask(l, p.question())
}

// keyed takes a key that was pressed as an answer to the question.
func (f *Floor) keyed(l *leg, key string) {
	p := &l.proof
	switch p.pressed++; {
	case !l.isAsked() || p.judging: // whatever he keys while a PIN is checked is lost
	case p.byPIN:
		f.keyedPIN(l, key)
	case key == "1":
		f.shown(l, call.NoCause)
	case key == "2":
		f.shown(l, call.Declined)
	}
}

// keyedPIN takes a key of a PIN; each gives him time for the next.
func (f *Floor) keyedPIN(l *leg, key string) {
	p := &l.proof
	if p.pressed < longKeying {
		f.deadline(l, f.now.Add(f.set.ConfirmTime))
	}
	switch {
	case key == "*" && p.keys == "":
		f.shown(l, call.Declined)
		return
	case key == "*":
		p.keys = ""
	case key >= "0" && key <= "9":
		p.keys += key
	}
	if len(p.keys) < longestPIN && (key != "#" || p.keys == "") {
		return
	}
	pin := call.Secret(p.keys)
	p.keys, p.judging = "", true
	var hash string
	if u := f.users[l.agent.ID]; u != nil {
		hash = u.Credentials.PIN
	}
	f.act(call.Verify{Leg: l.id, Hash: call.Secret(hash), Secret: pin})
}

// verified takes what became of a PIN. Of a leg that is asked nothing any more it means nothing.
func (f *Floor) verified(l *leg, right bool) {
	p := &l.proof
	if !l.isAsked() || !p.judging {
		return
	}
	p.judging = false
	if right {
		f.shown(l, call.NoCause)
		return
	}
	if p.wrong++; p.wrong < wrongPINs {
		f.deadline(l, f.now.Add(f.set.ConfirmTime))
		f.ask(l, call.WrongPIN)
		return
	}
	f.say(Audited{Entry: AuditEntry{
		Time: f.now, Action: "prove", Subject: l.agent.ID, Result: "wrong_pin",
		Detail: fmt.Sprintf("wrong PINs in a row at %s: %d", l.target, p.wrong),
	}})
	f.shown(l, call.NoConfirm)
}

// shown ends the proof. Who answered the question that told him of it knows that he is a Telagent.
func (f *Floor) shown(l *leg, cause call.Cause) {
	p := &l.proof
	done := p.done
	p.done = nil
	if l.visit == nil {
		f.timers.set(&l.timer, time.Time{}, nil)
	}
	if cause == call.NoCause || p.pressed > 0 && cause == call.Declined {
		f.person(l.agent, l.target)
	}
	done(f, l, cause)
	if p.first && p.prompt != "" && cause != call.NoConfirm {
		l.agent.Presence.Untold = false
		f.touch(l.agent)
	}
}

// proved goes on with a leg of an offer, a switch or a guest whose person has shown that he is one, or never will.
func (f *Floor) proved(l *leg, cause call.Cause) {
	if cause == call.NoCause {
		f.accept(l)
	} else {
		f.drop(l, cause)
	}
}

// checkPIN says why an agent cannot prove himself as his entry says, with these credentials.
func checkPIN(a Agent, c Credentials) error {
	if a.Proof == ByPIN && c.PIN == "" {
		return refuse("no_pin", "%s is to prove himself by a PIN and has none; give him one.", a.ID)
	}
	return nil
}

// checkProofs looks at who is asked, and at who could not answer.
func (f *Floor) checkProofs(no func(bool, string, ...any)) {
	for _, l := range f.legs {
		no(l.phase != asking || l.menu != nil || l.proof.done != nil, "leg %s is asked for nothing", l.id)
		no(len(l.proof.keys) <= max(earlyKeys, longestPIN) && l.proof.wrong <= wrongPINs, "leg %s has been asked for too long", l.id)
	}
	for _, a := range f.agents {
		u := f.users[a.ID]
		no(a.Proof != ByPIN || u != nil && u.Credentials.PIN != "", "%s has no PIN to prove himself by", a.ID)
	}
}
