package directory

import (
	"fmt"
	"slices"
	"strings"

	"telagent-gateway/telagent"
)

// claims notes who has what only one may have: what is there already, and what the file names. Case does not tell two
// things apart.
type claims struct {
	c       *check
	right   string            // what would be right
	present map[string]string // thing → who has it already
	claimed map[string]string // thing → path in the file
}

func (c *check) claims(right string) claims {
	return claims{c, right, make(map[string]string), make(map[string]string)}
}

// has notes that things are taken already.
func (o claims) has(who string, things ...string) {
	for _, thing := range things {
		o.present[strings.ToLower(thing)] = who
	}
}

// claim gives a thing to who, or complains that another one has it.
func (o claims) claim(who, path, thing string) {
	key := strings.ToLower(thing)
	if key == "" {
		return // complained about already
	}
	if first, twice := o.claimed[key]; twice {
		o.c.no(path, "%q is taken by %s; %s", clip(thing), first, o.right)
		return
	}
	if had, is := o.present[key]; is && had != who {
		o.c.no(path, "%q is taken by %s; %s", clip(thing), had, o.right)
	}
	o.claimed[key] = path
}

// oneNameSpace sees to it that no two users, agents or queues are called the same.
func (c *check) oneNameSpace(f File, present telagent.State) {
	names := c.claims("users and agents share one name space, so choose another name")
	for _, u := range present.Users {
		names.has("user "+u.Name, u.Name)
	}
	for _, a := range present.Agents { // after the users, because an agent has a user of his own
		names.has("agent "+a.ID, a.ID)
	}
	for i, u := range f.Users {
		names.claim("user "+u.Name, fmt.Sprintf("users[%d].name", i), u.Name)
	}
	for i, a := range f.Agents {
		names.claim("agent "+a.ID, fmt.Sprintf("agents[%d].id", i), a.ID)
	}
	queues := c.claims("names of queues must differ")
	for _, q := range present.Queues {
		queues.has("queue "+q.Name, q.Name)
	}
	for i, q := range f.Queues {
		queues.claim("queue "+q.Name, fmt.Sprintf("queues[%d].name", i), q.Name)
	}
}

// oneHolder sees to it that an authorised number and a desk phone have one agent. What is there counts, but for the
// entries that the file replaces.
func (c *check) oneHolder(f File, present telagent.State) {
	numbers := c.claims("an authorised number has one holder, so take it from one of them")
	phones := c.claims("a desk phone has one agent and a name of its own, so change one of them")
	replaced := make(map[string]bool)
	for _, a := range f.Agents {
		replaced[a.ID] = true
		phones.has("agent "+a.ID, a.ID)
	}
	for _, a := range present.Agents {
		if !replaced[a.ID] {
			numbers.has("agent "+a.ID, a.Authorised...)
			phones.has("agent "+a.ID, a.ID, a.DeskPhone)
		}
	}
	for i, a := range f.Agents {
		for j, n := range a.Authorised {
			numbers.claim("agent "+a.ID, fmt.Sprintf("agents[%d].authorised_numbers[%d]", i, j), n)
		}
		phones.claim("the phone of agent "+a.ID, fmt.Sprintf("agents[%d].desk_phone", i), a.DeskPhone)
	}
}

// onePhoneID sees to it that nobody else is known by somebody's digits at the access number.
func (c *check) onePhoneID(f File, present telagent.State) {
	ids := c.claims("a phone id has one holder, so choose another one")
	replaced := make(map[string]bool)
	for _, u := range f.Users {
		replaced[u.Name] = true
	}
	for _, a := range f.Agents {
		replaced[a.ID] = true
	}
	for _, u := range present.Users {
		if !replaced[u.Name] {
			ids.has("user "+u.Name, u.PhoneID)
		}
	}
	for _, a := range present.Agents {
		if !replaced[a.ID] {
			ids.has("agent "+a.ID, a.PhoneID)
		}
	}
	for i, u := range f.Users {
		ids.claim("user "+u.Name, fmt.Sprintf("users[%d].phone_id", i), u.PhoneID)
	}
	for i, a := range f.Agents {
		ids.claim("agent "+a.ID, fmt.Sprintf("agents[%d].phone_id", i), a.PhoneID)
	}
}

// oneQueue sees to it that a dialled number leads to one queue, or to one agent.
func (c *check) oneQueue(f File, present telagent.State) {
	numbers := c.claims("a dialled number leads to one queue or one agent, so take it from one of them")
	replaced := make(map[string]bool)
	for _, q := range f.Queues {
		replaced[q.Name] = true
	}
	for _, q := range present.Queues {
		if !replaced[q.Name] {
			numbers.has("queue "+q.Name, q.Numbers...)
		}
	}
	for _, a := range present.Agents {
		if !slices.ContainsFunc(f.Agents, func(e Agent) bool { return e.ID == a.ID }) {
			numbers.has("agent "+a.ID, a.Direct...)
		}
	}
	for i, q := range f.Queues {
		for j, n := range q.Numbers {
			numbers.claim("queue "+q.Name, fmt.Sprintf("queues[%d].numbers[%d]", i, j), n)
		}
	}
	for i, a := range f.Agents {
		for j, n := range a.Direct {
			numbers.claim("agent "+a.ID, fmt.Sprintf("agents[%d].direct_numbers[%d]", i, j), n)
		}
	}
}
