package telagent

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// EntryKind says which list of what people set up an entry belongs to.
type EntryKind uint8

// The kinds.
const (
	UserEntry EntryKind = iota
	AgentEntry
	QueueEntry
	ProfileEntry
	ReasonsEntry // the one list of reasons of breaks; its name is empty
	SiteEntry
	PolicyEntry // by team
	ScheduleEntry
)

var entryWords = []string{"user", "agent", "queue", "profile", "reasons", "site", "policy", "schedule"}

// String returns the kind's stable word.
func (k EntryKind) String() string { return wordOf(entryWords, uint8(k)) }

// ParseEntryKind returns the kind with that word.
func ParseEntryKind(s string) (EntryKind, error) {
	if i := slices.Index(entryWords, s); i >= 0 {
		return EntryKind(i), nil
	}
	return UserEntry, fmt.Errorf("unknown kind of entry %q", s)
}

// EntryName names one entry.
type EntryName struct {
	Kind EntryKind
	Name string // user name, agent's id, name of the queue, …, or team
}

// Compare orders entries by kind, then by name.
func (e EntryName) Compare(other EntryName) int {
	return cmp.Or(cmp.Compare(e.Kind, other.Kind), strings.Compare(e.Name, other.Name))
}

// Revision says which state of an entry somebody saw, and who made it. An entry that nobody changed since there are
// revisions has the zero value of all but its name.
type Revision struct {
	Entry   EntryName
	Version int64     // grows with each change, also when the entry was removed and is made anew
	By      string    // user who changed it last; empty: the system
	At      time.Time // when; zero: not known
}

// Guarded carries a command out if the entry that it changes is still as whoever gives it saw it. Else it is refused as
// changed_meanwhile, or as exists.
type Guarded struct {
	By       string
	Entry    EntryName
	Versions []int64 // one of which the entry must have; none: it must be there
	Absent   bool    // instead: there must be no such entry
	Command  Command // a Put or a Drop of it; nil: nothing but the check
}

func (Guarded) command() {}

// guarded checks the guard after what the user may know: who may not change an entry is told so, and not how it is.
func (f *Floor) guarded(c Guarded) error {
	mayAsk, err := f.mayRevise(c.By, c.Entry)
	if err != nil {
		return err
	}
	is := f.has(c.Entry)
	switch rev := f.revisions[c.Entry]; {
	case !mayAsk: // the command says why not
	case c.Absent && is:
		return refuse("exists", "There is a %s already.", c.Entry.words())
	case c.Absent:
	case !is:
		return refuse("changed_meanwhile", "There is no %s any more.", c.Entry.words())
	case len(c.Versions) > 0 && !slices.Contains(c.Versions, rev.Version):
		return refuse("changed_meanwhile", "The %s was changed meanwhile%s; read it again.", c.Entry.words(), rev.by())
	}
	if c.Command == nil {
		return nil
	}
	return f.do(c.Command)
}

// mayRevise says whether a user may know how an entry is; the error is why he may not change any of its kind.
func (f *Floor) mayRevise(by string, e EntryName) (bool, error) {
	switch e.Kind {
	case PolicyEntry:
		err := f.leads(by, e.Name)
		return err == nil, err
	case ScheduleEntry:
		t, u := f.schedules[e.Name], f.users[by]
		return (by == "" || u != nil && u.Role != AgentRole) && (t == nil || f.seesMembers(by, t.Members)), nil
	case UserEntry, AgentEntry, QueueEntry, ProfileEntry, ReasonsEntry, SiteEntry:
	}
	err := f.admin(by)
	return err == nil, err
}

// has says whether there is an entry. The list of reasons is always there.
func (f *Floor) has(e EntryName) (is bool) {
	switch e.Kind {
	case UserEntry:
		is = f.users[e.Name] != nil && f.agents[e.Name] == nil
	case AgentEntry:
		is = f.agents[e.Name] != nil
	case QueueEntry:
		is = f.queues[e.Name] != nil
	case ProfileEntry:
		_, is = f.profiles[e.Name]
	case ReasonsEntry:
		is = true
	case SiteEntry:
		_, is = f.sites[e.Name]
	case PolicyEntry:
		is = f.hasTeam(e.Name)
	case ScheduleEntry:
		is = f.schedules[e.Name] != nil
	}
	return is
}

// words name an entry in a sentence.
func (e EntryName) words() string {
	switch e.Kind {
	case ReasonsEntry:
		return "list of reasons of breaks"
	case PolicyEntry:
		return "policy of " + e.Name
	case UserEntry, AgentEntry, QueueEntry, ProfileEntry, SiteEntry, ScheduleEntry:
	}
	return e.Kind.String() + " " + e.Name
}

// by says who made a revision, as far as it is known.
func (r Revision) by() string {
	switch {
	case r.At.IsZero():
		return ""
	case r.By == "":
		return " by the system"
	}
	return " by " + r.By
}

// revise says that an entry is new or another now.
func (f *Floor) revise(kind EntryKind, name, by string) {
	e := EntryName{kind, name}
	r := Revision{Entry: e, Version: max(f.now.UnixMicro(), f.newest+1), By: by, At: f.now}
	f.revisions[e], f.newest, f.revised = r, r.Version, nil
	f.say(EntryChanged{Revision: r})
}

// erase says that an entry is gone.
func (f *Floor) erase(kind EntryKind, name, by string) {
	e := EntryName{kind, name}
	delete(f.revisions, e)
	f.revised = nil
	f.say(EntryChanged{Revision: Revision{Entry: e, By: by, At: f.now}, Gone: true})
}

// listedRevisions returns the revisions in the order of kinds and names, the same ones until something changes.
func (f *Floor) listedRevisions() []Revision {
	if f.revised == nil && len(f.revisions) > 0 {
		f.revised = slices.SortedFunc(maps.Values(f.revisions), func(a, b Revision) int { return a.Entry.Compare(b.Entry) })
	}
	return f.revised
}
