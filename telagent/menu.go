package telagent

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"telagent-gateway/call"
)

const (
	keyTime     = 10 * time.Second // how long the next key is awaited
	promptTime  = 30 * time.Second // a sentence is over after it, should its end never be reported
	checkTime   = 30 * time.Second // a PIN is checked by then
	menuLongest = 10 * time.Minute // most that somebody may stay
	mostAsks    = 3                // times that a question is asked before nobody is there
	mostTries   = 3                // wrong PINs of one call
	mostKeys    = 12               // of an id or a PIN
	mostShown   = 20               // characters of a caller's number
)

// menu is a caller of the access number: he says who he is, proves it by his PIN, then chooses what is to be done (S26).
// His leg belongs to no call.
type menu struct {
	leg     *leg
	caller  string // number as it was shown, or the registered phone; empty: withheld. It proves nothing
	phone   bool   // it is a registered phone's
	step    step
	keys    string // of this answer so far
	user    string // whose id was keyed; empty: nobody's
	open    bool   // there was something to compare his PIN with
	agent   *agent // who proved himself, if he is one
	wrong   int    // PINs so far
	asked   int    // times that the question was asked without an answer
	saying  call.Prompt
	rest    []call.Say // to be said after it
	count   int        // agents whom the switch that was chosen would move
	cutOff  bool       // it is for those who are cut off alone
	longest time.Time
	isKept  bool // a restart begins with him anew
}

// step is where a caller of the access number is.
type step uint8

const (
	enteringID step = iota
	enteringPIN
	checking // his PIN is compared
	choosing
	confirming // that his team is switched
	goingOut   // hears a last sentence
)

// isAccess says whether a dialled number leads to sign-on by phone: nobody whom it could let in, then it does not.
func (f *Floor) isAccess(dialled string) bool {
	if dialled == "" || dialled != f.set.AccessNumber && !slices.Contains(f.set.AccessNumbers, dialled) {
		return false
	}
	for _, p := range f.policies {
		if p.PhoneSignOn {
			return true
		}
	}
	return f.set.Access.Supervisors
}

// openMenu takes a caller of the access number, unless too many are there or he guessed too often.
func (f *Floor) openMenu(e call.Invited) error {
	m := &menu{caller: asShown(e.From.Number), longest: f.now.Add(menuLongest)}
	if e.Source.AOR != "" {
		m.caller, m.phone = e.Source.AOR, true
	}
	switch {
	case len(f.menus) >= f.set.Access.Legs:
		return refuse("menu_full", "Too many call the access number at once.")
	case f.isLocked(everybody) || f.isLocked(m.guesser()):
		return refuse("sign_on_locked", "There were too many wrong PINs; sign-on by phone is locked for a while.")
	}
	l := &leg{id: e.Leg, seat: call.NoSeat, phase: asking, since: f.now, began: f.now, answered: f.now, trunk: f.trunkNamed(e.Source.Trunk), menu: m}
	m.leg = l
	l.trunk.take()
	f.legs[l.id], f.menus[l.id] = l, m
	f.act(call.Answer{Leg: l.id})
	f.keepMenu(m)
	f.menuAsks(m)
	return nil
}

// asShown returns a number that is shown; empty: it is none, or withheld.
func asShown(shown string) string {
	if len(shown) > mostShown || strings.Trim(strings.TrimPrefix(shown, "+"), "0123456789") != "" {
		return ""
	}
	return shown
}

// closeMenu forgets a caller whose leg is over; his line is free again.
func (f *Floor) closeMenu(m *menu) {
	delete(f.menus, m.leg.id)
	f.unkeepMenu(m)
	if a := m.agent; a != nil && a.menu == m {
		a.menu = nil
		f.touch(a)
	}
}

// checkMenu looks at such a caller: his call ends, whatever he does, and he is nobody before he proved himself.
func (f *Floor) checkMenu(m *menu, no func(bool, string, ...any)) {
	id := m.leg.id
	no(f.menus[id] == m && m.leg.menu == m, "leg %s is at no menu", id)
	no(m.leg.timer.index > 0, "leg %s stays at the menu without end", id)
	no(m.leg.visit == nil, "leg %s is at the menu and in a call", id)
	no(m.agent == nil || m.step >= choosing && m.agent.ID == m.user, "leg %s is %s's before he proved himself", id, m.user)
	no(len(m.keys) <= mostKeys+1 && m.wrong <= mostTries, "leg %s has guessed for too long", id)
}

