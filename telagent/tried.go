package telagent

import (
	"cmp"
	"slices"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/dialplan"
)

// Tried says what would become of a number if it were dialled now. Nothing is dialled or counted to learn it.
type Tried struct {
	Number  dialplan.Number // as it was read; zero: it is none
	Leads   string          // what it leads to: feature, emergency, access, agent, queue or outside
	To      string          // the agent's id, the queue's name, what the code does, or the number as it is dialled
	Refusal *Refusal        // why it would not be dialled; nil: it would
	Shown   call.Party      // what the other side is shown, of outside
	Longest time.Duration   // when such a call is ended, whatever trunk it takes; 0: never
	Trunks  []TriedTrunk    // of outside and emergency: those that would be tried, in their order, then the others
}

// TriedTrunk is one trunk of a Tried.
type TriedTrunk struct {
	Name    string
	Takes   bool
	Why     string        // why not, in words; empty: it would be tried
	Longest time.Duration // when a call over it is ended; 0: never
}

// Try says what would become of a number if an agent dialled it now; without one, by the rules alone. The error is a
// *Refusal about who asks, not about the number.
func (f *Floor) Try(now time.Time, by, agentID, raw string) (Tried, error) {
	f.begin(now)
	if u := f.users[by]; by != "" && (u == nil || u.Role == AgentRole) {
		return Tried{}, refuse("not_supervisor", "Only a supervisor may do this.")
	}
	var a *agent
	if agentID != "" {
		var err error
		if a, err = f.supervised(by, agentID); err != nil {
			return Tried{}, err
		}
	}
	var t Tried
	t.Number, _ = f.set.Dial.Read(raw)
	feature, isFeature := f.featureOf(raw)
	switch {
	case isFeature:
		t.Leads, t.To = "feature", feature.Does
		if feature.Does == "status" {
			t.To = feature.Status.String()
		}
	case f.isEmergency(raw):
		t.Leads, t.To = "emergency", t.Number.Dial
		f.tryTrunks(&t, true)
	case f.isAccess(raw):
		t.Leads = "access"
	default:
		f.tryCallee(&t, by, a, raw)
	}
	return t, nil
}

// tryCallee finds whom a number leads to, as find does for who dials it. Whom the user does not see is told as outside.
func (f *Floor) tryCallee(t *Tried, by string, a *agent, raw string) {
	asks := a
	if asks == nil {
		asks = &agent{}
	}
	who, err := f.find(asks, raw)
	switch {
	case who.agent != nil:
		t.Leads, t.To = "agent", who.agent.ID
		if !f.isAdmin(by) && !f.sees(by, who.agent) {
			t.To = ""
		}
		return
	case who.line != nil:
		t.Leads, t.To = "queue", who.line.Name
		t.Refusal = &Refusal{Code: "is_queue", Sentence: raw + " leads to the queue " + who.line.Name + "; only customers wait there."}
		return
	}
	t.Leads, t.To, t.Refusal = "outside", cmp.Or(who.number, t.Number.Dial), refusalOf(err)
	if t.Refusal != nil && t.Refusal.Code != "no_trunk" && t.Refusal.Code != "no_trunk_capacity" {
		return
	}
	t.Longest = f.set.Dial.Limits.MaxDuration
	t.Shown = call.Party{Number: cmp.Or(f.set.Dial.CallerID.Default, f.set.AccessNumber)}
	if a != nil {
		t.Shown = f.callerID(a)
	}
	f.tryTrunks(t, false)
}

// tryTrunks lists the trunks as a call would go over them.
func (f *Floor) tryTrunks(t *Tried, help bool) {
	var tried []*trunk
	next := func() *trunk {
		if help {
			return f.anyCarrier(tried)
		}
		carrier, _ := f.carrierBut(tried)
		return carrier
	}
	for c := next(); c != nil; c = next() {
		tried = append(tried, c)
		one := TriedTrunk{Name: c.Name, Takes: true}
		if !help {
			one.Longest = f.longest(&leg{trunk: c})
		}
		t.Trunks = append(t.Trunks, one)
	}
	for _, c := range f.trunks {
		if slices.Contains(tried, c) {
			continue
		}
		why := "It has no room for another call now."
		if !c.up {
			why = "It is down."
		}
		t.Trunks = append(t.Trunks, TriedTrunk{Name: c.Name, Why: why})
	}
}
