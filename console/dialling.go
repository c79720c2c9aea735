package console

import (
	"context"
	"time"

	"telagent-gateway/telagent"
)

// DialRules are what may be dialled, as the configuration says; see docs/configuration.md for the words.
type DialRules struct {
	Region                          string
	Allow, Deny, Premium, Emergency []string
	Calls, PerHour                  int           // of each person; 0: no limit
	MaxDuration                     time.Duration // 0: none
	Shown                           string        // where no queue and no agent has another; empty: none is
	ShownByQueue, ShownByAgent      map[string]string
	Trunks                          []TrunkRules
}

// TrunkRules are how calls go over a trunk.
type TrunkRules struct {
	Name                                       string
	Priority, Weight, Channels, PerHour        int
	MaxDuration                                time.Duration
	CalledIn, CallingIn, CalledOut, CallingOut []string
}

// Tried is what would become of a number if it were dialled.
type Tried struct {
	telagent.Tried
	Kind, Region string
	Written      map[string]Written // by trunk
}

// Written is how a trunk is told of a call.
type Written struct{ Called, Calling string }

type dialRulesShown struct {
	Region       string            `json:"region,omitempty" doc:"country in which numbers without a country code are read; absent: they are not read"`
	Allow        []string          `json:"allow"`
	Deny         []string          `json:"deny"`
	Premium      []string          `json:"premium" doc:"what may be dialled though it costs more"`
	Emergency    []string          `json:"emergency" doc:"besides 112, 911 and those of the region; always dialled"`
	Calls        int               `json:"calls,omitempty" doc:"most calls of a person at once; absent: no limit"`
	PerHour      int               `json:"per_hour,omitempty" doc:"most calls of a person within an hour; absent: no limit"`
	MaxS         int               `json:"max_s,omitempty" doc:"seconds after which a call that was dialled is ended; absent: never"`
	Shown        string            `json:"shown,omitempty" doc:"number that is shown where no queue and no agent has another; absent: none"`
	ShownByQueue map[string]string `json:"shown_by_queue"`
	ShownByAgent map[string]string `json:"shown_by_agent"`
	Trunks       []trunkRulesShown `json:"trunks" doc:"in the order of the configuration"`
}

type trunkRulesShown struct {
	Name       string   `json:"name"`
	Priority   int      `json:"priority" doc:"the lowest is tried first"`
	Weight     int      `json:"weight" doc:"its share among those of its priority"`
	Channels   int      `json:"channels" doc:"0: unlimited"`
	PerHour    int      `json:"per_hour" doc:"0: no limit"`
	MaxS       int      `json:"max_s" doc:"seconds; 0: as the rules say"`
	CalledIn   []string `json:"called_in" doc:"rules that rewrite the number that a caller dialled"`
	CallingIn  []string `json:"calling_in" doc:"the caller's"`
	CalledOut  []string `json:"called_out" doc:"the number that is dialled over it"`
	CallingOut []string `json:"calling_out" doc:"the one that is shown"`
}

type dialRulesAnswer struct{ Body dialRulesShown }

type tryAsked struct {
	Body struct {
		Number string `json:"number" minLength:"1" maxLength:"64"`
		Agent  string `json:"agent,omitempty" maxLength:"64" doc:"who would dial it; absent: nobody in particular"`
	}
}

type triedTrunkShown struct {
	Name    string `json:"name"`
	Takes   bool   `json:"takes"`
	Why     string `json:"why,omitempty" doc:"why it would not be tried"`
	Called  string `json:"called" doc:"the number as it is written to this trunk"`
	Calling string `json:"calling,omitempty" doc:"the number that is shown, likewise; absent: withheld"`
	MaxS    int    `json:"max_s,omitempty" doc:"seconds after which the call is ended; absent: never"`
}

type triedAnswer struct {
	Body struct {
		Allowed  bool              `json:"allowed" doc:"something would be rung, or done"`
		Code     string            `json:"code,omitempty"`
		Sentence string            `json:"sentence,omitempty" doc:"why not"`
		Leads    string            `json:"leads" enum:"feature,emergency,access,agent,queue,outside"`
		To       string            `json:"to,omitempty" doc:"the agent's id, the queue's name, what the code does, or the number as it is dialled"`
		Kind     string            `json:"kind,omitempty" doc:"of the number: fixed, mobile, premium and so on; absent: it is none"`
		Region   string            `json:"region,omitempty" doc:"its country"`
		Shown    string            `json:"shown,omitempty" doc:"number that the other side sees, before a trunk rewrites it"`
		Name     string            `json:"name,omitempty" doc:"shown beside it"`
		Trunks   []triedTrunkShown `json:"trunks" doc:"those that would be tried, in their order, then the others"`
	}
}

func (c *Console) listDialRules(ctx context.Context, _ *struct{}) (*dialRulesAnswer, error) {
	who := from(ctx).viewer
	if !who.leads() {
		return nil, problem("not_supervisor", "Only supervisors may see the dial rules.")
	}
	r := c.o.DialRules()
	out := dialRulesShown{
		Region: r.Region, Allow: list(r.Allow), Deny: list(r.Deny), Premium: list(r.Premium), Emergency: list(r.Emergency), Calls: r.Calls, PerHour: r.PerHour,
		MaxS: int(r.MaxDuration / time.Second), Shown: r.Shown, ShownByQueue: seen(r.ShownByQueue, func(queue string) bool { return who.sees(reach{queue: queue}) }),
		ShownByAgent: seen(r.ShownByAgent, func(agent string) bool { return who.sees(reach{agents: []string{agent}}) }),
		Trunks:       make([]trunkRulesShown, 0, len(r.Trunks)),
	}
	for _, t := range r.Trunks {
		out.Trunks = append(out.Trunks, trunkRulesShown{
			Name: t.Name, Priority: t.Priority, Weight: t.Weight, Channels: t.Channels, PerHour: t.PerHour, MaxS: int(t.MaxDuration / time.Second),
			CalledIn: list(t.CalledIn), CallingIn: list(t.CallingIn), CalledOut: list(t.CalledOut), CallingOut: list(t.CallingOut),
		})
	}
	return &dialRulesAnswer{Body: out}, nil
}

// seen returns those whose name somebody may see; none is an empty map, so that JSON has {} and never null.
func seen(of map[string]string, sees func(string) bool) map[string]string {
	all := make(map[string]string)
	for name, number := range of {
		if sees(name) {
			all[name] = number
		}
	}
	return all
}

// tryNumber says what would become of a number if it were dialled now.
func (c *Console) tryNumber(ctx context.Context, in *tryAsked) (*triedAnswer, error) {
	if err := foresees(ctx); err != nil {
		return nil, err
	}
	t, err := c.o.TryNumber(ctx, from(ctx).viewer.name, in.Body.Agent, in.Body.Number)
	if err != nil {
		return nil, c.refused("try a number", err)
	}
	out := &triedAnswer{}
	b := &out.Body
	b.Allowed, b.Leads, b.To, b.Kind, b.Region = t.Refusal == nil, t.Leads, t.To, t.Kind, t.Region
	b.Shown, b.Name, b.Trunks = t.Shown.Number, t.Shown.Name, []triedTrunkShown{}
	if t.Refusal != nil {
		b.Code, b.Sentence = t.Refusal.Code, t.Refusal.Sentence
	}
	for _, trunk := range t.Trunks {
		w := t.Written[trunk.Name]
		b.Trunks = append(b.Trunks, triedTrunkShown{trunk.Name, trunk.Takes, trunk.Why, w.Called, w.Calling, int(trunk.Longest / time.Second)})
	}
	return out, nil
}