// menuEvent takes a fact about the leg of such a caller.
func (f *Floor) menuEvent(m *menu, e call.Event) {
	switch e := e.(type) {
	case call.Ended:
		f.forget(m.leg, e.Cause)
	case call.Failed:
		f.forget(m.leg, e.Cause)
	case call.Referred:
		f.act(call.Progress{Leg: e.Leg, Done: true, Cause: call.Forbidden})
	case call.Digit:
		if m.leg.phase < leaving {
			f.menuKey(m, e.Key)
		}
	case call.Played:
		if m.leg.phase < leaving && e.Prompt == m.saying {
			f.sentenceOver(m)
		}
	case call.Verified:
		if m.leg.phase < leaving && m.step == checking {
			f.pinChecked(m, e.Right && m.open && !f.isLocked(guesser{user: m.user}) && !f.isLocked(m.guesser())) // by guesses meanwhile
		}
	case call.Ringing, call.Answered, call.Silent, call.Heard, call.Held, call.Resumed: // of no matter here
	case call.TurnedAway, call.Recorded, call.Measured, call.Spliced, call.Missed, call.Seen, call.Invited, call.Published, call.Bound, call.Unbound, call.Located, call.TrunkUp, call.TrunkDown, call.Impaired, call.Repaired, call.Stalled: // see Handle
	}
}

// menuKey takes a key press. It ends the sentence that is being said.
func (f *Floor) menuKey(m *menu, key string) {
	if m.step == checking || m.step == goingOut || len(key) != 1 {
		return
	}
	entering := m.step == enteringID || m.step == enteringPIN
	if m.saying != "" && entering {
		f.act(call.Park{Leg: m.leg.id, Audio: call.Silence})
	}
	m.saying, m.rest = "", nil
	f.await(m, keyTime)
	switch m.step {
	case choosing:
		m.asked = 0
		f.pressed(m, key)
		return
	case confirming:
		m.asked = 0
		f.confirm(m, key)
		return
	case enteringID, enteringPIN, checking, goingOut:
	}
	switch {
	case key == "*" || key == "#" && m.keys == "":
		f.menuAsksAgain(m)
	case key == "#":
		f.entered(m)
	case key >= "0" && key <= "9" && len(m.keys) <= mostKeys: // one too many stays, so that it is not right
		m.keys += key
	}
}

// entered takes a whole id or PIN. Whoever keyed an id that nobody has is asked for a PIN and waits for its check as
// everybody does, so that it is not told apart.
func (f *Floor) entered(m *menu) {
	keys := m.keys
	m.keys, m.asked = "", 0
	if m.step == enteringID {
		m.user, m.step = f.knownByPhone(keys), enteringPIN
		f.menuAsks(m)
		return
	}
	v := call.Verify{Leg: m.leg.id, Secret: call.Secret(keys)}
	if u := f.users[m.user]; u != nil && !f.isLocked(guesser{user: m.user}) {
		v.Hash = call.Secret(u.Credentials.PIN)
	}
	m.open, m.step = v.Hash != "", checking
	f.act(v)
	f.await(m, checkTime)
}

// knownByPhone returns the user with an id; empty: nobody.
func (f *Floor) knownByPhone(id string) string {
	for _, a := range f.agents {
		if a.PhoneID == id {
			return a.ID
		}
	}
	for _, u := range f.users {
		if u.PhoneID == id {
			return u.Name
		}
	}
	return ""
}

// pinChecked goes on after a PIN was compared.
func (f *Floor) pinChecked(m *menu, right bool) {
	if !right {
		f.pinWrong(m)
		return
	}
	f.forgive(m.user)
	a := f.agents[m.user]
	if err := f.letsIn(m.user); err != nil {
		f.auditMenu(m, err, "")
		f.lastSay(m, call.NotDone, call.Goodbye)
		return
	}
	m.step = choosing
	if a == nil {
		f.auditMenu(m, nil, "the menu of a supervisor")
		f.menuAsks(m)
		return
	}
	if a.menu != nil { // he called from elsewhere before
		f.hang(a.menu.leg, call.Elsewhere, "")
	}
	m.agent, a.menu = a, m
	f.touch(a)
	f.menuAsks(m, f.signOnByPhone(m, a)...)
}

