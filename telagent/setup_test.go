package telagent_test

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/dialplan"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// prepare reads a line of who is there:
//
//	show KIND…                                   print audit, queues, callers, records, trunks, who, colours, icons, stations or telagents too
//	ring|strikes|wrap|requeue|idle|grace VALUE   a setting
//	clock|outage NAME VALUE…                     of evidence and outages (setup_site_test.go)
//	threshold STATUS AMBER RED                   a setting
//	reasons R,…                                  of breaks
//	profile NAME TYPE [for D] [queues Q,…] [reason R] [order N]
//	dial [region R] [allow E,…] [deny E,…] [premium E,…] [LIMIT VALUE]…  instead of what may be dialled otherwise: everything
//	language L, machines N, test-ring D, test-calls N   settings (setup_proof_test.go)
//	nailed REDIAL FAILURES [IDLE]                 of nailed-up legs
//	reserve N                                    channels kept for emergency calls
//	trunk NAME [CHANNELS [LIMIT VALUE]… [priority N] [weight N]]   limits: hour N, calls N, longest D
//	queue NAME NUMBER [OPTION VALUE]…             (setup_queue_test.go)
//	on CAUSE:DELAY[:strike][:next][:STATUS[:REASON]],…
//	site NAME NETWORK,…
//	policy TEAM alert|switch [after D] [by-phone] [by USER]   after the agents and users of the team
//	access NUMBER,… …                            (setup_menu_test.go)
//	schedule NAME AGENT[:NUMBER],… at CLOCK for D [OPTION VALUE]…   after its agents (setup_schedule_test.go)
//	user NAME ROLE [TEAM,…] [offices X,…] [sets-others] [phone-id N] [secret PIN]
//	agent NAME TEAM [numbers N,…] [desk AOR] [queues Q[:LEVEL],…] [authorised N,…] [supervises TEAM,…] [direct N,…] [wrap D] [is WORD] [without-softphone]
//	      [offices X,…] [signs-on-as WORD] [chat] [phone-id N] [proof pin] [secret PIN] [language L] [nailed-up] [at ADDRESS]
func (p *play) prepare(words []string) {
	if p.f != nil {
		p.t.Fatalf("%s: %s comes after the first step", p.where, words[0])
	}
	opts := options(words[1:])
	value := opts.at(0)
	switch words[0] {
	case "show":
		for _, kind := range words[1:] {
			p.shows[kind] = true
		}
	case "ring":
		p.settings.RingTime = p.duration(value)
	case "idle":
		p.settings.IdleTimeout = p.duration(value)
	case "grace":
		p.settings.PageGrace = p.duration(value)
	case "threshold":
		if p.settings.Thresholds == nil {
			p.settings.Thresholds = presence.Thresholds{}
		}
		p.settings.Thresholds[p.status(value)] = presence.Threshold{Amber: p.duration(opts.at(1)), Red: p.duration(opts.at(2))}
	case "wrap":
		p.settings.WrapUp = p.duration(value)
	case "requeue":
		p.settings.RequeueAfter = p.duration(value)
	case "on":
		p.settings.Unreachable = p.unreachable(strings.Split(value, ","))
	case "access":
		p.access(opts)
	case "strikes":
		p.settings.Strikes = p.int(value)
	case "language", "machines", "test-ring", "test-calls":
		p.prepareProof(words[0], value)
	case "dial":
		p.settings.Dial = dialplan.Rules{
			Region: opts.after("region"), Allow: opts.list("allow"), Deny: opts.list("deny"), Premium: opts.list("premium"),
			Limits: p.limits(opts),
		}
	case "nailed":
		p.settings.NailedUp = telagent.NailedUp{RedialAfter: p.duration(value), Failures: p.int(opts.at(1))}
		if d := opts.at(2); d != "" {
			p.settings.NailedUp.IdleTimeout = p.duration(d)
		}
	case "reserve":
		p.settings.EmergencyReserve = p.int(value)
	case "trunk":
		t := telagent.Trunk{Name: value, Limits: p.limits(opts)}
		if len(opts) > 1 {
			t.Channels = p.int(opts[1])
		}
		if n := opts.after("priority"); n != "" {
			t.Priority = p.int(n)
		}
		if n := opts.after("weight"); n != "" {
			t.Weight = p.int(n)
		}
		p.settings.Trunks = append(p.settings.Trunks, t)
	case "clock", "outage":
		p.clocks(opts)
	default:
		p.setup = append(p.setup, func() { p.put(words[0], opts) })
	}
}

// limits reads how often something may be dialled and for how long.
func (p *play) limits(o options) (l dialplan.Limits) {
	if n := o.after("hour"); n != "" {
		l.PerHour = p.int(n)
	}
	if n := o.after("calls"); n != "" {
		l.Calls = p.int(n)
	}
	if d := o.after("longest"); d != "" {
		l.MaxDuration = p.duration(d)
	}
	return l
}

// options are the words of a line behind its first.
type options []string

func (o options) at(i int) string {
	if i < len(o) {
		return o[i]
	}
	return ""
}

// after returns the word behind a keyword.
func (o options) after(key string) string {
	if i := slices.Index(o, key); i >= 0 {
		return o.at(i + 1)
	}
	return ""
}

func (o options) list(key string) []string {
	if o.after(key) == "" {
		return nil
	}
	return strings.Split(o.after(key), ",")
}

