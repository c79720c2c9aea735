package telagent_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// event reads a fact as scripts write it.
func (p *play) event(verb string, words []string) call.Event {
	arg := func(i int) string {
		if i >= len(words) {
			p.t.Fatalf("%s: %s needs more words", p.where, verb)
		}
		return words[i]
	}
	if verb == "invited" { // invited LEG FROM TO over TRUNK | by AOR
		leg := arg(0)
		if slices.Contains(p.legs.script, leg) {
			p.t.Fatalf("%s: there is a leg %s already", p.where, leg)
		}
		p.legs.add("in-"+leg, leg)
		e := call.Invited{Leg: call.LegID("in-" + leg), From: call.Party{Number: arg(1)}, To: arg(2), Source: call.Source{Trunk: "north"}}
		for i := 5; i+1 < len(words); i++ { // … [diverted NUMBER WHY] [attested WORD]
			switch words[i] {
			case "diverted":
				e.Diverted = call.Diversion{Number: words[i+1], Why: arg(i + 2)}
			case "attested":
				e.Attested = words[i+1]
			}
		}
		if len(words) > 6 && arg(5) == "replacing" {
			e.Replaces = call.LegID(p.legs.back(arg(6)))
		}
		if len(words) > 4 && arg(3) == "over" {
			e.Source.Trunk = arg(4)
		} else if len(words) > 4 {
			e.Source = call.Source{AOR: arg(4)}
		}
		return e
	}
	if e := p.ourselves(verb, words); e != nil {
		return e
	}
	leg := call.LegID(p.legs.back(arg(0)))
	switch verb {
	case "ringing":
		return call.Ringing{Leg: leg, Audio: len(words) > 1 && words[1] == "audio"} // ringing LEG [audio]
	case "answered":
		return call.Answered{Leg: leg}
	case "failed":
		return call.Failed{Leg: leg, Cause: p.cause(arg(1))}
	case "ended": // ended LEG hung_up | lost, and how it counts is the cause
		if arg(1) == "lost" {
			return call.Ended{Leg: leg, How: call.LegLost, Cause: call.Lost}
		}
		return call.Ended{Leg: leg, How: call.HungUp, Cause: call.Normal}
	case "silent":
		return call.Silent{Leg: leg}
	case "heard":
		return call.Heard{Leg: leg}
	case "held":
		return call.Held{Leg: leg}
	case "resumed":
		return call.Resumed{Leg: leg}
	case "digit":
		return call.Digit{Leg: leg, Key: arg(1)}
	case "played":
		return call.Played{Leg: leg, Prompt: call.Prompt(arg(1))}
	case "referred": // referred LEG TO | referred LEG with OTHER
		if arg(1) == "with" {
			return call.Referred{Leg: leg, With: call.LegID(p.legs.back(arg(2)))}
		}
		return call.Referred{Leg: leg, To: arg(1)}
	case "recorded": // recorded LEG [PROBLEM]
		return call.Recorded{Leg: leg, File: p.files[leg], Length: time.Minute, Problem: strings.Join(words[1:], " ")}
	case "measured":
		return call.Measured{Leg: leg, Quality: call.Quality{Received: call.StreamQuality{Packets: 1}}}
	case "spliced": // spliced LEG to LISTENER
		return call.Spliced{Leg: leg, To: call.LegID(p.legs.back(arg(2))), Gap: 21 * time.Millisecond, CutOver: 40 * time.Millisecond}
	case "published": // published AOR STATUS [REASON]
		e := call.Published{AOR: arg(0), Status: arg(1)}
		if len(words) > 2 {
			e.Reason = words[2]
		}
		return e
	case "bound":
		return call.Bound{AOR: arg(0)}
	case "unbound":
		return call.Unbound{AOR: arg(0)}
	case "located": // located AOR ADDRESS
		return call.Located{AOR: arg(0), Address: netip.MustParseAddr(arg(1))}
	case "missed", "seen": // missed SIGN AOR | missed reports LEG
		return p.sign(verb, arg(0), arg(1))
	case "verified": // verified LEG right | wrong
		return call.Verified{Leg: leg, Right: arg(1) == "right"}
	case "turned_away":
		return call.TurnedAway{Leg: leg, Status: 503}
	case "trunk_up":
		return call.TrunkUp{Trunk: arg(0)}
	case "trunk_down":
		return call.TrunkDown{Trunk: arg(0), Problem: "no answer"}
	}
	p.t.Fatalf("%s: no event is called %s", p.where, verb)
	return nil
}

