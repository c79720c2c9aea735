package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/console"
	"telagent-gateway/telagent"
)

// office is what administrators look after besides the Floor: wires that are played, and a trail that forgets nothing.
type office struct {
	s *stage

	mu    sync.Mutex
	trail []telagent.AuditEntry // newest last
	bans  []call.Ban
	down  bool // the second trunk is
}

func newOffice(s *stage) *office {
	now := time.Now()
	return &office{s: s, down: true, bans: []call.Ban{
		{Source: netip.MustParsePrefix("198.51.100.23/32"), Since: now.Add(-40 * time.Minute), Until: now.Add(20 * time.Minute), Times: 2, Reason: "12 wrong passwords within a minute"},
		{Source: netip.MustParsePrefix("2001:db8:66::/64"), Since: now.Add(-3 * time.Hour), Until: now.Add(21 * time.Hour), Times: 5, Reason: "asked for 40 names that do not exist"},
	}}
}

// options adds what administrators see to a console's.
func (o *office) options(c console.Options) console.Options {
	c.Trunks, c.Phones, c.Bans, c.Audit = o.trunks, o.phones, o, o.audit
	c.Webhooks = []console.Webhook{
		{Name: "sms", URL: "https://sms.example.com/v1/secret-path", Key: []byte("key"), Events: []string{"telagent.began", "telagent.ended"}, Teams: []string{"support"}},
		{Name: "chat", URL: "http://127.0.0.1:9/hook", Key: []byte("key"), Events: []string{"alarm.raised", "alarm.cleared", "switch.failed"}},
	}
	c.Import, c.PlanImport = o.importFile(true), o.importFile(false)
	c.Numbers = func(context.Context) ([]telagent.KnownNumber, error) {
		o.s.mu.Lock()
		defer o.s.mu.Unlock()
		return o.s.floor.KnownNumbers(), nil
	}
	c.Verify = func(context.Context, console.AuditLink) (console.AuditVerdict, error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		return console.AuditVerdict{Lines: int64(len(o.trail)), Tail: console.AuditLink{Seq: int64(len(o.trail)), Hash: strings.Repeat("5eed", 16)}}, nil
	}
	c.DialRules, c.TryNumber = o.dialRules, o.tryNumber
	c.Directory, c.PutEntry = o.directory, o.putEntry
	return c
}

// note keeps what was audited. The stage calls it in its own order.
func (o *office) note(changes []telagent.Change) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range changes {
		if a, is := c.(telagent.Audited); is {
			o.trail = append(o.trail, a.Entry)
		}
	}
}

func (o *office) audit(_ context.Context, q console.AuditQuery) (page []telagent.AuditEntry, _ error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range slices.Backward(o.trail) {
		e.Time = e.Time.Truncate(time.Microsecond)
		fits := (q.By == "" || q.By == e.By) && (q.Subject == "" || q.Subject == e.Subject) && (q.Action == "" || q.Action == e.Action) &&
			(q.Result == "" || q.Result == e.Result || q.Result == "refused" && e.Result != "done") &&
			(q.From.IsZero() || !e.Time.Before(q.From)) && (q.Before.IsZero() || e.Time.Before(q.Before))
		if fits && q.Skip > 0 {
			q.Skip--
		} else if fits && len(page) < q.Limit {
			page = append(page, e)
		}
	}
	return page, nil
}

// trunks are a carrier that is well but for one of its targets, and one that cannot be registered with.
func (o *office) trunks() []console.Trunk {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	backup := console.Trunk{
		Name: "backup", Since: now.Add(-26 * time.Minute), Registration: "not_registered", Target: "tls:192.0.2.77:5061",
		Targets: []console.Target{{Address: "tls:192.0.2.77:5061", Problem: "the certificate is for sip.other.example"}},
		Problem: "it could not be registered: the certificate is for sip.other.example", ProblemAt: now.Add(-26 * time.Minute),
	}
	if !o.down {
		backup.Registration, backup.Problem, backup.Targets[0] = "registered", "", console.Target{Address: "tls:192.0.2.77:5061", Up: true}
	}
	return []console.Trunk{{
		Name: "carrier", Since: now.Add(-11 * 24 * time.Hour), Registration: "registered", Target: "udp:198.51.100.7:5060",
		Targets: []console.Target{
			{Address: "udp:198.51.100.7:5060", Up: true}, {Address: "udp:198.51.100.8:5060", Problem: "it has not answered for 40 s"},
		},
	}, backup}
}

