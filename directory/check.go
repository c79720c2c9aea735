package directory

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"telagent-gateway/dialplan"
	"telagent-gateway/telagent"
)

// longest bounds every length of time in a directory.
const longest = 24 * time.Hour

var (
	strategies = telagent.Strategies() // the first one is the default
	roles      = map[string]telagent.Role{"supervisor": telagent.SupervisorRole, "admin": telagent.AdminRole}
	roleWords  = slices.Sorted(maps.Keys(roles))

	// A name becomes the user part of an address of record (RFC 3261 §25.1) and a piece of a URL, so it needs no escape.
	name   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)
	dialed = regexp.MustCompile(`^\+?[0-9]{2,15}$`)
	digits = regexp.MustCompile(`^[0-9]{4,12}$`)
)

// ValidName says whether a user may be called so, or an agent's id be that.
func ValidName(s string) bool { return name.MatchString(s) }

// Complaint is one thing that is wrong with a file.
type Complaint struct {
	Where    string // file:line
	Path     string // like agents[2].name
	Sentence string // what is wrong; what would be right
}

// Error returns where it is and the sentence.
func (c *Complaint) Error() string { return c.Where + ": " + c.Path + ": " + c.Sentence }

// check collects what is wrong with a file.
type check struct {
	rules dialplan.Rules
	where func(path string) string
	wrong []error
}

func (c *check) no(path, format string, args ...any) {
	c.wrong = append(c.wrong, &Complaint{c.where(path), path, fmt.Sprintf(format, args...)})
}

// check returns the file with its numbers as they are dialled.
func (f File) check(by string, present telagent.State, rules dialplan.Rules, where func(path string) string) (File, error) {
	c := &check{rules: rules, where: where}
	c.users(f.Users)
	c.importer(f.Users, by)
	queues := make(map[string]bool)
	for _, q := range present.Queues {
		queues[q.Name] = true
	}
	for _, q := range f.Queues {
		queues[q.Name] = true
	}
	f.Agents = c.agents(f.Agents, queues)
	c.deskPhones(f.Agents, present.Agents)
	c.provable(f.Agents, present.Users)
	f.Queues = c.queues(f.Queues, queues)
	c.profiles(f.Profiles, queues)
	f.Schedules = c.schedules(f.Schedules, f.Agents, present.Agents)
	c.texts("break_reasons", f.Reasons)
	c.sites(f.Sites, present.Sites)
	c.oneNameSpace(f, present)
	c.oneHolder(f, present)
	c.onePhoneID(f, present)
	c.oneQueue(f, present)
	return f, errors.Join(c.wrong...)
}

// name checks what becomes a user part, and says whether it is one.
func (c *check) name(path, value string) bool {
	if !ValidName(value) {
		c.no(path, "%q is not a name; write letters, digits, '.', '-' and '_', beginning with a letter or digit, like ana", clip(value))
		return false
	}
	return true
}

// text checks what people read and what SIP puts into a header.
func (c *check) text(path, value string) {
	odd := func(r rune) bool {
		return unicode.IsControl(r) || r == utf8.RuneError || r == '\u2028' || r == '\u2029'
	}
	if len(value) > 100 || strings.ContainsFunc(value, odd) {
		c.no(path, "%q is too long or has characters that cannot be shown; write at most 100 bytes in one line", clip(value))
	}
}

func (c *check) texts(path string, values []string) {
	for i, v := range values {
		below := fmt.Sprintf("%s[%d]", path, i)
		c.text(below, v)
		if v == "" {
			c.no(below, "it is empty; write a name or remove it")
		}
		if first := slices.Index(values, v); first < i {
			c.no(below, "%q is here twice; keep one", v)
		}
	}
}

// dids checks numbers that are called, as trunks deliver them.
func (c *check) dids(path string, values []string) {
	for i, v := range values {
		below := fmt.Sprintf("%s[%d]", path, i)
		if !dialed.MatchString(v) {
			c.no(below, "%q is not a number; write it as the trunk delivers it, digits with or without +, like \"+18005550100\"", clip(v))
		} else if slices.Index(values, v) < i {
			c.no(below, "%q is here twice; keep one", v)
		}
	}
}

// phones checks numbers that are to be rung against the dial rules, and returns them as they are dialled.
func (c *check) phones(path string, values []string) (dialled []string) {
	for i, v := range values {
		below := fmt.Sprintf("%s[%d]", path, i)
		number, ok := c.phone(below, v)
		if ok && slices.Contains(dialled, number) {
			c.no(below, "%q is here twice; keep one", v)
		}
		dialled = append(dialled, number)
	}
	return dialled
}

