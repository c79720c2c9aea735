package telagent_test

import (
	"testing"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
	"telagent-gateway/test/claims"
)

func TestAnotherPasswordKeepsThePINAndTellsWhoProvesHimself(t *testing.T) {
	f, _ := office(t)
	if _, err := f.Do(start, telagent.PutUser{User: telagent.User{
		Name: "vip", Role: telagent.SupervisorRole, PhoneID: "77", Credentials: telagent.Credentials{Password: "old", PIN: "pin"},
	}}); err != nil {
		t.Fatal(err)
	}
	out, err := f.Do(start, telagent.SetPassword{By: "vip", User: "vip", Credentials: telagent.Credentials{Password: "new", HA1MD5: "m", PIN: "other"}})
	if err != nil {
		t.Fatal(err)
	}
	changed, line := out.Changes[0].(telagent.UserChanged), out.Changes[1].(telagent.Audited).Entry
	if got := changed.User.Credentials; got != (telagent.Credentials{Password: "new", HA1MD5: "m", PIN: "pin"}) {
		t.Errorf("credentials %+v", got)
	}
	if line.By != "vip" || line.Action != "set_password" || line.Subject != "vip" || line.Detail != "" {
		t.Errorf("the audit trail says %+v", line)
	}
	if _, err := f.Do(start, telagent.SetPassword{User: "ghost", Credentials: telagent.Credentials{Password: "x"}}); code(err) != "unknown_user" {
		t.Errorf("an unknown user: %v", err)
	}
	if _, err := f.Do(start, telagent.SetPassword{By: "vip", User: "vip"}); code(err) != "bad_user" {
		t.Errorf("no password at all: %v", err)
	}
}

func TestHowSomebodyGotInIsInTheAuditTrail(t *testing.T) {
	claims.Proven(t, "every sign-in, good or bad, and every change of how somebody gets in is in the audit trail, with refusals", "16.2.1", "16.3.1", "16.3.2", "16.3.3")
	f, _ := office(t)
	for _, c := range []struct {
		command telagent.Admit
		want    telagent.AuditEntry
	}{
		{
			telagent.Admit{By: "boss", User: "boss", Act: telagent.ActSignIn, Detail: "from 192.0.2.7"},
			telagent.AuditEntry{Time: start, By: "boss", Action: "sign_in", Subject: "boss", Result: "done", Detail: "from 192.0.2.7"},
		},
		{
			telagent.Admit{User: "boss", Act: telagent.ActSignIn, Detail: "from 192.0.2.7", Failed: "bad_credentials"},
			telagent.AuditEntry{Time: start, Action: "sign_in", Subject: "boss", Result: "bad_credentials", Detail: "from 192.0.2.7"},
		},
		{
			telagent.Admit{By: "ana", User: "boss", Act: telagent.ActDropFactor},
			telagent.AuditEntry{Time: start, By: "ana", Action: "drop_second_factor", Subject: "boss", Result: "not_admin", Detail: "Only an administrator may do this."},
		},
		{
			telagent.Admit{By: "root", User: "ghost", Act: telagent.ActDropFactor},
			telagent.AuditEntry{Time: start, By: "root", Action: "drop_second_factor", Subject: "ghost", Result: "unknown_user", Detail: "There is no user ghost."},
		},
	} {
		out, _ := f.Do(start, c.command)
		if got := out.Changes[0].(telagent.Audited).Entry; len(out.Changes) != 1 || got != c.want {
			t.Errorf("got  %+v\nwant %+v", got, c.want)
		}
	}
}