// ourselves reads a fact about the gateway itself; nil: it is none.
func (p *play) ourselves(verb string, words []string) call.Event {
	switch verb {
	case "impaired": // impaired PART [PROBLEM]
		return call.Impaired{Part: words[0], Problem: strings.Join(words[1:], " ")}
	case "repaired": // repaired PART
		return call.Repaired{Part: words[0]}
	case "stalled": // stalled TIME
		d, err := time.ParseDuration(words[0])
		if err != nil {
			p.t.Fatalf("%s: %v", p.where, err)
		}
		return call.Stalled{For: d}
	}
	return nil
}

// sign reads the evidence of a phone's life.
func (p *play) sign(verb, word, of string) call.Event {
	sign := map[string]call.Sign{"reports": call.Reports, "flow": call.Flow, "registration": call.Registration, "answers": call.Answers}[word]
	leg, aor := call.LegID(""), of
	switch sign {
	case call.NoSign:
		p.t.Fatalf("%s: no sign is called %s", p.where, word)
	case call.Reports:
		leg, aor = call.LegID(p.legs.back(of)), ""
	case call.Flow, call.Registration, call.Answers:
	}
	if verb == "missed" {
		return call.Missed{Sign: sign, Leg: leg, AOR: aor}
	}
	return call.Seen{Sign: sign, Leg: leg, AOR: aor}
}

func (p *play) cause(word string) call.Cause {
	c, err := call.ParseCause(word)
	if err != nil {
		p.t.Fatalf("%s: %v", p.where, err)
	}
	return c
}

// action prints an order as scripts write it.
func (p *play) action(a call.Action) string {
	leg := func(id call.LegID) string { return p.legs.of(string(id)) }
	switch a := a.(type) {
	case call.Answer:
		return "answer " + leg(a.Leg)
	case call.Reject:
		return fmt.Sprintf("reject %s %s", leg(a.Leg), a.Cause)
	case call.Dial:
		s := fmt.Sprintf("dial %s %s", leg(a.Leg), a.Target)
		if p.shows["callers"] {
			s += fmt.Sprintf(" as %q %s", a.From.Name, a.From.Number)
		}
		if p.shows["callers"] && a.Diverted != "" {
			s += " for " + a.Diverted
		}
		if a.Auto {
			s += " auto"
		}
		if p.shows["trunks"] && a.Target.Trunk != "" {
			s += " over " + a.Target.Trunk
		}
		return s
	case call.Ring:
		if a.Audio {
			return "ring " + leg(a.Leg) + " audio"
		}
		return "ring " + leg(a.Leg)
	case call.Hangup:
		return fmt.Sprintf("hangup %s %s", leg(a.Leg), a.Cause)
	case call.Join:
		return fmt.Sprintf("join %s %s", leg(a.A), leg(a.B))
	case call.Swap:
		return fmt.Sprintf("swap %s %s", leg(a.Old), leg(a.New))
	case call.Park:
		if a.Music != "" {
			return fmt.Sprintf("park %s %s", leg(a.Leg), a.Music)
		}
		if a.Audio == call.Music {
			return "park " + leg(a.Leg)
		}
		return fmt.Sprintf("park %s %s", leg(a.Leg), a.Audio)
	case call.Say:
		s := fmt.Sprintf("say %s %s", leg(a.Leg), a.Prompt)
		if a.Number > 0 {
			s += fmt.Sprintf(" %d", a.Number)
		}
		return strings.TrimSpace(s + " " + a.Language)
	case call.Hear:
		var from []string
		for _, id := range a.From {
			from = append(from, leg(id))
		}
		return fmt.Sprintf("hear %s %s", leg(a.Leg), strings.Join(from, ","))
	case call.Record:
		p.files[a.Leg] = a.File
		return fmt.Sprintf("record %s %s", leg(a.Leg), a.Now)
	case call.Progress:
		if !a.Done {
			return "progress " + leg(a.Leg)
		}
		return fmt.Sprintf("progress %s %s", leg(a.Leg), a.Cause)
	case call.Reroute:
		if a.Trunk == "" {
			return "reroute " + leg(a.Leg) + " nowhere"
		}
		return fmt.Sprintf("reroute %s %s", leg(a.Leg), a.Trunk)
	case call.Ask:
		return strings.TrimSpace(fmt.Sprintf("ask %s %s %s", leg(a.Leg), a.Prompt, a.Language))
	case call.Verify:
		s := fmt.Sprintf("verify %s %s", leg(a.Leg), string(a.Secret))
		if a.Hash == "" {
			s += " against nothing"
		}
		return s
	}
	return fmt.Sprintf("%T", a)
}

