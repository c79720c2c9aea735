package directory

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"telagent-gateway/dialplan"
	"telagent-gateway/telagent"
)

const defaultPriority = 5

// Hasher makes and checks what proves a user. All three funcs are required.
type Hasher struct {
	// Hash returns the argon2id hash of a password or PIN in PHC string format, with a new salt each time.
	Hash func(secret string) (string, error)
	// Proves says whether a hash was made of that secret.
	Proves func(hash, secret string) (bool, error)
	// HA1 returns the hex digests of user, realm and password that SIP checks (RFC 7616 §3.4.2), always the same ones.
	HA1 func(user, password string) (md5, sha string)
}

// Plan is what an import comes to.
type Plan struct {
	Commands  []telagent.Command // only those that change something: queues, profiles, sites, users, agents, schedules
	Changes   []string           // one sentence for each of them
	Unchanged int                // entries that are as the file wants them
}

// Plan checks the file against itself, against the dial rules and against what is there, and says what to do. By is who
// asks. Where gives the place of a path like agents[2].name as file:line.
//
// A password or PIN that proves itself against the present hash counts as unchanged and keeps that hash, so that a
// second import of the same file changes nothing.
//
// The error has one line for everything that is wrong: file:line: what is wrong; what would be right.
func (f File) Plan(by string, present telagent.State, rules dialplan.Rules, hash Hasher, where func(path string) string) (Plan, error) {
	f, err := f.check(by, present, rules, where)
	if err != nil {
		return Plan{}, err
	}
	p := planner{by: by, hash: hash, users: make(map[string]telagent.User, len(present.Users))}
	for _, u := range present.Users {
		p.users[u.Name] = u
	}
	queues, err := orderQueues(f.Queues, present.Queues, where)
	if err != nil {
		return Plan{}, err
	}
	agents, err := orderAgents(f.Agents, present.Agents, where)
	if err != nil {
		return Plan{}, err
	}
	sites, err := orderSites(f.Sites, present.Sites, where)
	if err != nil {
		return Plan{}, err
	}
	p.queues(queues, present.Queues)
	p.profiles(f.Profiles, f.Reasons, present)
	p.sites(sites, present.Sites)
	if err := p.plainUsers(f.Users); err != nil {
		return Plan{}, err
	}
	if err := p.agents(agents, present.Agents); err != nil {
		return Plan{}, err
	}
	p.schedules(f.Schedules, present.Schedules)
	return p.Plan, nil
}

type planner struct {
	Plan
	by    string
	hash  Hasher
	users map[string]telagent.User // present ones, agents among them
}

// add takes a command for an entry unless nothing about it changed; what is empty for a new entry.
func (p *planner) add(c telagent.Command, entry string, known bool, what []string) {
	switch {
	case !known:
		p.Changes = append(p.Changes, entry+" is new")
	case len(what) == 0:
		p.Unchanged++
		return
	default:
		p.Changes = append(p.Changes, fmt.Sprintf("%s: %s changed", entry, strings.Join(what, ", ")))
	}
	p.Commands = append(p.Commands, c)
}

// differences are the words for what is not as it was.
type differences []string

func (d *differences) unless(same bool, what string) {
	if !same {
		*d = append(*d, what)
	}
}

func (p *planner) plainUsers(entries []User) error {
	for _, e := range entries {
		was, is := p.users[e.Name]
		credentials, err := p.credentials(proof{user: e.Name, password: e.Password, pin: e.PIN}, was.Credentials)
		if err != nil {
			return err
		}
		u := telagent.User{Name: e.Name, Role: roles[e.Role], Teams: e.Teams, Offices: e.Offices, SetsOthers: e.Others, PhoneID: e.PhoneID, Credentials: credentials}
		var d differences
		d.unless(u.Role == was.Role, "role")
		d.unless(slices.Equal(u.Teams, was.Teams), "teams")
		d.unless(slices.Equal(u.Offices, was.Offices), "offices")
		d.unless(u.SetsOthers == was.SetsOthers, "setting others available")
		d.unless(u.PhoneID == was.PhoneID, "phone id")
		d.unless(u.Credentials.Password == was.Credentials.Password && u.Credentials.HA1SHA == was.Credentials.HA1SHA, "password")
		d.unless(u.Credentials.PIN == was.Credentials.PIN, "PIN")
		p.add(telagent.PutUser{By: p.by, User: u}, "user "+u.Name, is, d)
	}
	return nil
}

