package main

import (
	"fmt"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/console"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// Numbers that lead to the queues.
const (
	support = "+18005550100"
	billing = "+18005550101"
	french  = "+18005550102"
)

// cast enters queues, users and agents, all signed off.
func (s *stage) cast() error {
	for name, number := range map[string]string{"support": support, "billing": billing, "french": french} {
		s.must(telagent.PutQueue{Queue: telagent.Queue{
			Name: name, Numbers: []string{number}, Strategy: "longest_idle", Priority: 5, CallingName: name,
		}})
	}
	hashes := map[string]string{}
	for _, name := range []string{"root", "boss", "ana", "lena"} {
		hash, err := console.HashPassword(name + "-password")
		if err != nil {
			return err
		}
		hashes[name] = hash
	}
	s.must(telagent.PutUser{User: telagent.User{
		Name: "boss", Role: telagent.SupervisorRole, Teams: []string{"support", "billing"},
		Credentials: telagent.Credentials{Password: hashes["boss"]},
	}})
	for i, of := range []struct{ id, name, team, queue string }{
		{"ana", "Ana Kovač", "support", "support"},
		{"ben", "Ben Okafor", "support", "support"},
		{"carla", "Carla Rossi", "billing", "billing"},
		{"david", "David Lindqvist", "support", "support"},
		{"elif", "Elif Yıldız", "support", "french"},
		{"farid", "Farid Haddad", "billing", "billing"},
		{"greta", "Greta Nowak", "support", "support"},
		{"hugo", "Hugo Fernández", "billing", "billing"},
		{"ines", "Inês Carvalho", "billing", "billing"},
		{"jonas", "Jonas Weber", "support", "support"},
		{"kemal", "Kemal Aydın", "support", "support"},
		{"mia", "Mia Thompson", "billing", "billing"},
		{"noor", "Noor Bakker", "support", "support"},
		{"paul", "Paul Schneider", "support", "french"},
		{"lena", "Lena Fischer", "leads", "billing"},
		{"rosa", "Rosa Medina", "support", "support"},
		{"samir", "Samir Haddou", "support", "support"},
	} {
		entry := telagent.Agent{
			ID: of.id, Name: of.name, Team: of.team, Queues: map[string]int{of.queue: 1}, WrapUp: 20 * time.Minute,
			Numbers: []string{fmt.Sprintf("+4930123450%02d", i)},
		}
		switch of.id {
		case "david":
			entry.Numbers = nil
		case "paul":
			entry.Direct = []string{"03012345099"}
		case "rosa":
			entry.Direct = []string{"+493012345099"}
		case "elif":
			entry.Offices = []string{"berlin", "lyon"}
		case "lena":
			entry.Role, entry.Supervises = telagent.SupervisorRole, []string{"support", "billing"}
		case "ines":
			entry.DeskPhone = "ines-desk"
			s.report(call.Bound{AOR: "ines-desk"})
		}
		s.must(telagent.PutAgent{Entry: entry, Credentials: &telagent.Credentials{Password: hashes[of.id]}})
		if of.id != "noor" {
			s.report(call.Bound{AOR: of.id})
		}
	}
	s.furnish(hashes["root"])
	return nil
}

// begin plays what happened before the curtain rises, oldest first.
func (s *stage) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	rise := time.Now()
	at := func(ago time.Duration) {
		s.past = rise.Add(-ago)
		s.perform(s.floor.Tick(s.past))
	}
	at(4 * time.Hour)
	if err := s.cast(); err != nil {
		return err
	}
	at(15 * time.Minute)
	s.declare("mia", presence.Available)
	s.invite("+441632960961", "Harper & Sons", billing)
	at(13 * time.Minute)
	s.takes("mia")
	at(12 * time.Minute)
	s.must(telagent.SetStatus{
		By: "elif", Agent: "elif", Status: presence.OnBreak, Reason: "Lunch", Until: rise.Add(18 * time.Minute),
	})
	s.must(telagent.SetStatus{By: "elif", Agent: "elif", Status: presence.Away, Office: "lyon"})
	at(10 * time.Minute)
	s.talks("samir", "+4940330000", "Hafen Logistik", support)
	at(9 * time.Minute)
	s.talks("jonas", "+33142685300", "", support)
	at(7 * time.Minute)
	s.must(telagent.SetStatus{By: "farid", Agent: "farid", Status: presence.Away, Reason: "Dentist"})
	at(4*time.Minute + 12*time.Second)
	s.talks("ana", "+491701234567", "Meyer GmbH", support)
	at(4 * time.Minute)
	s.declare("carla", presence.Available)
	short := s.invite("+4961196310", "", billing)
	s.takes("carla")
	s.declare("carla", presence.OnBreak)
	at(200 * time.Second)
	s.declare("rosa", presence.NotReady)
	s.consult("samir", "rosa")
	at(3 * time.Minute)
	s.declare("greta", presence.NotReady)
	s.declare("hugo", presence.Available)
	s.declare("ben", presence.Available)
	at(2 * time.Minute)
	s.must(telagent.Switch{By: "boss", Agent: "ben"})
	at(70 * time.Second)
	s.declare("paul", presence.Available)
	s.invite("+491512345678", "", french)
	s.invite("+33140205050", "Galerie Moreau", french)
	at(51 * time.Second)
	s.declare("ines", presence.Available)
	s.must(telagent.Switch{By: "boss", Agent: "ines"})
	s.declare("kemal", presence.Available)
	s.report(call.Unbound{AOR: "kemal"})
	at(38 * time.Second)
	s.declare("david", presence.Available)
	at(25 * time.Second)
	s.invite("", "", french)
	s.silence("jonas")
	s.report(call.Unbound{AOR: "jonas"})
	at(11 * time.Second)
	s.report(call.Ended{Leg: short, How: call.HungUp, Cause: call.Normal})
	at(6 * time.Second)
	s.must(telagent.Switch{By: "boss", Agent: "mia"})
	if err := s.desk(); err != nil {
		return err
	}
	s.past = time.Time{}
	return nil
}

// talks lets an agent be available and take a caller.
func (s *stage) talks(id, from, name, to string) {
	s.declare(id, presence.Available)
	s.invite(from, name, to)
	s.takes(id)
}

// consult lets an agent ask another one about the recorded call that he is in.
func (s *stage) consult(id, whom string) {
	for _, c := range s.floor.View(s.now()).Calls {
		if c.Agent == id {
			s.must(telagent.RecordCall{By: id, Call: c.ID, Now: call.On})
			s.must(telagent.AddGuest{By: id, Call: c.ID, Agent: whom, Mode: telagent.Consult})
		}
	}
	s.takes(whom)
}

// silence lets nothing more be heard from an agent's softphone.
func (s *stage) silence(id string) {
	for _, l := range s.legs {
		if l.target.AOR == id {
			s.report(call.Silent{Leg: l.id})
		}
	}
}