func (o *office) phones() []console.Phone {
	now := time.Now()
	phone := func(aor, transport, source, agent string, left, seen time.Duration, missed ...string) console.Phone {
		contact := "sip:" + aor + "@" + source + ";transport=" + transport
		p := console.Phone{AOR: aor, Contact: contact, Transport: transport, Source: source, UserAgent: agent, Expires: now.Add(left), Seen: now.Add(-seen), Missed: missed}
		if transport != "ws" {
			p.Answered = now.Add(-seen)
		}
		return p
	}
	return []console.Phone{
		phone("ana", "wss", "203.0.113.10:51002", "JsSIP 3.13.8", 4*time.Minute, 12*time.Second),
		phone("ben", "tls", "203.0.113.11:40113", "Linphone Desktop/5.2", 3*time.Minute, 25*time.Second),
		phone("carla", "udp", "203.0.113.12:5060", "snomD785/10.1", 2*time.Minute, 8*time.Second),
		phone("ines-desk", "udp", "198.51.100.40:5062", "Yealink SIP-T54W 96.86", 4*time.Minute, 19*time.Second),
		phone("jonas", "wss", "203.0.113.19:51877", "JsSIP 3.13.8", 40*time.Second, 95*time.Second, "answers"),
		phone("mia", "tcp", "203.0.113.21:42001", "", 90*time.Second, 3*time.Second),
	}
}

// Bans returns the sources that are kept away.
func (o *office) Bans() []call.Ban {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.bans)
}

// Lift ends a ban.
func (o *office) Lift(a netip.Addr) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := len(o.bans)
	o.bans = slices.DeleteFunc(o.bans, func(b call.Ban) bool { return b.Source.Contains(a) })
	return len(o.bans) < n
}

// Unheard counts nothing.
func (o *office) Unheard() (banned, hurried, crowded uint64) { return 0, 0, 0 }

// importFile plays an import: who names an agent "wrong" is told the line.
func (o *office) importFile(do bool) func(context.Context, string, []byte) (console.Report, error) {
	return func(_ context.Context, by string, file []byte) (console.Report, error) {
		var wrong []error
		for i, line := range strings.Split(string(file), "\n") {
			if strings.Contains(line, "wrong") {
				wrong = append(wrong, fmt.Errorf("directory:%d: agents[0].queues: there is no queue \"wrong\"; write one of support, billing, french", i+1))
			}
		}
		if len(wrong) > 0 {
			return console.Report{}, errors.Join(wrong...)
		}
		if do {
			if err := o.s.Do(context.Background(), telagent.PutQueue{By: by, Queue: telagent.Queue{Name: "imported", Strategy: "longest_idle", Priority: 5}}); err != nil {
				return console.Report{}, err
			}
		}
		return console.Report{Changes: []string{"queue imported is new", "agent ana: numbers, queues changed"}, Unchanged: 14}, nil
	}
}

func (o *office) dialRules() console.DialRules {
	return console.DialRules{
		Region: "DE", Allow: []string{"DE"}, Deny: []string{"+49180"}, Emergency: []string{"110"}, Calls: 2, PerHour: 60, MaxDuration: 4 * time.Hour, Shown: "+4930999000",
		ShownByQueue: map[string]string{"billing": "+4930999100"},
		Trunks: []console.TrunkRules{
			{Name: "carrier", Channels: 30, CalledIn: []string{"00 -> +"}, CalledOut: []string{"+ -> 00"}, CallingOut: []string{"+49 -> 0"}},
			{Name: "backup", Priority: 1, Channels: 4},
		},
	}
}

func (o *office) tryNumber(_ context.Context, by, agent, number string) (console.Tried, error) {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	t, err := o.s.floor.Try(o.s.now(), by, agent, number)
	out := console.Tried{Tried: t, Region: t.Number.Region, Written: map[string]console.Written{
		"carrier": {Called: strings.Replace(t.To, "+", "00", 1), Calling: strings.Replace(t.Shown.Number, "+49", "0", 1)},
		"backup":  {Called: t.To, Calling: t.Shown.Number},
	}}
	if t.Number.Dial != "" {
		out.Kind = t.Number.Kind.String()
	}
	return out, err
}
