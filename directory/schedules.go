package directory

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"telagent-gateway/schedule"
	"telagent-gateway/telagent"
)

// Schedule is one entry of schedules: when its members are Telagents by themselves.
type Schedule struct {
	Name    string        `yaml:"name"`
	Zone    string        `yaml:"zone"`   // IANA name, which whoever decodes the file must have looked up; empty: UTC
	From    string        `yaml:"from"`   // first day on which it begins, like 2026-12-24
	To      string        `yaml:"to"`     // last day on which it begins; empty: without end
	Days    string        `yaml:"days"`   // like mon-fri or sat,sun; empty: daily
	Start   string        `yaml:"start"`  // by the clock on the wall, like "08:00"
	Length  time.Duration `yaml:"length"` // by the same clock, up to 24 hours
	Members []Member      `yaml:"members"`
}

// Member is an agent in a Schedule.
type Member struct {
	Agent  string `yaml:"agent"`
	Number string `yaml:"number"` // that he is reached at; empty: his own phones
}

// phones are what is known of an agent's phones.
type phones struct{ numbers, authorised []string }

// schedules returns the entries with their numbers as they are dialled.
func (c *check) schedules(list []Schedule, agents []Agent, present []telagent.Agent) []Schedule {
	known := make(map[string]phones)
	for _, a := range present {
		known[a.ID] = phones{a.Numbers, a.Authorised}
	}
	for _, a := range agents {
		known[a.ID] = phones{a.Numbers, a.Authorised}
	}
	list, seen := slices.Clone(list), make(map[string]bool)
	for i, s := range list {
		at := func(key string) string { return fmt.Sprintf("schedules[%d].%s", i, key) }
		c.text(at("name"), s.Name)
		if seen[s.Name] {
			c.no(at("name"), "%q is here twice; names must differ", s.Name)
		}
		seen[s.Name] = true
		list[i].Members = c.members(at("members"), s.Members, known)
		c.span(at("length"), s.Length, time.Minute, longest)
		before := len(c.wrong)
		if _, err := schedule.ParseClock(s.Start); err != nil || s.Start == "24:00" {
			c.no(at("start"), "%q is no time of a day; write one like \"08:00\"", clip(s.Start))
		}
		if _, err := schedule.ParseDays(s.days()); err != nil {
			c.no(at("days"), "%v", err)
		}
		c.day(at("from"), s.From)
		if s.To != "" {
			c.day(at("to"), s.To)
		}
		if len(c.wrong) > before {
			continue
		}
		if err := list[i].entry().Check(); err != nil {
			c.no(fmt.Sprintf("schedules[%d]", i), "%v", err)
		}
	}
	return list
}

func (c *check) day(path, text string) {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		c.no(path, "%q is no day; write one like 2026-12-24", clip(text))
	}
}

// members checks who is in a schedule, with the dial rules and S14.
func (c *check) members(path string, list []Member, known map[string]phones) []Member {
	list = slices.Clone(list)
	for i, m := range list {
		at := func(key string) string { return fmt.Sprintf("%s[%d].%s", path, i, key) }
		his, is := known[m.Agent]
		if !is {
			c.no(at("agent"), "there is no agent %q; add him to agents, or correct the name", clip(m.Agent))
		}
		if m.Number == "" {
			continue
		}
		number, allowed := c.phone(at("number"), m.Number)
		list[i].Number = number
		if slices.ContainsFunc(list[:i], func(other Member) bool { return other.Number == number }) {
			c.no(at("number"), "%s is the number of two members; each needs his own", number)
		}
		own := slices.Contains(his.numbers, number) || slices.Contains(his.authorised, number)
		if _, verdict := c.rules.Phone(m.Number); allowed && !own && !verdict.Allowed {
			c.no(at("number"), "%s; correct it, add it to his numbers, or allow it in the dial rules of the configuration", strings.TrimSuffix(verdict.Sentence, "."))
		}
		if len(his.authorised) > 0 && !slices.Contains(his.authorised, number) {
			c.no(at("number"), "%s is none of his authorised_numbers; add it there, or take one of them", number)
		}
		for _, other := range slices.Sorted(maps.Keys(known)) {
			if p := known[other]; other != m.Agent && (slices.Contains(p.numbers, number) || slices.Contains(p.authorised, number)) {
				c.no(at("number"), "%s belongs to %s; take another one", number, other)
			}
		}
	}
	return list
}

func (s Schedule) days() string {
	if s.Days == "" {
		return "daily"
	}
	return s.Days
}

// entry is the schedule as the Floor takes it; its words were checked.
func (s Schedule) entry() schedule.Schedule {
	start, _ := schedule.ParseClock(s.Start)
	days, _ := schedule.ParseDays(s.days())
	slices.Sort(days)
	e := schedule.Schedule{Name: s.Name, From: s.From, To: s.To, Zone: s.Zone, Days: days, Start: start, Length: s.Length}
	for _, m := range s.Members {
		e.Members = append(e.Members, schedule.Member(m))
	}
	return e
}

func (p *planner) schedules(entries []Schedule, present []telagent.Schedule) {
	known := make(map[string]schedule.Schedule, len(present))
	for _, s := range present {
		known[s.Name] = s.Schedule
	}
	for _, e := range entries {
		is := e.entry()
		was, there := known[is.Name]
		p.add(telagent.PutSchedule{By: p.by, Schedule: is}, "schedule "+is.Name, there, scheduleDifferences(is, was))
	}
}

func scheduleDifferences(is, was schedule.Schedule) (d differences) {
	d.unless(is.Zone == was.Zone, "time zone")
	d.unless(is.From == was.From, "first day")
	d.unless(is.To == was.To, "last day")
	d.unless(slices.Equal(is.Days, was.Days), "days")
	d.unless(is.Start == was.Start, "start")
	d.unless(is.Length == was.Length, "length")
	d.unless(slices.Equal(is.Members, was.Members), "members")
	return d
}