// phone checks one such number.
func (c *check) phone(path, value string) (dialled string, ok bool) {
	dialled, verdict := c.rules.Listed(value)
	switch {
	case verdict.Code == dialplan.BadNumber:
		c.no(path, "%s", strings.TrimSuffix(verdict.Sentence, "."))
	case !verdict.Allowed:
		c.no(path, "%s; correct it, or the dial rules of the configuration", strings.TrimSuffix(verdict.Sentence, "."))
	}
	return dialled, verdict.Allowed
}

func (c *check) oneOf(path, value string, words []string) {
	if !slices.Contains(words, value) {
		c.no(path, "%q is unknown; write one of %s", clip(value), strings.Join(words, ", "))
	}
}

func (c *check) length(path string, value time.Duration) {
	if value < 0 || value > longest {
		c.no(path, "%v is out of range; write a time up to %v", value, longest)
	}
}

func (c *check) users(users []User) {
	for i, u := range users {
		at := func(key string) string { return fmt.Sprintf("users[%d].%s", i, key) }
		c.name(at("name"), u.Name)
		if u.Role == "agent" {
			c.no(at("role"), "an agent is an entry of agents, with his password there; move it, or write supervisor or admin")
		} else {
			c.oneOf(at("role"), u.Role, roleWords)
		}
		c.texts(at("teams"), u.Teams)
		c.texts(at("offices"), u.Offices)
		c.userByPhone(at, u)
	}
}

// importer sees to it that who imports stays an administrator: with his role he would lose the right to the rest of it.
func (c *check) importer(users []User, by string) {
	for i, u := range users {
		if by != "" && u.Name == by && roles[u.Role] == telagent.SupervisorRole {
			c.no(fmt.Sprintf("users[%d].role", i), "you import this file yourself and would be no administrator after it; leave that to another one")
		}
	}
}

// deskPhones sees to it that a new desk phone can register: its digest is made of its name and the password.
func (c *check) deskPhones(agents []Agent, present []telagent.Agent) {
	had := make(map[string]string, len(present))
	for _, a := range present {
		had[a.ID] = a.DeskPhone
	}
	for i, a := range agents {
		if a.DeskPhone != "" && a.Password == "" && a.DeskPhone != had[a.ID] {
			c.no(fmt.Sprintf("agents[%d].desk_phone", i), "a new desk phone needs the password, which its digest is made of; write password too")
		}
	}
}

// agents returns the entries with their numbers as they are dialled.
func (c *check) agents(agents []Agent, queues map[string]bool) []Agent {
	agents = slices.Clone(agents)
	for i, a := range agents {
		at := func(key string) string { return fmt.Sprintf("agents[%d].%s", i, key) }
		c.name(at("id"), a.ID)
		c.text(at("name"), a.Name)
		c.text(at("team"), a.Team)
		if a.PIN != "" && !digits.MatchString(a.PIN) {
			c.no(at("pin"), "it is not 4 to 12 digits, as a phone can dial them; write it so, in quotes")
		}
		agents[i].Numbers = c.phones(at("numbers"), a.Numbers)
		agents[i].Authorised = c.phones(at("authorised_numbers"), a.Authorised)
		if a.DeskPhone != "" {
			c.name(at("desk_phone"), a.DeskPhone)
		}
		for _, queue := range slices.Sorted(maps.Keys(a.Queues)) {
			path := at("queues." + queue)
			if !queues[queue] {
				c.no(path, "there is no queue %q; add it to queues, or correct the name", clip(queue))
			}
			if level := a.Queues[queue]; level < 1 || level > 100 {
				c.no(path, "skill level %d is out of range; write 1 (best) to 100", level)
			}
		}
		c.texts(at("offices"), a.Offices)
		if a.WrapUp != nil {
			c.length(at("wrap_up"), *a.WrapUp)
		}
		c.arrival(at, a)
		c.byPhone(at, a)
		c.supervision(at, a)
	}
	return agents
}

// supervision checks what an agent may do with others.
func (c *check) supervision(at func(string) string, a Agent) {
	if a.Role != "" {
		c.oneOf(at("role"), a.Role, []string{"agent", "supervisor"})
	}
	c.texts(at("supervises"), a.Supervises)
	c.dids(at("direct_numbers"), a.Direct)
	if len(a.Supervises) > 0 && a.Role != "supervisor" {
		c.no(at("supervises"), "only a supervisor sees teams; write role: supervisor too, or remove them")
	}
}

func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