// change prints what became true, as far as it is news.
func (p *play) change(c telagent.Change) string {
	p.kept.take(c)
	switch c := c.(type) {
	case telagent.AgentChanged:
		is := p.agent(c.Shown)
		if p.agents[c.Shown.ID] == is {
			return ""
		}
		p.agents[c.Shown.ID] = is
		return c.Shown.ID + " " + is
	case telagent.CallChanged:
		name := p.calls.of(string(c.Shown.ID))
		is := c.Shown.State
		if c.Shown.Priority == 11 {
			is += " at 11 since " + c.Shown.Began.Sub(start).String()
		}
		if p.visits[c.Shown.ID] == is {
			return ""
		}
		first := p.visits[c.Shown.ID] == ""
		p.visits[c.Shown.ID] = is
		if c.Shown.State == "held" || c.Shown.State == "consulting" || c.Shown.State == "transferring" || c.Shown.State == "outside" || c.Shown.State == "dialling" || strings.HasPrefix(is, "waiting at") || c.Shown.State == "waiting" && !first {
			return name + " " + is
		}
		return ""
	case telagent.CallEnded:
		s := fmt.Sprintf("%s over, %s by %s", p.calls.of(string(c.Record.ID)), c.Record.Cause, c.Record.EndedBy)
		if p.shows["records"] {
			for _, l := range c.Record.Legs {
				s += fmt.Sprintf(", %s %s", p.legs.of(string(l.Leg)), strings.TrimSpace(l.Mode+" "+l.Cause.String()))
				if l.Fault != "" {
					s += fmt.Sprintf(" (%s)", l.Fault)
				}
			}
		}
		return s
	case telagent.SwitchBegun:
		return "switch begun " + c.Switch.Agent
	case telagent.SwitchDone:
		return "switch done " + c.Switch.Agent
	case telagent.SwitchFailed:
		return "switch failed " + c.Switch.Agent + " " + c.Switch.Result
	case telagent.TelagentBegan:
		if !p.shows["telagents"] {
			return ""
		}
		return reachedWords("telagent", c.Reached)
	case telagent.TelagentEnded:
		if !p.shows["telagents"] {
			return ""
		}
		return reachedWords("no telagent", c.Reached)
	case telagent.BatchChanged:
		return p.batch(c.Batch)
	case telagent.DrainChanged:
		return drainWords(c.Drain)
	case telagent.Drained:
		return fmt.Sprintf("drained, %d left", c.Left)
	case telagent.AlarmRaised:
		is := "alarm " + c.Code + " " + p.calls.replaced(c.Subject)
		if p.shows["alarms"] {
			is += " for " + cmp.Or(strings.Join(c.Teams, ","), c.Team) + ": " + c.Sentence
		}
		return is
	case telagent.AlarmCleared:
		return "alarm over " + c.Code + " " + p.calls.replaced(c.Subject)
	case telagent.Audited:
		if !p.shows["audit"] {
			return ""
		}
		return strings.TrimSpace(fmt.Sprintf("audit %s %s %s %s: %s", c.Entry.By, c.Entry.Action, p.calls.replaced(p.batches.replaced(c.Entry.Subject)), c.Entry.Result, p.calls.replaced(p.batches.replaced(c.Entry.Detail))))
	case telagent.QueueChanged:
		if !p.shows["queues"] {
			return ""
		}
		return fmt.Sprintf("queue %s %d waiting %d available", c.Shown.Name, c.Shown.Waiting, c.Shown.Available)
	case telagent.AgentTold:
		if !p.shows["told"] {
			return ""
		}
		return fmt.Sprintf("told %s %s: %s", c.Agent, c.Code, c.Sentence)
	case telagent.RecordingEnded:
		return "recording over"
	case telagent.SwitchMeasured:
		return fmt.Sprintf("switch measured %s gap %v", c.Switch.Agent, c.Switch.Gap)
	case telagent.Worked:
		return p.worked(c.Work)
	case telagent.LegMeasured:
		return fmt.Sprintf("measured %s", p.legs.of(string(c.Leg)))
	case telagent.PartKept:
		if !c.Gone || !p.shows["forgotten"] {
			return ""
		}
		return "forgotten " + string(c.Part.Kind)
	}
	return p.entryChange(c)
}

