package telagent

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"telagent-gateway/presence"
)

// Selection says whom a mass switch is about: agents by name, or everybody who fits all the rest of it. The zero value
// is nobody.
type Selection struct {
	Agents []string // by name, each once; nil: by the rest
	Team   string
	Office string
	Site   string // where the softphones are, as a site's name or a network
	CutOff bool   // who lost his softphone, in a call or without one
}

// Progress is how far the switch of one agent of several has come.
type Progress string

// The stations of it. Waiting and moving go on.
const (
	SwitchWaiting Progress = "waiting" // for a channel, or for the agent to stop dialling
	SwitchMoving  Progress = "moving"  // his call moves, or his answer is asked for
	SwitchMade    Progress = "done"
	SwitchRefused Progress = "refused" // it did not begin
	SwitchUnmade  Progress = "failed"  // it began and came to nothing
	SwitchUndone  Progress = "undone"
)

// goesOn says whether more is to come.
func (p Progress) goesOn() bool { return p == SwitchWaiting || p == SwitchMoving }

// batch is the switch of several agents by one command.
type batch struct {
	id, by, request string
	what            string // whom it is about, in words
	policy          string // which policy it follows, in words; empty: a person asked for it
	back            bool
	began, ended    time.Time // ended is zero while it goes on
	undoUntil       time.Time // zero: it cannot be undone any more
	members         []*member
	isMoved         bool
}

// member is one agent of a batch.
type member struct {
	batch   *batch
	id      string
	agent   *agent // nil: there is none of that name, for who asked
	is      Progress
	code    string                // why it waits, was refused or failed; empty: it does not, or was not
	why     string                // the same in a sentence
	to      string                // what rings or rang
	since   time.Time             // when it came to where it is
	before  *presence.Declaration // what he had declared, if the switch made him available; nil: it did not
	offDuty bool                  // he was signed off when it began
	undoing bool                  // on his way back after an undo
	by      string                // who switches him: whoever asked for all, or for the undo
}

// batchesKept is how many mass switches are remembered; the oldest ones that are over go first.
const batchesKept = 100

// switchMany switches everybody who is selected: who needs no channel at once, the others as channels are free.
func (f *Floor) switchMany(c SwitchMany) error {
	ids, err := f.selected(c)
	if err != nil {
		return err
	}
	b := f.enlist(c, ids, "")
	f.remark = b.id + ": " + b.sum()
	return nil
}

// selected returns the ids of those whom a mass switch is about: as named, or everybody whom who asks may see and whom it
// would move.
func (f *Floor) selected(c SwitchMany) (ids []string, err error) {
	if u := f.asker(c.By); c.By != "" && (u == nil || u.Role == AgentRole) {
		return nil, refuse("not_supervisor", "Only a supervisor may do this.")
	}
	w := c.Who
	byRest := w.Team != "" || w.Office != "" || w.Site != "" || w.CutOff
	switch {
	case len(w.Agents) > 0 && byRest:
		return nil, refuse("bad_selection", "Name the agents, or a team, an office, a site or who is cut off; not both.")
	case len(w.Agents) > 0:
		for _, id := range w.Agents {
			if !contains(ids, id) {
				ids = append(ids, id)
			}
		}
		return ids, nil
	case !byRest:
		return nil, refuse("bad_selection", "Say whom to switch: agents, a team, an office, a site or who is cut off.")
	}
	for _, id := range sortedKeys(f.agents) {
		if a := f.agents[id]; f.sees(c.By, a) && f.fits(a, w) && f.wouldMove(a, c.Back) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, refuse("nobody", "There is nobody to switch: %s.", w)
	}
	return ids, nil
}

// fits says whether a selection by properties is about an agent.
func (f *Floor) fits(a *agent, w Selection) bool {
	return (w.Team == "" || a.Team == w.Team) && (w.Office == "" || contains(a.Offices, w.Office)) &&
		(w.Site == "" || f.isAt(a, w.Site)) && (!w.CutOff || f.isCutOff(a))
}

// isAt says whether an agent's softphone is at a site, or in a network.
func (f *Floor) isAt(a *agent, site string) bool {
	if network, err := netip.ParsePrefix(site); err == nil && network.Masked().Contains(f.where[a.ID].Unmap()) {
		return true
	}
	return f.siteOf(a) == site
}

// isCutOff says whether an agent lost what he talks, or would be rung, on.
func (f *Floor) isCutOff(a *agent) bool { return a.Presence.Activity == presence.CutOff || f.isLost(a) }