// pinWrong lets him begin anew, but for the third time, and where somebody is locked by it.
func (f *Floor) pinWrong(m *menu) {
	m.wrong++
	f.keepMenu(m)
	f.auditMenu(m, refuse("wrong_pin", "A wrong PIN."), "")
	locked := f.guessed(m)
	m.user = ""
	if m.wrong >= mostTries || locked {
		f.lastSay(m, call.WrongPIN, call.Goodbye)
		return
	}
	m.step = enteringID
	f.menuAsks(m, call.WrongPIN)
}

// menuAsks says the question of the step, after what is said first.
func (f *Floor) menuAsks(m *menu, first ...call.Prompt) {
	var says []call.Say
	for _, p := range first {
		says = append(says, call.Say{Prompt: p})
	}
	f.menuSays(m, append(says, f.menuQuestion(m))...)
}

// menuQuestion is what the step asks.
func (f *Floor) menuQuestion(m *menu) call.Say {
	switch m.step {
	case enteringID:
		return call.Say{Prompt: call.EnterID}
	case enteringPIN:
		return call.Say{Prompt: call.EnterPIN}
	case confirming:
		return call.Say{Prompt: call.SwitchTeam, Number: m.count}
	case checking, choosing, goingOut:
	}
	if f.leadsByPhone(m) {
		return call.Say{Prompt: call.MenuTeam}
	}
	return call.Say{Prompt: call.Menu}
}

// menuSays says sentences one after the other, instead of what is being said.
func (f *Floor) menuSays(m *menu, says ...call.Say) {
	f.act(call.Park{Leg: m.leg.id, Audio: call.Silence})
	m.rest = says
	f.sayNext(m)
}

func (f *Floor) sayNext(m *menu) {
	s := m.rest[0]
	m.rest = m.rest[1:]
	s.Leg, s.Language, m.saying = m.leg.id, f.set.Language, s.Prompt
	if m.agent != nil { // only now: it would tell who has an id
		s.Language = cmp.Or(m.agent.Language, s.Language)
	}
	f.act(s)
	f.await(m, promptTime)
}

// sentenceOver goes on after a sentence.
func (f *Floor) sentenceOver(m *menu) {
	m.saying = ""
	switch {
	case len(m.rest) > 0:
		f.sayNext(m)
	case m.step == goingOut:
		f.hang(m.leg, call.Normal, "")
	default:
		f.await(m, keyTime)
	}
}

// lastSay says what he hears before he is hung up.
func (f *Floor) lastSay(m *menu, prompts ...call.Prompt) {
	m.step = goingOut
	f.unkeepMenu(m)
	var says []call.Say
	for _, p := range prompts {
		says = append(says, call.Say{Prompt: p})
	}
	f.menuSays(m, says...)
}

// await sets when a caller's next step is due, if nothing comes from him.
func (f *Floor) await(m *menu, d time.Duration) {
	at := f.now.Add(d)
	if m.longest.Before(at) && m.step != goingOut {
		at = m.longest
	}
	f.timers.set(&m.leg.timer, at, func(f *Floor) { f.menuDue(m) })
}

// menuDue goes on when nothing came: no end of a sentence, no key, no answer of a check, or he has been there for too long.
func (f *Floor) menuDue(m *menu) {
	switch {
	case m.step != goingOut && !m.longest.After(f.now), m.step == checking:
		f.lastSay(m, call.Goodbye)
	case m.saying != "":
		f.sentenceOver(m)
	default:
		f.menuAsksAgain(m)
	}
}

// menuAsksAgain asks what was not answered, some times. Who proved himself and says nothing more is done.
func (f *Floor) menuAsksAgain(m *menu) {
	m.keys = ""
	m.asked++
	switch {
	case m.asked < mostAsks:
		f.menuAsks(m)
	case m.step == enteringID || m.step == enteringPIN:
		f.lastSay(m, call.Goodbye)
	default:
		f.hang(m.leg, call.Normal, "")
	}
}