func TestATokenWithLessNeverGivesMore(t *testing.T) {
	boss := telagent.User{Name: "boss", Role: telagent.SupervisorRole, Teams: []string{"support", "sales"}, SetsOthers: true}
	root, ana := telagent.User{Name: "root", Role: telagent.AdminRole}, telagent.User{Name: "ana", Teams: []string{"support"}}
	for _, c := range []struct {
		user  telagent.User
		role  telagent.Role
		teams []string
		want  telagent.Role
		sees  int
	}{
		{boss, telagent.AdminRole, nil, telagent.SupervisorRole, 2},
		{boss, telagent.SupervisorRole, nil, telagent.SupervisorRole, 2},
		{boss, telagent.SupervisorRole, []string{"sales", "board"}, telagent.SupervisorRole, 1},
		{boss, telagent.AgentRole, nil, telagent.AgentRole, 0},
		{root, telagent.AdminRole, nil, telagent.AdminRole, 0},
		{root, telagent.SupervisorRole, []string{"sales"}, telagent.SupervisorRole, 1},
		{root, telagent.SupervisorRole, nil, telagent.SupervisorRole, 0},
		{ana, telagent.AdminRole, []string{"sales"}, telagent.AgentRole, 1},
	} {
		if got := c.user.Lower(c.role, c.teams); got.Role != c.want || len(got.Teams) != c.sees {
			t.Errorf("%s as %s of %v: %s of %v", c.user.Name, c.role, c.teams, got.Role, got.Teams)
		}
	}
	if len(boss.Teams) != 2 || !boss.SetsOthers {
		t.Error("who has a token with less is changed himself")
	}
}

func TestWhoMayLetWhomInAndATokenWithLessDoesLess(t *testing.T) {
	claims.Proven(t, "the gateway decides who may do what, for every kind of user and for tokens with less", "8.2.1", "8.2.2", "8.3.1")
	const mayNot, unknown, noAdmin = "not_supervisor", "unknown_agent", "not_admin"
	everybody(t, map[string]tried{
		"end somebody's sessions": {
			func(by string, _ call.ID) telagent.Command {
				return telagent.Admit{By: by, User: "ana", Act: telagent.ActEndSessions}
			},
			[]string{"", "", noAdmin, noAdmin, "", noAdmin, noAdmin},
		},
		"set up somebody's second factor": {
			func(by string, _ call.ID) telagent.Command {
				return telagent.Admit{By: by, User: "ana", Act: telagent.ActPutFactor}
			},
			[]string{"", "not_yourself", "not_yourself", "not_yourself", "", "not_yourself", "not_yourself"},
		},
		"set a password": {
			func(by string, _ call.ID) telagent.Command {
				return telagent.SetPassword{By: by, User: "ana", Credentials: telagent.Credentials{Password: "$argon2id$"}}
			},
			[]string{"", "", noAdmin, noAdmin, "", noAdmin, noAdmin},
		},
		"switch with an administrator's token for supervisors of the team": {
			func(by string, _ call.ID) telagent.Command {
				return telagent.As{Role: telagent.SupervisorRole, Teams: []string{"support"}, Command: telagent.Switch{By: by, Agent: "ana"}}
			},
			[]string{"", "", "", unknown, mayNot, mayNot, mayNot},
		},
		"switch with a token for another team": {
			func(by string, _ call.ID) telagent.Command {
				return telagent.As{Role: telagent.SupervisorRole, Teams: []string{"sales"}, Command: telagent.Switch{By: by, Agent: "ana"}}
			},
			[]string{"", unknown, unknown, unknown, mayNot, mayNot, mayNot},
		},
		"switch with a token for agents": {
			func(by string, _ call.ID) telagent.Command {
				return telagent.As{Role: telagent.AgentRole, Command: telagent.Switch{By: by, Agent: "ana"}}
			},
			[]string{"", mayNot, mayNot, mayNot, mayNot, mayNot, mayNot},
		},
		"put a user with a token for supervisors": {
			func(by string, _ call.ID) telagent.Command {
				return telagent.As{Role: telagent.SupervisorRole, Command: telagent.PutUser{By: by, User: telagent.User{Name: "new", Role: telagent.AdminRole}}}
			},
			[]string{"", noAdmin, noAdmin, noAdmin, noAdmin, noAdmin, noAdmin},
		},
	})
}
