package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"telagent-gateway/console"
	"telagent-gateway/directory"
	"telagent-gateway/telagent"
)

// Directory returns what people set up, as it is now.
func (g *Gateway) Directory(ctx context.Context) (telagent.State, error) {
	return read(ctx, g.loop, func(_ time.Time, f *telagent.Floor) telagent.State { return f.State() })
}

// putEntry puts one entry as an import of it alone would: the same checks and the same complaints.
func (g *Gateway) putEntry(ctx context.Context, by string, e console.Entry, s console.Secrets, guard func(telagent.Command) telagent.Command) error {
	present, err := g.Directory(ctx)
	if err != nil {
		return err
	}
	file := fileOf(e, s)
	nowhere := func(string) string { return "" }
	plan, err := file.Plan(by, present, dialRules(g.conf()), hasher(g.conf().SIP.Domain), nowhere)
	if err := errors.Join(err, checkZones(file, nowhere)); err != nil {
		return badEntry(err)
	}
	var c telagent.Command
	if len(plan.Commands) > 0 {
		c = plan.Commands[0]
	}
	if c = guard(c); c == nil {
		return nil
	}
	return g.loop.do(ctx, c)
}

// fileOf is a directory file with one entry.
func fileOf(e console.Entry, s console.Secrets) (f directory.File) {
	switch e := e.(type) {
	case console.UserEntry:
		f.Users = []directory.User{{
			Name: e.Name, Role: e.Role, Teams: e.Teams, Offices: e.Offices, Others: e.SetsOthers, PhoneID: e.PhoneID,
			Password: s.Password, PIN: s.PIN,
		}}
	case console.AgentEntry:
		f.Agents = []directory.Agent{agentOf(e, s)}
	case console.QueueEntry:
		f.Queues = []directory.Queue{queueOf(e)}
	case console.ProfileEntry:
		order := e.Order
		f.Profiles = []directory.Profile{{
			Name: e.Name, Type: e.Type, Duration: lasting(e.DurationS), Queues: e.Queues, Reason: e.Reason, Order: &order,
		}}
	default:
		panic(fmt.Sprintf("gateway: no file has a %T", e))
	}
	return f
}

func agentOf(e console.AgentEntry, s console.Secrets) directory.Agent {
	a := directory.Agent{
		ID: e.ID, Name: e.Name, Team: e.Team, Role: e.Role, Supervises: e.Supervises, Password: s.Password, PIN: s.PIN, Numbers: e.Numbers,
		Authorised: e.Authorised, Direct: e.Direct, DeskPhone: e.DeskPhone, Queues: e.Queues, Offices: e.Offices, SignsOnAs: e.SignsOnAs,
		Channels: e.Channels, PhoneID: e.PhoneID, Proof: e.Proof, Language: e.Language, NailedUp: e.NailedUp,
	}
	if e.WrapUpS != nil {
		d := lasting(*e.WrapUpS)
		a.WrapUp = &d
	}
	return a
}

func queueOf(e console.QueueEntry) directory.Queue {
	q := directory.Queue{
		Name: e.Name, Numbers: e.Numbers, Strategy: e.Strategy, Priority: e.Priority, Office: e.Office, CallingName: e.CallingName,
		ShowCaller: e.ShowCaller, Record: e.Record, CallerID: e.CallerID, FallbackFor: e.FallbackFor, Music: e.Music, Language: e.Language,
		RingTime: lasting(e.RingS), Widen: lasting(e.WidenS), Sticky: lasting(e.StickyS), Patience: lasting(e.PatienceS),
		MaxWait: lasting(e.MaxWaitS), MaxWaiting: e.MaxWaiting, Announce: lasting(e.AnnounceS),
	}
	if e.Overflow != nil {
		q.Overflow = directory.Overflow{Queue: e.Overflow.Queue, Number: e.Overflow.Number}
	}
	if h := e.Hours; h != nil {
		q.Hours = directory.Hours{Zone: h.Zone, Week: h.Week, Dates: h.Dates}
		if h.Closed != nil {
			q.Hours.Closed = directory.Overflow{Queue: h.Closed.Queue, Number: h.Closed.Number}
		}
	}
	for cause, r := range e.Unreachable {
		if q.Unreachable == nil {
			q.Unreachable = make(map[string]directory.Unreached)
		}
		q.Unreachable[cause] = directory.Unreached{Delay: lasting(r.DelayS), Strike: r.Strike, Next: r.NextNumber, Status: r.Status, Reason: r.Reason}
	}
	return q
}

func lasting(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// badEntry turns what is wrong with a file of one entry into what is wrong with a request.
func badEntry(err error) error {
	bad := &console.BadEntry{}
	var walk func(error)
	walk = func(err error) {
		var one *directory.Complaint
		if all, is := err.(interface{ Unwrap() []error }); is {
			for _, e := range all.Unwrap() {
				walk(e)
			}
			return
		}
		if errors.As(err, &one) {
			bad.Complaints = append(bad.Complaints, console.Complaint{Location: location(one.Path), Message: one.Sentence})
		}
	}
	walk(err)
	if len(bad.Complaints) == 0 {
		return err
	}
	return bad
}

// times are the keys of a directory file whose length of time the API has in seconds.
var times = []string{"wrap_up", "duration", "ring_time", "widen", "sticky", "patience", "max_wait", "announce"}

// location is where something of an entry is in a request.
func location(path string) string {
	_, key, _ := strings.Cut(path, "].")
	switch {
	case key == "id", key == "name" && !strings.HasPrefix(path, "agents["):
		return "path.name"
	case slices.Contains(times, key):
		key += "_s"
	}
	return "body." + key
}
