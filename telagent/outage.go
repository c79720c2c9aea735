package telagent

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"telagent-gateway/presence"
)

// gathering is one alarm about a site instead of many about its agents.
type gathering struct {
	code    string // siteDownAlarm or siteBackAlarm
	site    string
	members map[string]bool // agents whom it is about
	told    AlarmRaised     // as last
	began   time.Time       // when it was told first
	next    time.Time       // when it may be worded anew
	stale   bool
	timer   timer
}

// The codes of alarms about sites.
const (
	siteDownAlarm = "site_down" // most of its softphones were lost at once
	siteBackAlarm = "site_back" // softphones are there again whose agents work by phone
)

// gather makes an agent one of those whom an alarm about a site is about.
func (f *Floor) gather(code, site string, a *agent) {
	key := code + " " + site
	g := f.gatherings[key]
	if g == nil {
		g = &gathering{code: code, site: site, members: map[string]bool{}}
		f.gatherings[key] = g
	}
	if g.members[a.ID] = true; code == siteDownAlarm {
		f.hush(a) // his site's alarm tells it
	}
	g.stale = true
}

// joinOutage looks whether an agent who lost his softphone is one of many at his site.
func (f *Floor) joinOutage(a *agent) {
	site := a.trouble.site
	switch {
	case site == "":
	case f.gatherings[siteDownAlarm+" "+site] != nil:
		f.gather(siteDownAlarm, site, a)
	case f.fails(site):
		for _, id := range sortedKeys(f.agents) {
			if b := f.agents[id]; f.lostLately(b, site) {
				f.gather(siteDownAlarm, site, b)
			}
		}
	}
}

// lostLately says whether an agent lost his softphone at a site within the time in which many are one outage.
func (f *Floor) lostLately(a *agent, site string) bool {
	t := &a.trouble
	return !t.lost.IsZero() && t.site == site && f.now.Sub(t.lost) <= f.set.Outage.Window
}

// fails says whether so many softphones of a site were lost within a short time that it is one outage. Who had lost his
// before does not count.
func (f *Floor) fails(site string) bool {
	lost, all := 0, 0
	for _, a := range f.agents {
		switch {
		case f.lostLately(a, site):
			lost++
			all++
		case a.trouble.lost.IsZero() && f.worksAt(a, site):
			all++
		}
	}
	return lost >= f.set.Outage.Least && lost*100 >= all*f.set.Outage.Percent
}

// worksAt says whether an agent is signed on by a softphone at a site.
func (f *Floor) worksAt(a *agent, site string) bool {
	return a.Presence.Reach == presence.BySoftphone && a.isOn() && f.siteOf(a) == site
}

// staff counts who works at a site.
func (f *Floor) staff(site string) (n int) {
	for _, a := range f.agents {
		if f.worksAt(a, site) {
			n++
		}
	}
	return n
}

// isFolded says whether the alarm about an agent is part of his site's.
func (f *Floor) isFolded(a *agent) bool {
	g := f.gatherings[siteDownAlarm+" "+a.trouble.site]
	return g != nil && g.members[a.ID] && !a.trouble.lost.IsZero()
}

// touchGatherings says that what is told of an agent's site may be other now.
func (f *Floor) touchGatherings(a *agent) {
	for _, g := range f.gatherings {
		if g.members[a.ID] {
			g.stale = true
		}
	}
}

// tellGatherings words the alarms about sites anew where they are others now, and ends those that are over.
func (f *Floor) tellGatherings() {
	for _, key := range sortedKeys(f.gatherings) {
		g := f.gatherings[key]
		if !g.stale {
			continue
		}
		g.stale = false
		sentence, over := "", false
		if g.code == siteDownAlarm {
			sentence, over = f.downSentence(g)
		} else {
			sentence, over = f.backSentence(g)
		}
		switch teams := f.teamsOf(g); {
		case over:
			f.disperse(key, g)
		case sentence == g.told.Sentence && slices.Equal(teams, g.told.Teams):
		case g.next.After(f.now):
			f.timers.set(&g.timer, g.next, func(*Floor) { g.stale = true })
		default:
			if g.began.IsZero() {
				g.began = f.now
			}
			g.told = AlarmRaised{Time: g.began, Code: g.code, Subject: g.site, Teams: teams, Sentence: sentence}
			g.next = f.now.Add(f.set.Outage.Hold)
			f.say(g.told)
		}
	}
}

// disperse ends an alarm about a site. What is still wrong with one of its agents is told of him.
func (f *Floor) disperse(key string, g *gathering) {
	delete(f.gatherings, key)
	f.timers.set(&g.timer, time.Time{}, nil)
	if g.told.Code != "" {
		f.say(AlarmCleared{Time: f.now, Code: g.code, Subject: g.site, Teams: g.told.Teams})
	}
	for _, id := range sortedKeys(g.members) {
		if a := f.agents[id]; g.code == siteDownAlarm && a.trouble.code != "" && !a.trouble.raised {
			f.raise(a)
			f.watchLater(a)
		}
	}
}

// teamsOf returns the teams of a gathering, whose supervisors see it. Who was told of it once is told how it goes on.
func (f *Floor) teamsOf(g *gathering) []string {
	teams := slices.Clone(g.told.Teams)
	for id := range g.members {
		if team := f.agents[id].Team; !contains(teams, team) {
			teams = append(teams, team)
		}
	}
	slices.Sort(teams)
	return teams
}

// downSentence says how bad an outage is and what one click would do; over: most are back.
func (f *Floor) downSentence(g *gathering) (sentence string, over bool) {
	var gone, inCalls, moves, stuck, moved, back int
	for id := range g.members {
		a := f.agents[id]
		switch {
		case !a.isOn():
			delete(g.members, id)
			continue
		case f.isWell(a):
			if a.Presence.Reach == presence.ByPhone {
				back++ // he works there no more, and his softphone is one of the site's all the same
			}
			continue
		}
		gone++
		switch {
		case a.Presence.Reach == presence.ByPhone:
			moved++
		case a.hasPhone():
			moves++
		default:
			stuck++
		}
		if a.Presence.Activity == presence.CutOff {
			inCalls++
		}
	}
	all := f.staff(g.site) + moved + back
	parts := []string{fmt.Sprintf("%d of %d softphones at %s are gone, %d of them in calls.", gone, max(all, gone), g.site, inCalls)}
	if moves > 0 {
		parts = append(parts, fmt.Sprintf("One switch of who is cut off at this site moves %d to their phones.", moves))
	}
	if moved > 0 {
		parts = append(parts, fmt.Sprintf("On their phones: %d.", moved))
	}
	if stuck > 0 {
		parts = append(parts, fmt.Sprintf("Without a number: %d.", stuck))
	}
	return strings.Join(parts, " "), 2*gone < len(g.members) || len(g.members) == 0
}

// backSentence says who could go back to his softphone; over: nobody any more.
func (f *Floor) backSentence(g *gathering) (sentence string, over bool) {
	for id := range g.members {
		if a := f.agents[id]; a.trouble.back.IsZero() {
			delete(g.members, id)
		}
	}
	if len(g.members) == 1 {
		return fmt.Sprintf("The softphone of %s at %s is there again; the way back is offered.", f.agents[sortedKeys(g.members)[0]].Name, g.site), false
	}
	return fmt.Sprintf("%d softphones at %s are there again; the way back is offered to their agents.", len(g.members), g.site), len(g.members) == 0
}