// open makes the Floor, once, before the first step.
func (p *play) open() {
	if p.f != nil {
		return
	}
	if p.settings.WrapUp == 0 {
		p.settings.WrapUp = 10 * time.Second
	}
	p.settings.Zone = func(name string) *time.Location {
		zone, err := time.LoadLocation(name)
		if err != nil {
			return nil
		}
		return zone
	}
	p.f = telagent.New(p.settings, telagent.State{}, p.id)
	for _, t := range p.settings.Trunks {
		p.took(p.f.Handle(start, call.TrunkUp{Trunk: t.Name}))
	}
	for _, f := range p.setup {
		f()
	}
}

// put carries out one line of the setup.
func (p *play) put(what string, o options) {
	name := o.at(0)
	switch what {
	case "queue":
		p.must(telagent.PutQueue{Queue: p.queue(o)})
	case "schedule":
		p.must(telagent.PutSchedule{Schedule: p.schedule(o)})
	case "site":
		p.must(telagent.PutSite{Site: p.site(o)})
	case "policy":
		p.must(telagent.PutPolicy{By: o.after("by"), Policy: p.policy(o)})
	case "profile":
		p.must(telagent.PutProfile{Profile: p.profile(o)})
	case "reasons":
		p.must(telagent.PutReasons{Reasons: strings.Split(name, ",")})
	case "user":
		p.must(telagent.PutUser{User: p.user(o)})
	case "agent":
		p.must(telagent.PutAgent{Entry: p.entry(o), Credentials: pinOf(o)})
		if !slices.Contains(o, "without-softphone") {
			p.bind(name)
			if at := o.after("at"); at != "" {
				p.took(p.f.Handle(start, call.Located{AOR: name, Address: netip.MustParseAddr(at)}))
			}
		}
		word := o.after("is")
		if word == "" {
			word = "available"
		}
		if word != "offline" {
			p.must(telagent.SignOn{By: name, Agent: name})
			p.must(telagent.SetStatus{By: name, Agent: name, Status: p.status(word)})
		}
	default:
		p.t.Fatalf("%s: %s is nothing that can be set up", p.where, what)
	}
}

func (p *play) profile(o options) presence.Profile {
	typ, err := presence.ParseProfileType(o.at(1))
	if err != nil {
		p.t.Fatalf("%s: %v", p.where, err)
	}
	profile := presence.Profile{Name: o.at(0), Type: typ, Queues: o.list("queues"), Reason: o.after("reason")}
	if d := o.after("for"); d != "" {
		profile.Duration = p.duration(d)
	}
	if n := o.after("order"); n != "" {
		profile.Order = p.int(n)
	}
	return profile
}

func (p *play) user(o options) telagent.User {
	roles := map[string]telagent.Role{
		"agent": telagent.AgentRole, "supervisor": telagent.SupervisorRole, "admin": telagent.AdminRole,
	}
	role, ok := roles[o.at(1)]
	if !ok {
		p.t.Fatalf("%s: no role is called %q", p.where, o.at(1))
	}
	u := telagent.User{Name: o.at(0), Role: role, Offices: o.list("offices"), SetsOthers: slices.Contains(o, "sets-others"), PhoneID: o.after("phone-id")}
	if c := pinOf(o); c != nil {
		u.Credentials = *c
	}
	if o.at(2) != "" && o.at(2) != "offices" && o.at(2) != "sets-others" && o.at(2) != "phone-id" {
		u.Teams = strings.Split(o.at(2), ",")
	}
	return u
}

func (p *play) entry(o options) telagent.Agent {
	e := telagent.Agent{
		ID: o.at(0), Name: strings.ToUpper(o.at(0)[:1]) + o.at(0)[1:], Team: o.at(1), Numbers: o.list("numbers"),
		Authorised: o.list("authorised"), Direct: o.list("direct"), DeskPhone: o.after("desk"), Queues: map[string]int{"support": 1},
	}
	e.Offices, e.Channels.Chat = o.list("offices"), slices.Contains(o, "chat")
	if word := o.after("signs-on-as"); word != "" {
		e.SignsOnAs = p.status(word)
	}
	e.PhoneID, e.Language, e.NailedUp = o.after("phone-id"), o.after("language"), slices.Contains(o, "nailed-up")
	e.Proof, _ = telagent.ParseProof(o.after("proof")) // a mistake shows as a key
	if queues := o.list("queues"); queues != nil {
		e.Queues = map[string]int{}
		for _, q := range queues {
			name, level, is := strings.Cut(q, ":")
			if !is {
				level = "1"
			}
			e.Queues[name] = p.int(level)
		}
	}
	if teams := o.list("supervises"); teams != nil {
		e.Role, e.Supervises = telagent.SupervisorRole, teams
	}
	if d := o.after("wrap"); d != "" {
		e.WrapUp = p.duration(d)
	}
	return e
}

// must carries out a request of the setup that nobody may refuse.
func (p *play) must(c telagent.Command) {
	out, err := p.f.Do(start, c)
	if err != nil {
		p.t.Fatalf("%s: setup: %v", p.where, err)
	}
	p.took(out)
}

// took remembers what is shown, so that the script tells only what is news.
func (p *play) took(out telagent.Outcome) {
	for _, c := range out.Changes {
		_ = p.change(c)
	}
}

func (p *play) status(word string) presence.Status {
	s, err := presence.ParseStatus(word)
	if err != nil {
		p.t.Fatalf("%s: %v", p.where, err)
	}
	return s
}

func (p *play) mode(word string) telagent.Mode {
	m, err := telagent.ParseMode(word)
	if err != nil {
		p.t.Fatalf("%s: %v", p.where, err)
	}
	return m
}

func (p *play) duration(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		p.t.Fatalf("%s: %v", p.where, err)
	}
	return d
}

func (p *play) int(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		p.t.Fatalf("%s: %v", p.where, err)
	}
	return n
}
