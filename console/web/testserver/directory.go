package main

import (
	"net/netip"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/schedule"
	"telagent-gateway/telagent"
)

// furnish enters what administrators set up besides agents and queues. Nothing of it moves anybody while a test looks.
func (s *stage) furnish(root string) {
	s.must(telagent.PutUser{User: telagent.User{Name: "root", Role: telagent.AdminRole, Credentials: telagent.Credentials{Password: root}}})
	s.must(telagent.PutSite{Site: telagent.Site{Name: "Berlin", Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/25"), netip.MustParsePrefix("2001:db8:be::/48")}}})
	s.must(telagent.PutSite{Site: telagent.Site{Name: "Lyon", Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.128/25")}}})
	s.must(telagent.PutPolicy{By: "root", Policy: telagent.Policy{Team: "support", CutOff: telagent.AlertRule, Grace: 8 * time.Second, PhoneSignOn: true}})
	for i, p := range []presence.Profile{
		{Name: "Lunch", Type: presence.BreakProfile, Duration: 30 * time.Minute, Reason: "Lunch"},
		{Name: "Mail only", Type: presence.TentativeProfile},
		{Name: "French line", Type: presence.AvailableProfile, Queues: []string{"french"}},
	} {
		p.Order = i
		s.must(telagent.PutProfile{Profile: p})
	}
	s.must(telagent.PutReasons{Reasons: []string{"Lunch", "Coffee", "Training"}})
	first := time.Now().AddDate(0, 0, 2).Format(time.DateOnly)
	every := []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	for _, one := range []schedule.Schedule{
		{Name: "Early shift", From: first, Zone: "Europe/Berlin", Days: every, Start: 6 * time.Hour, Length: 8 * time.Hour, Members: []schedule.Member{{Agent: "ana"}, {Agent: "ben"}}},
		{Name: "Late shift", From: first, Zone: "Europe/Berlin", Days: every, Start: 14 * time.Hour, Length: 8 * time.Hour, Members: []schedule.Member{{Agent: "mia"}, {Agent: "greta"}}},
		{Name: "Night on call", From: first, Zone: "Europe/Berlin", Days: every, Start: 22 * time.Hour, Length: 8 * time.Hour, Members: []schedule.Member{{Agent: "farid", Number: "+4930555010"}}},
	} {
		s.must(telagent.PutSchedule{Schedule: one})
	}
	s.report(call.TrunkDown{Trunk: "backup", Problem: "it could not be registered: the certificate is for sip.other.example"})
}