func (p *planner) agents(entries []Agent, present []telagent.Agent) error {
	known := make(map[string]telagent.Agent, len(present))
	for _, a := range present {
		known[a.ID] = a
	}
	for _, e := range entries {
		present := p.users[e.ID].Credentials
		credentials, err := p.credentials(proof{e.ID, e.Password, e.PIN, e.DeskPhone}, present)
		if err != nil {
			return err
		}
		a := telagent.Agent{
			ID: e.ID, Name: e.Name, Team: e.Team, Numbers: e.Numbers, Authorised: e.Authorised, DeskPhone: e.DeskPhone,
			Queues: e.Queues, Offices: e.Offices, WrapUp: wrapUpOf(e), SignsOnAs: signsOnAs(e.SignsOnAs), Channels: channelsOf(e.Channels),
			Role: roles[e.Role], Supervises: e.Supervises, Direct: e.Direct, // no role is an agent's
			PhoneID: e.PhoneID, Proof: proofs[e.Proof], Language: e.Language, NailedUp: e.NailedUp,
		}
		if a.Name == "" {
			a.Name = a.ID
		}
		put := telagent.PutAgent{By: p.by, Entry: a}
		if credentials != present {
			put.Credentials = &credentials
		}
		was, is := known[a.ID]
		d := entryDifferences(a, was)
		d.unless(credentials.Password == present.Password, "password")
		d.unless(credentials.PIN == present.PIN, "PIN")
		p.add(put, "agent "+a.ID, is, d)
	}
	return nil
}

// wrapUpOf tells "as the policy says" (0) from none (below 0).
func wrapUpOf(e Agent) time.Duration {
	switch {
	case e.WrapUp == nil:
		return 0
	case *e.WrapUp == 0:
		return -1
	}
	return *e.WrapUp
}

func entryDifferences(a, was telagent.Agent) (d differences) {
	d.unless(a.Name == was.Name, "name")
	d.unless(a.Team == was.Team, "team")
	d.unless(a.Role == was.Role, "role")
	d.unless(slices.Equal(a.Supervises, was.Supervises), "supervised teams")
	d.unless(slices.Equal(a.Numbers, was.Numbers), "numbers")
	d.unless(slices.Equal(a.Direct, was.Direct), "direct numbers")
	d.unless(slices.Equal(a.Authorised, was.Authorised), "authorised numbers")
	d.unless(a.DeskPhone == was.DeskPhone, "desk phone")
	d.unless(maps.Equal(a.Queues, was.Queues), "queues")
	d.unless(slices.Equal(a.Offices, was.Offices), "offices")
	d.unless(a.WrapUp == was.WrapUp, "wrap-up")
	d.unless(a.SignsOnAs == was.SignsOnAs, "status after sign-in")
	d.unless(a.Channels == was.Channels, "capabilities")
	d.unless(a.PhoneID == was.PhoneID, "phone id")
	d.unless(a.Proof == was.Proof, "proof")
	d.unless(a.Language == was.Language, "language")
	d.unless(a.NailedUp == was.NailedUp, "nailed-up leg")
	return d
}

// proof is what a file says that somebody proves himself with; what is empty stays as it is.
type proof struct{ user, password, pin, deskPhone string }

// credentials returns the present ones with what a new password or PIN changes. Both HA1s are made of the password and
// the realm, so where they are as before the password is as before, and its costly hash need not be computed.
func (p *planner) credentials(new proof, present telagent.Credentials) (telagent.Credentials, error) {
	c := present
	if new.password != "" {
		c.HA1MD5, c.HA1SHA = p.hash.HA1(new.user, new.password)
		if c.HA1SHA != present.HA1SHA || c.Password == "" {
			hash, err := p.hash.Hash(new.password)
			if err != nil {
				return c, fmt.Errorf("hash the password of %s: %w", new.user, err)
			}
			c.Password = hash
		}
		c.DeskMD5, c.DeskSHA = "", ""
		if new.deskPhone != "" {
			c.DeskMD5, c.DeskSHA = p.hash.HA1(new.deskPhone, new.password)
		}
	}
	if new.pin != "" {
		same := false
		if c.PIN != "" {
			var err error
			if same, err = p.hash.Proves(c.PIN, new.pin); err != nil {
				return c, fmt.Errorf("check the PIN of %s: %w", new.user, err)
			}
		}
		if !same {
			hash, err := p.hash.Hash(new.pin)
			if err != nil {
				return c, fmt.Errorf("hash the PIN of %s: %w", new.user, err)
			}
			c.PIN = hash
		}
	}
	return c, nil
}
