package directory

import (
	"encoding/json"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"telagent-gateway/dialplan"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// salted counts hashes, so that no two are equal, as with a real salt.
type salted struct{ made int }

func (s *salted) hasher() Hasher {
	return Hasher{
		Hash: func(secret string) (string, error) {
			s.made++
			return "hash" + strings.Repeat("!", s.made) + " " + secret, nil
		},
		Proves: func(hash, secret string) (bool, error) {
			_, of, _ := strings.Cut(hash, " ")
			return of == secret, nil
		},
		HA1: func(user, password string) (md5, sha string) {
			return "md5:" + user + password, "sha:" + user + password
		},
	}
}

var german = dialplan.Rules{Region: "DE", Allow: []string{"DE"}}

func where(path string) string { return "d.yaml:" + path }

func five() *int { n := 5; return &n }

func lasting(d time.Duration) *time.Duration { return &d }

func sample() File {
	return File{
		Users: []User{{Name: "boss", Role: "supervisor", Teams: []string{"support"}, Password: "b"}},
		Agents: []Agent{{
			ID: "ana", Name: "Ana", Team: "support", Password: "a", PIN: "4711", Numbers: []string{"+49301234567"},
			DeskPhone: "ana-desk", Queues: map[string]int{"support": 1}, Offices: []string{"berlin"}, WrapUp: lasting(30 * time.Second),
		}},
		Queues: []Queue{{
			Name: "support", Numbers: []string{"+18005550100"}, Strategy: "longest_idle", Priority: five(), Office: "berlin", CallingName: "Support",
		}},
		Profiles: []Profile{{Name: "Lunch", Type: "away", Duration: 30 * time.Minute, Queues: []string{"support"}, Reason: "eats"}},
		Sites:    []Site{{Name: "berlin", Networks: []string{"192.0.2.7/24"}}},
		Reasons:  []string{"lunch"},
	}
}

// carryOut is what a Floor makes of the commands, as far as the directory goes.
func carryOut(s telagent.State, commands []telagent.Command) telagent.State {
	users := make(map[string]telagent.User)
	for _, u := range s.Users {
		users[u.Name] = u
	}
	agents := make(map[string]telagent.Agent)
	for _, a := range s.Agents {
		agents[a.ID] = a
	}
	queues := make(map[string]telagent.Queue)
	for _, q := range s.Queues {
		queues[q.Name] = q
	}
	for _, c := range commands {
		switch c := c.(type) {
		case telagent.PutUser:
			users[c.User.Name] = c.User
		case telagent.PutAgent:
			agents[c.Entry.ID] = c.Entry
			u := users[c.Entry.ID]
			u.Name = c.Entry.ID
			if c.Credentials != nil {
				u.Credentials = *c.Credentials
			}
			users[u.Name] = u
		case telagent.PutQueue:
			queues[c.Queue.Name] = c.Queue
		}
	}
	after := telagent.State{Profiles: s.Profiles, Reasons: s.Reasons, Sites: s.Sites}
	for _, c := range commands {
		switch c := c.(type) {
		case telagent.PutProfile:
			after.Profiles = append(after.Profiles, c.Profile)
		case telagent.PutReasons:
			after.Reasons = c.Reasons
		case telagent.PutSchedule:
			after.Schedules = append(after.Schedules, telagent.Schedule{Schedule: c.Schedule})
		case telagent.PutSite:
			after.Sites = append(after.Sites, c.Site)
		}
	}
	for _, u := range users {
		after.Users = append(after.Users, u)
	}
	for _, a := range agents {
		after.Agents = append(after.Agents, a)
	}
	for _, q := range queues {
		after.Queues = append(after.Queues, q)
	}
	return after
}

func TestAFirstImportMakesQueuesThenProfilesThenUsersThenAgents(t *testing.T) {
	plan, err := sample().Plan("root", telagent.State{}, german, (&salted{}).hasher(), where)
	if err != nil {
		t.Fatal(err)
	}
	want := Plan{
		Commands: []telagent.Command{
			telagent.PutQueue{By: "root", Queue: telagent.Queue{
				Name: "support", Numbers: []string{"+18005550100"}, Strategy: "longest_idle", Priority: 5, Office: "berlin", CallingName: "Support",
			}},
			telagent.PutProfile{By: "root", Profile: presence.Profile{
				Name: "Lunch", Type: presence.AwayProfile, Duration: 30 * time.Minute, Queues: []string{"support"}, Reason: "eats", Order: 1,
			}},
			telagent.PutReasons{By: "root", Reasons: []string{"lunch"}},
			telagent.PutSite{By: "root", Site: telagent.Site{Name: "berlin", Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}},
			telagent.PutUser{By: "root", User: telagent.User{
				Name: "boss", Role: telagent.SupervisorRole, Teams: []string{"support"},
				Credentials: telagent.Credentials{Password: "hash! b", HA1MD5: "md5:bossb", HA1SHA: "sha:bossb"},
			}},
			telagent.PutAgent{
				By: "root",
				Entry: telagent.Agent{
					ID: "ana", Name: "Ana", Team: "support", Numbers: []string{"+49301234567"}, DeskPhone: "ana-desk",
					Queues: map[string]int{"support": 1}, Offices: []string{"berlin"}, WrapUp: 30 * time.Second,
				},
				Credentials: &telagent.Credentials{Password: "hash!! a", HA1MD5: "md5:anaa", HA1SHA: "sha:anaa", PIN: "hash!!! 4711", DeskMD5: "md5:ana-deska", DeskSHA: "sha:ana-deska"},
			},
		},
		Changes: []string{"queue support is new", "profile Lunch is new", "breaks: reasons changed", "site berlin is new", "user boss is new", "agent ana is new"},
	}
	if !reflect.DeepEqual(plan, want) {
		t.Errorf("got  %+v\nwant %+v", plan, want)
	}
}

func TestASecondImportOfTheSameFileChangesNothing(t *testing.T) {
	var s salted
	first, err := sample().Plan("root", telagent.State{}, german, s.hasher(), where)
	if err != nil {
		t.Fatal(err)
	}
	made := s.made
	second, err := sample().Plan("root", carryOut(telagent.State{}, first.Commands), german, s.hasher(), where)
	if err != nil || len(second.Commands) != 0 || len(second.Changes) != 0 || second.Unchanged != 6 {
		t.Errorf("got %v, %+v", err, second)
	}
	if s.made != made {
		t.Errorf("%d more hashes were made", s.made-made)
	}
}

func TestAnImportSaysWhatItChangesAndLeavesTheRest(t *testing.T) {
	var s salted
	first, err := sample().Plan("root", telagent.State{}, german, s.hasher(), where)
	if err != nil {
		t.Fatal(err)
	}
	there := carryOut(telagent.State{}, first.Commands)
	for name, c := range map[string]struct {
		edit func(f *File)
		want string
	}{
		"a number":      {func(f *File) { f.Agents[0].Numbers = nil }, "agent ana: numbers changed"},
		"a password":    {func(f *File) { f.Agents[0].Password = "new" }, "agent ana: password changed"},
		"a pin":         {func(f *File) { f.Agents[0].PIN = "0815" }, "agent ana: PIN changed"},
		"queues, wrap":  {func(f *File) { f.Agents[0].Queues, f.Agents[0].WrapUp = nil, nil }, "agent ana: queues, wrap-up changed"},
		"a role":        {func(f *File) { f.Users[0].Role = "admin" }, "user boss: role changed"},
		"a user's word": {func(f *File) { f.Users[0].Password = "new" }, "user boss: password changed"},
		"a queue":       {func(f *File) { f.Queues[0].Priority = nil; f.Queues[0].Office = "" }, "queue support: office changed"},
		"a user's pin":  {func(f *File) { f.Users[0].PhoneID, f.Users[0].PIN = "9001", "804211" }, "user boss: phone id, PIN changed"},
		"one more":      {func(f *File) { f.Users = append(f.Users, User{Name: "x", Role: "admin"}) }, "user x is new"},
		"an office":     {func(f *File) { f.Users[0].Offices, f.Users[0].Others = []string{"berlin"}, true }, "user boss: offices, setting others available changed"},
		"an arrival":    {func(f *File) { f.Agents[0].SignsOnAs = "away" }, "agent ana: status after sign-in changed"},
		"supervision":   {func(f *File) { f.Agents[0].Role, f.Agents[0].Supervises = "supervisor", []string{"sales"} }, "agent ana: role, supervised teams changed"},
		"no role":       {func(f *File) { f.Agents[0].Role = "agent" }, ""},
		"channels":      {func(f *File) { f.Agents[0].Channels = []string{"chat", "video"} }, "agent ana: capabilities changed"},
		"a profile":     {func(f *File) { f.Profiles[0].Type, f.Profiles[0].Order = "break", five() }, "profile Lunch: type, order changed"},
		"a group":       {func(f *File) { f.Profiles[0].Queues, f.Profiles[0].Reason = nil, "" }, "profile Lunch: queues, reason changed"},
		"a site":        {func(f *File) { f.Sites[0].Networks = []string{"192.0.2.0/25"} }, "site berlin: networks changed"},
		"reasons":       {func(f *File) { f.Reasons = []string{} }, "breaks: reasons changed"},
		"no reasons":    {func(f *File) { f.Reasons = nil }, ""},
		"no secrets": {
			func(f *File) { f.Agents[0].Password, f.Agents[0].PIN, f.Users[0].Password = "", "", "" }, "",
		},
		"nobody": {func(f *File) { *f = File{} }, ""},
	} {
		f := sample()
		c.edit(&f)
		plan, err := f.Plan("root", there, german, s.hasher(), where)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := strings.Join(plan.Changes, "; "); got != c.want || len(plan.Commands) != len(plan.Changes) {
			t.Errorf("%s: got %q, %d commands, want %q", name, got, len(plan.Commands), c.want)
		}
	}
}

func TestAnAgentsCredentialsAreSentOnlyWhenTheyChange(t *testing.T) {
	var s salted
	first, err := sample().Plan("root", telagent.State{}, german, s.hasher(), where)
	if err != nil {
		t.Fatal(err)
	}
	there := carryOut(telagent.State{}, first.Commands)
	f := sample()
	f.Agents[0].Team = "sales"
	plan, err := f.Plan("root", there, german, s.hasher(), where)
	if err != nil || len(plan.Commands) != 1 || plan.Commands[0].(telagent.PutAgent).Credentials != nil {
		t.Errorf("got %v, %+v", err, plan)
	}
	f.Agents[0].PIN = "1234"
	plan, err = f.Plan("root", there, german, s.hasher(), where)
	if err != nil || len(plan.Commands) != 1 {
		t.Fatalf("got %v, %+v", err, plan)
	}
	got := plan.Commands[0].(telagent.PutAgent).Credentials
	if got == nil || got.Password != "hash!! a" || !strings.HasSuffix(got.PIN, " 1234") {
		t.Errorf("got %+v", got)
	}
}

func TestNoWrapUpIsNotTheSameAsWrapUpByPolicy(t *testing.T) {
	f := File{Agents: []Agent{{ID: "none", WrapUp: lasting(0)}, {ID: "policy"}, {ID: "own", WrapUp: lasting(time.Minute)}}}
	plan, err := f.Plan("root", telagent.State{}, german, (&salted{}).hasher(), where)
	if err != nil {
		t.Fatal(err)
	}
	for i, fits := range []func(time.Duration) bool{
		func(d time.Duration) bool { return d < 0 }, func(d time.Duration) bool { return d == 0 },
		func(d time.Duration) bool { return d == time.Minute },
	} {
		if a := plan.Commands[i].(telagent.PutAgent).Entry; !fits(a.WrapUp) {
			t.Errorf("%s has %v", a.ID, a.WrapUp)
		}
	}
}

func TestAnotherRealmMakesPasswordsAnew(t *testing.T) {
	var s salted
	first, err := sample().Plan("root", telagent.State{}, german, s.hasher(), where)
	if err != nil {
		t.Fatal(err)
	}
	h := s.hasher()
	h.HA1 = func(user, password string) (string, string) { return "elsewhere", "elsewhere" }
	plan, err := sample().Plan("root", carryOut(telagent.State{}, first.Commands), german, h, where)
	if err != nil || strings.Join(plan.Changes, "; ") != "user boss: password changed; agent ana: password changed" {
		t.Errorf("got %v, %+v", err, plan)
	}
}

func TestAHasherThatFailsStopsTheImport(t *testing.T) {
	h := (&salted{}).hasher()
	h.Hash = func(string) (string, error) { return "", errors.New("no salt") }
	plan, err := sample().Plan("root", telagent.State{}, german, h, where)
	if err == nil || err.Error() != "hash the password of boss: no salt" || len(plan.Commands) != 0 {
		t.Errorf("got %v, %+v", err, plan)
	}
}

func TestEachMistakeIsNamedWithItsPlaceAndWhatWouldBeRight(t *testing.T) {
	there := telagent.State{
		Users: []telagent.User{{Name: "bea"}, {Name: "root", Role: telagent.AdminRole}},
		Agents: []telagent.Agent{
			{ID: "bea", Authorised: []string{"+4930999"}, DeskPhone: "bea-desk"},
		},
		Queues: []telagent.Queue{{Name: "sales", Numbers: []string{"4711"}}},
	}
	six := 60
	for _, c := range []struct {
		edit func(f *File)
		want string
	}{
		{func(f *File) { f.Users[0].Name = "" }, `users[0].name: "" is not a name; write letters, digits, '.', '-' and '_', beginning with a letter or digit, like ana`},
		{func(f *File) { f.Users[0].Name = "a b" }, `users[0].name: "a b" is not a name; write letters, digits, '.', '-' and '_', beginning with a letter or digit, like ana`},
		{func(f *File) { f.Users[0].Role = "king" }, `users[0].role: "king" is unknown; write one of admin, supervisor`},
		{func(f *File) { f.Users[0].Role = "agent" }, `users[0].role: an agent is an entry of agents, with his password there; move it, or write supervisor or admin`},
		{func(f *File) { f.Users[0].Name = "root" }, `users[0].role: you import this file yourself and would be no administrator after it; leave that to another one`},
		{func(f *File) { f.Users[0].Teams = []string{"a", "a"} }, `users[0].teams[1]: "a" is here twice; keep one`},
		{func(f *File) { f.Users[0].Teams = []string{""} }, `users[0].teams[0]: it is empty; write a name or remove it`},
		{func(f *File) { f.Users[0].Name = "ANA" }, `agents[0].id: "ana" is taken by users[0].name; users and agents share one name space, so choose another name`},
		{func(f *File) { f.Users[0].Name = "bea" }, `users[0].name: "bea" is taken by agent bea; users and agents share one name space, so choose another name`},
		{func(f *File) { f.Agents[0].ID = "root" }, `agents[0].id: "root" is taken by user root; users and agents share one name space, so choose another name`},
		{func(f *File) { f.Agents[0].Name = "A\r\nVia: x" }, `agents[0].name: "A\r\nVia: x" is too long or has characters that cannot be shown; write at most 100 bytes in one line`},
		{func(f *File) { f.Agents[0].PIN = "47a1" }, `agents[0].pin: it is not 4 to 12 digits, as a phone can dial them; write it so, in quotes`},
		{func(f *File) { f.Agents[0].Numbers[0] = "1234567" }, `agents[0].numbers[0]: "1234567" is not complete; write it with its country code, like +49301234567`},
		{func(f *File) { f.Agents[0].Numbers[0] = "112" }, `agents[0].numbers[0]: 112 is nobody's phone; write a number that rings at one`},
		{func(f *File) { f.Agents[0].Numbers[0] = "+499001234567" }, `agents[0].numbers[0]: +499001234567 costs more than a plain call (premium), and no entry of dialling.premium allows it; correct it, or the dial rules of the configuration`},
		{func(f *File) { f.Agents[0].Authorised = []string{"+499001234567"} }, `agents[0].authorised_numbers[0]: +499001234567 costs more than a plain call (premium), and no entry of dialling.premium allows it; correct it, or the dial rules of the configuration`},
		{func(f *File) { f.Agents[0].Numbers = []string{"030 1234567", "+49 30 1234567"} }, `agents[0].numbers[1]: "+49 30 1234567" is here twice; keep one`},
		{func(f *File) { f.Agents[0].Authorised = []string{"+4930999"} }, `agents[0].authorised_numbers[0]: "+4930999" is taken by agent bea; an authorised number has one holder, so take it from one of them`},
		{func(f *File) { f.Agents[0].DeskPhone = "bea-desk" }, `agents[0].desk_phone: "bea-desk" is taken by agent bea; a desk phone has one agent and a name of its own, so change one of them`},
		{func(f *File) { f.Agents[0].DeskPhone = "ana" }, `agents[0].desk_phone: "ana" is taken by agent ana; a desk phone has one agent and a name of its own, so change one of them`},
		{func(f *File) { f.Agents[0].Queues["supprt"] = 1 }, `agents[0].queues.supprt: there is no queue "supprt"; add it to queues, or correct the name`},
		{func(f *File) { f.Agents[0].Queues["sales"] = 0 }, `agents[0].queues.sales: skill level 0 is out of range; write 1 (best) to 100`},
		{func(f *File) { f.Agents[0].WrapUp = lasting(25 * time.Hour) }, `agents[0].wrap_up: 25h0m0s is out of range; write a time up to 24h0m0s`},
		{func(f *File) { f.Queues[0].Priority = &six }, `queues[0].priority: 60 is out of range; write 1 to 10, 10 is served first`},
		{func(f *File) { f.Queues[0].Strategy = "random" }, `queues[0].strategy: "random" is unknown; write one of longest_idle, fewest_calls, skill_first, round_robin, ring_all`},
		{func(f *File) { f.Queues[0].CallerID = "030" }, `queues[0].caller_id: "030" is not a number in E.164; write + and the country code first, like "+49301234567"`},
		{func(f *File) { f.Queues[0].MaxWaiting = new(int) }, `queues[0].max_waiting: 0 is out of range; write 1 to 10000`},
		{func(f *File) { f.Queues[0].Music = "jazz/../x" }, `queues[0].music: "jazz/../x" is not a name; write letters, digits, '.', '-' and '_', beginning with a letter or digit, like ana`},
		{func(f *File) { f.Queues[0].RingTime = time.Millisecond }, `queues[0].ring_time: 1ms is out of range; write a time from 1s to 10m0s, or remove it`},
		{func(f *File) { f.Queues[0].Announce = 5 * time.Second }, `queues[0].announce: 5s is out of range; write a time from 10s to 24h0m0s, or remove it`},
		{func(f *File) { f.Queues[0].Overflow = Overflow{Queue: "sales", Number: "+4930111"} }, `queues[0].overflow: it names a queue and a number; keep one of them`},
		{func(f *File) { f.Queues[0].Overflow.Queue = "support" }, `queues[0].overflow.queue: it is the queue itself; write another one`},
		{func(f *File) { f.Queues[0].Overflow.Queue = "night" }, `queues[0].overflow.queue: there is no queue "night"; add it to queues, or correct the name`},
		{func(f *File) { f.Queues[0].Hours.Closed.Number = "030" }, `queues[0].hours.closed.number: "030" is not complete; write it with its country code, like +49301234567`},
		{func(f *File) { f.Queues[0].Hours.Week = []string{"mon-fri 8-18"} }, `queues[0].hours.week[0]: "mon-fri 8-18": "8-18" is no time of a day; write hours like 08:00-18:00`},
		{func(f *File) { f.Queues[0].Hours.Dates = []string{"24.12. closed"} }, `queues[0].hours.dates[0]: "24.12. closed": there is no date "24.12."; write one like 2026-12-24, or 12-24 for every year`},
		{func(f *File) { f.Queues[0].Unreachable = map[string]Unreached{"bored": {}} }, `queues[0].unreachable.bored: "bored" is no cause with a rule; write one of busy, declined, no_answer, no_capacity, no_confirm, trunk_fault, unreachable`},
		{func(f *File) { f.Queues[0].Unreachable = map[string]Unreached{"busy": {}} }, `queues[0].unreachable.busy: the delay 0s is out of range; take 1s to 24h`},
		{func(f *File) {
			f.Queues[0].Unreachable = map[string]Unreached{"trunk_fault": {Delay: time.Second, Strike: true}}
		}, `queues[0].unreachable.trunk_fault: trunk_fault is no fault of the agent; no strike and no status can follow`},
		{func(f *File) {
			f.Queues[0].Unreachable = map[string]Unreached{"busy": {Delay: time.Second, Status: "gone"}}
		}, `queues[0].unreachable.busy: the status "gone" is unknown; take not_ready or away`},
		{func(f *File) {
			f.Queues[0].Unreachable = map[string]Unreached{"busy": {Delay: time.Second, Status: "stay", Reason: "BUSY"}}
		}, `queues[0].unreachable.busy: a reason goes with the status away; set that too, or remove the reason`},
		{func(f *File) { f.Queues[0].Numbers = []string{"4711"} }, `queues[0].numbers[0]: "4711" is taken by queue sales; a dialled number leads to one queue or one agent, so take it from one of them`},
		{
			func(f *File) { f.Agents[0].Direct = []string{"+18005550100"} },
			`agents[0].direct_numbers[0]: "+18005550100" is taken by queues[0].numbers[0]; a dialled number leads to one queue or one agent, so take it from one of them`,
		},
		{func(f *File) { f.Queues = append(f.Queues, f.Queues[0]) }, "queues[1].name: \"support\" is taken by queues[0].name; names of queues must differ\n" +
			`d.yaml:queues[1].numbers[0]: queues[1].numbers[0]: "+18005550100" is taken by queues[0].numbers[0]; a dialled number leads to one queue or one agent, so take it from one of them`},
		{func(f *File) { f.Profiles[0].Type = "gone" }, `profiles[0].type: "gone" is unknown; write one of available, away, tentative, conference, break`},
		{func(f *File) { f.Profiles[0].Name = "" }, `profiles[0].name: it is missing; write what the agent chooses, like Lunch`},
		{func(f *File) { f.Profiles = append(f.Profiles, f.Profiles[0]) }, `profiles[1].name: "Lunch" is here twice; names must differ`},
		{func(f *File) { f.Profiles[0].Name = "default" }, `profiles[0].name: "default" is how a profile is taken off; choose another name`},
		{func(f *File) { f.Profiles[0].Queues = []string{"gone"} }, `profiles[0].queues[0]: there is no queue "gone"; add it to queues, or correct the name`},
		{func(f *File) { f.Sites[0].Name = "a/b" }, `sites[0].name: "a/b" is no name of a site; write one without a slash, like berlin`},
		{func(f *File) { f.Sites[0].Networks = nil }, `sites[0].networks: there is none; write what its softphones register from, like 192.0.2.0/24`},
		{func(f *File) { f.Sites[0].Networks = []string{"here"} }, `sites[0].networks[0]: "here" is not a network; write address/bits, like 192.0.2.0/24`},
		{func(f *File) { f.Sites = append(f.Sites, f.Sites[0]) }, `sites[1].name: "berlin" is here twice; names must differ` + "\n" + `d.yaml:sites[1].networks[0]: sites[1].networks[0]: "192.0.2.0/24" is taken by sites[0].networks[0]; a network is of one site`},
		{func(f *File) { f.Reasons = []string{"a", "a"} }, `break_reasons[1]: "a" is here twice; keep one`},
		{func(f *File) { f.Agents[0].Role = "admin" }, `agents[0].role: "admin" is unknown; write one of agent, supervisor`},
		{func(f *File) { f.Agents[0].Supervises = []string{"sales"} }, `agents[0].supervises: only a supervisor sees teams; write role: supervisor too, or remove them`},
		{func(f *File) { f.Agents[0].SignsOnAs = "asleep" }, `agents[0].after_sign_in: "asleep" is unknown; write one of not_ready, away, available`},
		{func(f *File) { f.Agents[0].Channels = []string{"fax"} }, `agents[0].capabilities[0]: "fax" is unknown; write one of chat, mail, video`},
		{func(f *File) { f.Users[0].PhoneID = "9O01" }, `users[0].phone_id: "9O01" is not 1 to 12 digits, as a phone can dial them; write it so, in quotes`},
		{func(f *File) { f.Users[0].PhoneID, f.Agents[0].PhoneID = "1001", "1001" }, `agents[0].phone_id: "1001" is taken by users[0].phone_id; a phone id has one holder, so choose another one`},
		{func(f *File) { f.Users[0].PIN = "4711" }, `users[0].pin: it is not 6 to 12 digits, as a phone can dial them; write it so, in quotes`},
		{func(f *File) { f.Users[0].Offices = []string{""} }, `users[0].offices[0]: it is empty; write a name or remove it`},
		{func(f *File) { f.Profiles[0].Duration = -1 }, `profiles[0].duration: -1ns is out of range; write a time up to 24h0m0s`},
	} {
		f := sample()
		c.edit(&f)
		plan, err := f.Plan("root", there, german, (&salted{}).hasher(), where)
		path, _, _ := strings.Cut(c.want, ": ")
		want := "d.yaml:" + path + ": " + c.want
		if err == nil || err.Error() != want || len(plan.Commands) != 0 {
			t.Errorf(" got %v\nwant %s", err, want)
		}
	}
}

func TestNumbersAreKeptAsTheyAreDialledHoweverTheyAreWritten(t *testing.T) {
	s := &salted{}
	first, err := sample().Plan("root", telagent.State{}, german, s.hasher(), where)
	if err != nil {
		t.Fatal(err)
	}
	there := carryOut(telagent.State{}, first.Commands)
	f := sample()
	f.Agents[0].Numbers[0] = "0049 (0)30/1234567"
	again, err := f.Plan("root", there, german, s.hasher(), where)
	if err != nil || len(again.Commands) != 0 {
		t.Errorf("the same number written otherwise changes %q (%v)", again.Changes, err)
	}
	if f.Agents[0].Numbers[0] != "0049 (0)30/1234567" {
		t.Errorf("the file was changed: %q", f.Agents[0].Numbers)
	}
}

func TestTwoAgentsOfOneFileCannotHoldOneAuthorisedNumber(t *testing.T) {
	f := File{Agents: []Agent{{ID: "a", Authorised: []string{"+4930111"}}, {ID: "b", Authorised: []string{"+4930111"}}}}
	_, err := f.Plan("root", telagent.State{}, german, (&salted{}).hasher(), where)
	if err == nil || !strings.Contains(err.Error(), "is taken by agents[0].authorised_numbers[0]") {
		t.Errorf("got %v", err)
	}
}

func TestAnAuthorisedNumberMovesFromOneAgentToAnotherInOneImport(t *testing.T) {
	there := telagent.State{Agents: []telagent.Agent{{ID: "a", Authorised: []string{"+4930111"}}, {ID: "b"}}}
	f := File{Agents: []Agent{{ID: "b", Authorised: []string{"+4930111"}}, {ID: "a"}}}
	plan, err := f.Plan("root", there, german, (&salted{}).hasher(), where)
	if err != nil || len(plan.Commands) != 2 {
		t.Fatalf("got %v, %+v", err, plan)
	}
	if got := plan.Commands[0].(telagent.PutAgent).Entry.ID; got != "a" {
		t.Errorf("%s comes first: the number would have two holders for a moment", got)
	}
}

func TestEverythingWrongIsSaidAtOnceAndNoSecretIsShown(t *testing.T) {
	f := sample()
	f.Users[0].Role = ""
	f.Agents[0].PIN = "s3cret"
	f.Agents[0].Password = "s3cret\n"
	f.Queues[0].Name = "?"
	_, err := f.Plan("root", telagent.State{}, german, (&salted{}).hasher(), where)
	if err == nil || strings.Count(err.Error(), "\n") != 4 || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
}

func TestTheKeysOfTheFileAreTheDocumentedOnes(t *testing.T) {
	for typ, want := range map[reflect.Type]string{
		reflect.TypeFor[File]():      "users agents queues profiles sites break_reasons schedules",
		reflect.TypeFor[User]():      "name role teams offices sets_others_available password phone_id pin",
		reflect.TypeFor[Agent]():     "id name team role supervises password pin numbers authorised_numbers direct_numbers desk_phone queues offices wrap_up after_sign_in capabilities phone_id proof language nailed_up",
		reflect.TypeFor[Site]():      "name networks",
		reflect.TypeFor[Profile]():   "name type duration queues reason order",
		reflect.TypeFor[Queue]():     "name numbers strategy priority office calling_name show_caller record caller_id fallback_for music language ring_time widen sticky patience max_wait max_waiting overflow answer_within announce hours unreachable",
		reflect.TypeFor[Schedule]():  "name zone from to days start length members",
		reflect.TypeFor[Member]():    "agent number",
		reflect.TypeFor[Overflow]():  "queue number",
		reflect.TypeFor[Hours]():     "zone week dates closed",
		reflect.TypeFor[Unreached](): "delay strike next_number status reason",
	} {
		var keys []string
		for i := range typ.NumField() {
			keys = append(keys, typ.Field(i).Tag.Get("yaml"))
		}
		if got := strings.Join(keys, " "); got != want {
			t.Errorf("%v: got %s, want %s", typ, got, want)
		}
	}
}

// floor carries commands out for real, and fails when one is refused.
func floor(t *testing.T, commands []telagent.Command) *telagent.Floor {
	t.Helper()
	f := telagent.New(telagent.Settings{Dial: german, Zone: func(string) *time.Location { return time.UTC }}, telagent.State{}, func() string { return "id" })
	do(t, f, commands)
	return f
}

func do(t *testing.T, f *telagent.Floor, commands []telagent.Command) {
	t.Helper()
	for _, c := range commands {
		if _, err := f.Do(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), c); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestTheFloorTakesWhatAnAcceptedFileOrders(t *testing.T) {
	var s salted
	first, err := sample().Plan("", telagent.State{}, german, s.hasher(), where)
	if err != nil {
		t.Fatal(err)
	}
	there := floor(t, first.Commands)
	second, err := sample().Plan("", there.State(), german, s.hasher(), where)
	if err != nil || len(second.Commands) != 0 || second.Unchanged != 6 {
		t.Errorf("a second import: %v, %+v", err, second)
	}
	f := sample()
	f.Agents[0].ID, f.Queues[0].Name, f.Agents[0].Queues = "bob", "sales", map[string]int{"sales": 2}
	f.Agents = append(f.Agents, Agent{ID: "ana"})       // gives up the desk phone that bob takes
	f.Queues = append(f.Queues, Queue{Name: "support"}) // gives up the number that sales takes
	third, err := f.Plan("", there.State(), german, s.hasher(), where)
	if err != nil || len(third.Commands) != 4 {
		t.Fatalf("got %v, %+v", err, third)
	}
	do(t, there, third.Commands)
}

func TestAChainOfDeskPhonesIsHandedOnFromItsEnd(t *testing.T) {
	phones := func(phones ...string) (f File) {
		for i, phone := range phones {
			f.Agents = append(f.Agents, Agent{ID: "agent" + string(rune('a'+i)), Password: "secret", DeskPhone: phone})
		}
		return f
	}
	var s salted
	first, err := phones("p1", "p2", "p3").Plan("", telagent.State{}, german, s.hasher(), where)
	if err != nil {
		t.Fatal(err)
	}
	there := floor(t, first.Commands)
	chain, err := phones("p2", "p3", "p4").Plan("", there.State(), german, s.hasher(), where)
	if err != nil || len(chain.Commands) != 3 {
		t.Fatalf("got %v, %+v", err, chain)
	}
	do(t, there, chain.Commands)
	_, err = phones("p3", "p2", "p4").Plan("", there.State(), german, s.hasher(), where)
	want := "d.yaml:agents[0]: agents[0]: it exchanges authorised numbers, desk phones or phone ids with another entry, which cannot be done at once; import it without them first"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func FuzzDirectory(f *testing.F) {
	for _, file := range []File{sample(), {}, {Agents: []Agent{{ID: "a"}, {ID: "a", Queues: map[string]int{"": -1}}}}} {
		text, err := json.Marshal(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var file File
		if json.Unmarshal(text, &file) != nil {
			return
		}
		var s salted
		before, err := sample().Plan("", telagent.State{}, german, s.hasher(), where)
		if err != nil {
			t.Fatal(err)
		}
		there := floor(t, before.Commands)
		plan, err := file.Plan("", there.State(), german, s.hasher(), where)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(line, "d.yaml:") || !strings.Contains(line, "; ") {
					t.Errorf("complaint %q", line)
				}
			}
			return
		}
		do(t, there, plan.Commands)
		again, err := file.Plan("", there.State(), german, s.hasher(), where)
		if err != nil || len(again.Commands) != 0 {
			t.Errorf("a second import: %v, %+v", err, again.Changes)
		}
	})
}

func TestANewDeskPhoneNeedsThePasswordBecauseItsDigestIsMadeOfIt(t *testing.T) {
	present := telagent.State{Agents: []telagent.Agent{{ID: "ana", Name: "Ana", DeskPhone: "old"}}}
	_, err := File{Agents: []Agent{{ID: "ana", DeskPhone: "new"}}}.Plan("", present, german, (&salted{}).hasher(), where)
	if err == nil || !strings.Contains(err.Error(), "password") {
		t.Errorf("got %v, want a complaint that asks for the password", err)
	}
	if _, err := (File{Agents: []Agent{{ID: "ana", DeskPhone: "old"}}}).Plan("", present, german, (&salted{}).hasher(), where); err != nil {
		t.Errorf("the present desk phone is complained about: %v", err)
	}
}

func TestANetworkMovesFromOneSiteToAnotherInOneFile(t *testing.T) {
	networks := func(texts ...string) (all []netip.Prefix) {
		for _, text := range texts {
			all = append(all, netip.MustParsePrefix(text))
		}
		return all
	}
	present := telagent.State{Sites: []telagent.Site{{Name: "berlin", Networks: networks("192.0.2.0/24", "198.51.100.0/24")}}}
	f := File{Sites: []Site{{Name: "rome", Networks: []string{"198.51.100.0/24"}}, {Name: "berlin", Networks: []string{"192.0.2.0/24"}}}}
	plan, err := f.Plan("root", present, german, (&salted{}).hasher(), where)
	want := []telagent.Command{
		telagent.PutSite{By: "root", Site: telagent.Site{Name: "berlin", Networks: networks("192.0.2.0/24")}},
		telagent.PutSite{By: "root", Site: telagent.Site{Name: "rome", Networks: networks("198.51.100.0/24")}},
	}
	if err != nil || !reflect.DeepEqual(plan.Commands, want) {
		t.Errorf("got %v, %+v", err, plan.Commands)
	}
	f.Sites = f.Sites[:1]
	if _, err := f.Plan("root", present, german, (&salted{}).hasher(), where); err == nil || !strings.Contains(err.Error(), "taken by site berlin") {
		t.Errorf("a network that another site keeps: %v", err)
	}
}

func TestWhoIsToProveHimselfByAPINHasOne(t *testing.T) {
	file := File{Agents: []Agent{{ID: "ana", Proof: "pin"}}}
	for hash, want := range map[string]string{"": "agents[0].proof: ana has no PIN; write pin too", "hash! 4711": ""} {
		present := telagent.State{Agents: []telagent.Agent{{ID: "ana", Name: "Ana"}}, Users: []telagent.User{{Name: "ana", Credentials: telagent.Credentials{PIN: hash}}}}
		_, err := file.Plan("", present, german, (&salted{}).hasher(), where)
		if got := err != nil && strings.Contains(err.Error(), want); got != (want != "") {
			t.Errorf("with the hash %q: %v, want %q", hash, err, want)
		}
	}
}