// wouldMove says whether a switch of everybody is about an agent too: nobody who is off duty is rung, nor who is there
// already.
func (f *Floor) wouldMove(a *agent, back bool) bool {
	if a.member != nil {
		return false
	}
	if back {
		return a.Presence.Reach == presence.ByPhone
	}
	if a.Presence.Activity == presence.CutOff {
		return true
	}
	return a.Presence.Reach == presence.BySoftphone && !a.isOffDuty()
}

// String says in words whom a selection is about.
func (w Selection) String() string {
	var words []string
	if len(w.Agents) > 0 {
		words = append(words, fmt.Sprintf("agents named: %d", len(w.Agents)))
	}
	for _, part := range []struct{ what, name string }{{"team", w.Team}, {"office", w.Office}, {"site", w.Site}} {
		if part.name != "" {
			words = append(words, part.what+" "+part.name)
		}
	}
	if w.CutOff {
		words = append(words, "who is cut off")
	}
	return strings.Join(words, ", ")
}

// enlist begins a mass switch of agents by their ids, of a person or of a policy.
func (f *Floor) enlist(c SwitchMany, ids []string, policy string) *batch {
	b := &batch{id: f.id(), by: c.By, request: c.RequestID, what: c.Who.String(), policy: policy, back: c.Back, began: f.now}
	if f.set.UndoTime > 0 && !c.Back { // a switch back is not undone
		b.undoUntil = f.now.Add(f.set.UndoTime)
	}
	f.batches = append(f.batches, b)
	if len(f.batches) > batchesKept {
		if i := slices.IndexFunc(f.batches, func(o *batch) bool { return !o.ended.IsZero() }); i >= 0 {
			f.say(PartKept{Part: LivePart{Kind: BatchPart, ID: f.batches[i].id}, Gone: true})
			f.batches = slices.Delete(f.batches, i, i+1)
		}
	}
	for _, id := range ids {
		m := &member{batch: b, id: id, is: SwitchWaiting, since: f.now, by: b.by}
		b.members = append(b.members, m)
		a, err := f.enlistable(c.By, id)
		if err != nil {
			f.conclude(m, SwitchRefused, refusalOf(err))
			continue
		}
		m.agent, m.offDuty, a.member = a, a.isOffDuty(), m
	}
	f.touchBatch(b)
	f.pace()
	return b
}

// enlistable returns an agent who can be in a mass switch: he is in no other.
func (f *Floor) enlistable(by, id string) (*agent, error) {
	a, err := f.known(by, id)
	if err == nil && a.member != nil {
		err = refuse("already_switching", "%s is being switched already, by %s since %s.", a.Name, who(a.member.batch.by), a.member.since.UTC().Format("15:04:05"))
	}
	return a, err
}

// isOffDuty says whether an agent is signed off, and in no call.
func (a *agent) isOffDuty() bool { return a.Presence.Word() == presence.Offline && a.visit == nil }

// sum says in words how far a mass switch is.
func (b *batch) sum() string {
	count := map[Progress]int{}
	for _, m := range b.members {
		count[m.is]++
	}
	words := []string{b.what}
	for _, p := range []Progress{SwitchMade, SwitchMoving, SwitchWaiting, SwitchRefused, SwitchUnmade, SwitchUndone} {
		if count[p] > 0 {
			words = append(words, fmt.Sprintf("%d %s", count[p], p))
		}
	}
	return strings.Join(words, ", ")
}

// conclude ends the switch of one of several agents.
func (f *Floor) conclude(m *member, is Progress, why *Refusal) {
	m.reach(f, is, why)
	if m.agent != nil {
		m.agent.member = nil
	}
	b := m.batch
	if why != nil && is == SwitchRefused {
		f.say(Audited{Entry: AuditEntry{Time: f.now, By: b.by, Action: "switch", Subject: m.id, Result: why.Code, Detail: why.Sentence}})
	}
}

// settle notes whether a mass switch is over. An undo may open it again.
func (b *batch) settle(now time.Time) {
	switch goesOn := slices.ContainsFunc(b.members, func(m *member) bool { return m.is.goesOn() }); {
	case goesOn:
		b.ended = time.Time{}
	case b.ended.IsZero():
		b.ended = now
	}
}

// reach notes how far one of several is.
func (m *member) reach(f *Floor, is Progress, why *Refusal) {
	m.code, m.why = "", ""
	if why != nil {
		m.code, m.why = why.Code, why.Sentence
	}
	if m.is != is {
		m.is, m.since = is, f.now
	}
	f.touchBatch(m.batch)
}

func (f *Floor) touchBatch(b *batch) {
	if !b.isMoved {
		b.isMoved = true
		f.paced = append(f.paced, b)
	}
}