// entryChange prints what became of what people set up.
func (p *play) entryChange(c telagent.Change) string {
	switch c := c.(type) {
	case telagent.ProfileChanged:
		return "profile " + c.Profile.Name
	case telagent.PolicyChanged:
		return fmt.Sprintf("policy %s %s", c.Policy.Team, c.Policy.CutOff)
	case telagent.ScheduleChanged:
		return scheduled(c)
	case telagent.SiteChanged:
		return "site " + c.Site.Name
	case telagent.EntryChanged:
		if !c.Gone || !p.shows["entries"] {
			return ""
		}
		return "no " + c.Revision.Entry.Kind.String() + " " + c.Revision.Entry.Name
	case telagent.ReasonsChanged:
		return "reasons " + strings.Join(c.Reasons, ",")
	case telagent.CallKept, telagent.PartKept:
		return ""
	case telagent.UserChanged:
		return "user " + c.User.Name
	}
	return fmt.Sprintf("%T", c)
}

func scheduled(c telagent.ScheduleChanged) string {
	if c.Gone {
		return "no schedule " + c.Schedule.Name
	}
	return "schedule " + c.Schedule.Name
}

// worked prints a piece of work: "ana talk 8s (held 2s), normal".
func (p *play) worked(w telagent.Work) string {
	if !p.shows["work"] {
		return ""
	}
	s := fmt.Sprintf("%s %s %s", w.Agent, w.What, w.Ended.Sub(w.Began))
	if w.Held > 0 {
		s += fmt.Sprintf(" (held %s)", w.Held)
	}
	if w.Result != "" {
		s += ", " + w.Result
	}
	return s + " [" + strings.TrimSpace(w.Kind+" "+w.Queue) + "]"
}

func reachedWords(what string, r telagent.Reached) string {
	return fmt.Sprintf("%s %s at %s by %s (%s)", what, r.Agent, r.Device, cmp.Or(r.By, "the system"), r.Why)
}

// agent prints how an agent is shown: his status, and what is special about it.
func (p *play) agent(v telagent.AgentView) string {
	is := v.Status
	if v.Activity == "cut_off" {
		is += " (cut_off)"
	}
	if v.Reason != "" && v.Status == v.Declared {
		is += " (" + v.Reason + ")"
	}
	if v.Profile != "" {
		is += " [" + v.Profile + "]"
	}
	if v.Reach == "phone" {
		is += " by phone"
	}
	if v.Line != "" {
		is += ", line " + v.Line
	}
	if v.Reachable == "unreachable" && v.Status == "available" {
		is += " (no phone)"
	}
	is += shiftWords(v.Shifts)
	for _, office := range v.Offices {
		if away, out := v.OfficesAway[office]; out {
			is += ", away in " + office + " by " + away.By
		}
	}
	if !v.PageClosed.IsZero() {
		is += ", no page"
	}
	if v.Pending != "" {
		is += ", then " + v.Pending
	}
	if v.Strikes > 0 {
		is += ", strike " + strconv.Itoa(v.Strikes)
	}
	if !v.Until.IsZero() {
		is += " until " + v.Until.Sub(start).String()
	}
	if p.shows["who"] {
		is += ", set by " + cmp.Or(v.ChangedBy, "the system")
	}
	if p.shows["colours"] && !v.RedAt.IsZero() {
		is += ", amber " + v.AmberAt.Sub(start).String() + " red " + v.RedAt.Sub(start).String()
	}
	if p.shows["lost"] {
		is += p.outage(v)
	}
	if p.shows["stations"] {
		is += stations(v)
	}
	if p.shows["versions"] {
		is += fmt.Sprintf(", version %d", v.Version)
	}
	if p.shows["icons"] {
		is += fmt.Sprintf(", voice %s chat %s", v.Capabilities.Voice, v.Capabilities.Chat)
	}
	return is
}
