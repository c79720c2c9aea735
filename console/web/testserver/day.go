package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/console"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// front leads to the queue of the agents whose page is tested. They are a team of their own, which boss does not see.
const front = "+18005550110"

// desk enters those who play an agent's day: nina, her colleagues, and petra who supervises them.
func (s *stage) desk() error {
	s.must(telagent.PutQueue{Queue: telagent.Queue{Name: "front", Numbers: []string{front}, Strategy: "longest_idle", Priority: 5, Record: true, Office: "berlin"}})
	hash := map[string]string{}
	for _, name := range []string{"nina", "petra"} {
		h, err := console.HashPassword(name + "-password")
		if err != nil {
			return err
		}
		hash[name] = h
	}
	s.must(telagent.PutUser{User: telagent.User{
		Name: "petra", Role: telagent.SupervisorRole, Teams: []string{"front"}, SetsOthers: true, Credentials: telagent.Credentials{Password: hash["petra"]},
	}})
	for i, of := range []struct{ id, name string }{
		{"nina", "Nina Bergström"}, {"omar", "Omar Said"}, {"tess", "Tess Moreau"}, {"uwe", "Uwe Krämer"}, {"vera", "Vera Novak"},
	} {
		entry := telagent.Agent{
			ID: of.id, Name: of.name, Team: "front", Queues: map[string]int{"front": 1}, Numbers: []string{fmt.Sprintf("+4930223300%02d", i)}, WrapUp: 45 * time.Second,
		}
		switch of.id {
		case "nina":
			entry.Offices, entry.DeskPhone = []string{"berlin", "lyon"}, "nina-desk"
			s.report(call.Bound{AOR: "nina-desk"})
		case "omar":
			entry.Queues = nil
			entry.Channels = presence.Channels{Chat: true, Mail: true}
		case "tess":
			entry.Channels.Mail = true
		case "vera":
			entry.Channels = presence.Channels{Chat: true, Video: true}
		}
		s.must(telagent.PutAgent{Entry: entry, Credentials: &telagent.Credentials{Password: hash[of.id]}})
		s.report(call.Bound{AOR: of.id})
		if of.id != "nina" {
			s.must(telagent.SignOn{By: of.id, Agent: of.id})
		}
	}
	s.must(telagent.PutPolicy{Policy: telagent.Policy{Team: "front", CutOff: telagent.SwitchRule, Grace: 20 * time.Second}})
	s.declare("omar", presence.NotReady)
	s.must(telagent.SetStatus{By: "uwe", Agent: "uwe", Status: presence.OnBreak, Reason: "Coffee"})
	s.must(telagent.SetStatus{By: "vera", Agent: "vera", Status: presence.Away, Reason: "Meeting"})
	s.must(telagent.Switch{By: "petra", Agent: "vera"})
	return nil
}

// plays moves an agent's day; false: there is no such act.
func (s *stage) plays(act string) bool {
	switch act {
	case "nina-rings":
		s.customer = s.invite("+493055501234", "Blumen Hartmann", front)
	case "nina-takes", "omar-takes", "tess-takes":
		s.takes(act[:len(act)-len("-takes")])
	case "nina-desk": // her desk phone is answered
		s.answer(func(t call.Target) bool { return t.AOR == "nina-desk" })
	case "nina-over":
		s.report(call.Ended{Leg: s.customer, How: call.HungUp, Cause: call.Normal})
	case "petra-sets":
		s.must(telagent.SetStatus{By: "petra", Agent: "nina", Profile: "Lunch"})
	case "petra-frees":
		s.must(telagent.SetStatus{By: "petra", Agent: "nina", Status: presence.Available, Profile: presence.Default})
	case "petra-switches":
		s.must(telagent.Switch{By: "petra", Agent: "nina"})
	case "petra-takes-back":
		s.must(telagent.RescueCall{By: "petra", Call: s.callOf("nina")})
	case "nina-silent": // her softphone and its line are gone
		s.silence("nina")
		s.report(call.Unbound{AOR: "nina"})
	case "nina-back":
		s.report(call.Bound{AOR: "nina"})
	case "grace", "hour": // time passes that nobody wants to wait for
		s.ahead += map[string]time.Duration{"grace": time.Minute, "hour": time.Hour}[act]
		s.perform(s.floor.Tick(s.now()))
	default:
		return false
	}
	return true
}

func (s *stage) callOf(id string) call.ID {
	for _, a := range s.floor.View(s.now()).Agents {
		if a.ID == id {
			return a.Call
		}
	}
	return ""
}

// History returns the records of calls that ended, newest first.
func (s *stage) History(_ context.Context, q console.HistoryQuery) (page []telagent.Record, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range slices.Backward(s.records) {
		mine := q.Agent == "" || slices.ContainsFunc(r.Legs, func(l telagent.LegRecord) bool { return l.Agent == q.Agent })
		if len(page) < q.Limit && mine && (q.Before.IsZero() || r.Ended.Before(q.Before)) && (q.Queue == "" || q.Queue == r.Queue) && (q.Call == "" || q.Call == string(r.ID)) && follows(q, r) {
			page = append(page, r)
		}
	}
	return page, nil
}
