package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// row is one statement, in SQL that both databases speak.
type row struct {
	what string // for the log: table and key
	sql  string
	args []any
	link bool // a line of the audit trail: its hash is added when it is written, because what is before it may be dropped
}

const (
	putUser = `INSERT INTO users (name, role, teams, password, ha1_md5, ha1_sha, pin, desk_md5, desk_sha,
		offices, sets_others, phone_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (name) DO UPDATE SET role = excluded.role, teams = excluded.teams, password = excluded.password,
		ha1_md5 = excluded.ha1_md5, ha1_sha = excluded.ha1_sha, pin = excluded.pin,
		desk_md5 = excluded.desk_md5, desk_sha = excluded.desk_sha,
		offices = excluded.offices, sets_others = excluded.sets_others, phone_id = excluded.phone_id`
	putAgent = `INSERT INTO agents (id, entry, presence) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET entry = excluded.entry, presence = excluded.presence`
	putQueue   = `INSERT INTO queues (name, entry) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET entry = excluded.entry`
	putProfile = `INSERT INTO profiles (name, entry) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET entry = excluded.entry`
	putMeta    = `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	addStatus  = `INSERT INTO statuses (agent, began_us, status) VALUES ($1, $2, $3)
		ON CONFLICT (agent, began_us) DO UPDATE SET status = excluded.status`

	// A commit whose answer was lost is sent again: the same line twice stays one.
	addCall = `INSERT INTO calls (id, from_number, from_name, dialled, queue, began_us, answered_us, ended_us, cause,
		ended_by, legs, switches, kind, recordings, diverted, attested)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (id) DO NOTHING`
	addCallAgent = `INSERT INTO call_agents (agent, ended_us, call_id) VALUES ($1, $2, $3)
		ON CONFLICT (agent, ended_us, call_id) DO NOTHING`
	putRecording = `INSERT INTO recordings (file, length_us, problem) VALUES ($1, $2, $3)
		ON CONFLICT (file) DO UPDATE SET length_us = excluded.length_us, problem = excluded.problem`
	addAudit = `INSERT INTO audit (seq, at_us, by_user, action, subject, result, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (seq) DO NOTHING`
)

// encode turns what is pending into statements: entries in the order of their keys, then the lines as they came. What
// has no form in the database is left out and told.
func encode(p pending) (rows []row, broken []error) {
	rows = make([]row, 0, p.rows())
	add := func(table string, c telagent.Change, seq int64) {
		e := encoder{table: table}
		more := e.change(c, seq)
		if e.err != nil {
			broken = append(broken, fmt.Errorf("encode %s: %w", more[0].what, e.err))
			return
		}
		rows = append(rows, more...)
	}
	for _, k := range slices.SortedFunc(maps.Keys(p.latest), key.compare) {
		add(k.table, p.latest[k], 0)
	}
	for _, l := range p.lines {
		add("", l.change, l.seq)
	}
	keptOnes, more := keptRows(p.kept)
	return slices.Concat(rows, messages(p.outbox), banRows(p.bans), keyRows(p.keys), keptOnes, ladderRows(p.ladders)), append(broken, more...)
}

// encoder encodes one change and keeps the first thing that cannot be.
type encoder struct {
	table string // that it is for; empty: a line
	err   error
}

func (e *encoder) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

func (e *encoder) change(c telagent.Change, seq int64) []row {
	switch c := c.(type) {
	case telagent.UserChanged:
		u, proof := c.User, c.User.Credentials
		return []row{{what: "user " + u.Name, sql: putUser, args: []any{
			word(u.Name), e.role(u.Role), e.object(u.Teams), text(proof.Password), text(proof.HA1MD5), text(proof.HA1SHA), text(proof.PIN),
			text(proof.DeskMD5), text(proof.DeskSHA), e.object(u.Offices), flag(u.SetsOthers), text(u.PhoneID),
		}}}
	case telagent.AgentChanged:
		a := c.Agent
		if seq == ofStatus {
			return []row{{what: "status of agent " + a.ID, sql: addStatus, args: []any{word(a.ID), micros(a.Presence.Since), a.Presence.Status().String()}}}
		}
		return []row{{what: "agent " + a.ID, sql: putAgent, args: []any{word(a.ID), e.object(entryOf(a)), e.object(a.Presence)}}}
	case telagent.QueueChanged:
		q := c.Queue
		return []row{{what: "queue " + q.Name, sql: putQueue, args: []any{word(q.Name), e.object(queueOf(q))}}}
	case telagent.ProfileChanged:
		p := c.Profile
		return []row{{what: "profile " + p.Name, sql: putProfile, args: []any{word(p.Name), e.object(profileOf(p))}}}
	case telagent.ReasonsChanged:
		return []row{{what: "the reasons of breaks", sql: putMeta, args: []any{reasonsKey, e.object(c.Reasons)}}}
	case telagent.PolicyChanged:
		return []row{{what: "policy of " + c.Policy.Team, sql: putPolicy, args: []any{word(c.Policy.Team), e.object(policyOf(c.Policy))}}}
	case telagent.ScheduleChanged:
		if c.Gone {
			return []row{{what: "schedule " + c.Schedule.Name, sql: dropSchedule, args: []any{word(c.Schedule.Name)}}}
		}
		return []row{{what: "schedule " + c.Schedule.Name, sql: putSchedule, args: []any{word(c.Schedule.Name), e.object(scheduleOf(c.Schedule))}}}
	case telagent.SiteChanged:
		if c.Gone {
			return []row{{what: "site " + c.Site.Name, sql: dropSite, args: []any{word(c.Site.Name)}}}
		}
		return []row{{what: "site " + c.Site.Name, sql: putSite, args: []any{word(c.Site.Name), e.object(c.Site.Networks)}}}
	case telagent.EntryChanged:
		return []row{entryRow(e.table, c)}
	case telagent.CallEnded:
		return e.record(c.Record)
	case telagent.RecordingEnded:
		return []row{{what: "recording " + c.File, sql: putRecording, args: []any{word(c.File), c.Length.Microseconds(), text(c.Problem)}}}
	case telagent.LegMeasured:
		return []row{{what: "quality of leg " + string(c.Leg), sql: putQuality, args: []any{word(string(c.Leg)), e.object(qualityOf(c.Quality))}}}
	case telagent.Worked:
		return []row{workRow(c.Work)}
	case telagent.SwitchDone:
		return []row{switchRow(c.Switch)}
	case telagent.SwitchFailed:
		return []row{switchRow(c.Switch)}
	case telagent.SwitchMeasured:
		return []row{switchRow(c.Switch)}
	case telagent.Audited:
		l := c.Entry
		return []row{{what: fmt.Sprintf("audit %d", seq), sql: addAudit, link: true, args: []any{
			seq, micros(l.Time), word(l.By), word(l.Action), word(l.Subject), word(l.Result), text(l.Detail),
		}}}
	case telagent.CallChanged, telagent.BatchChanged, telagent.SwitchBegun, telagent.TelagentBegan, telagent.TelagentEnded, telagent.AlarmRaised, telagent.AlarmCleared,
		telagent.AgentTold, telagent.CallKept, telagent.PartKept, telagent.DrainChanged, telagent.Drained:
	}
	panic(fmt.Sprintf("store: %T is not stored", c)) // Write passes it over
}

func (e *encoder) record(r telagent.Record) []row {
	id := word(string(r.ID))
	rows := []row{{what: "call " + id, sql: addCall, args: []any{
		id, text(r.From.Number), text(r.From.Name), text(r.To), word(r.Queue), micros(r.Began), micros(r.Answered), micros(r.Ended),
		e.cause(r.Cause), text(r.EndedBy), e.object(e.legs(r.Legs)), e.object(switchesOf(r.Switches)),
		word(r.Kind), e.object(recordingsOf(r.Recordings)), e.object(divertedEntry(r.Diverted)), word(r.Attested),
	}}}
	agents := make(map[string]bool)
	for _, l := range r.Legs {
		if l.Agent != "" && !agents[l.Agent] {
			agents[l.Agent] = true
			rows = append(rows, row{what: "call " + id + " of agent " + l.Agent, sql: addCallAgent, args: []any{word(l.Agent), micros(r.Ended), id}})
		}
	}
	return rows
}

func (e *encoder) legs(legs []telagent.LegRecord) []legEntry {
	out := make([]legEntry, len(legs))
	for i, l := range legs {
		out[i] = legEntry{
			l.Leg, l.Seat.String(), l.Mode, l.Agent, l.Device.String(), l.Target, micros(l.Began), micros(l.Answered), micros(l.Ended),
			e.cause(l.Cause), l.Fault,
		}
		if _, err := seatOf(out[i].Seat); err != nil {
			e.fail(err)
		}
		if _, err := deviceOf(out[i].Device); err != nil {
			e.fail(err)
		}
	}
	return out
}

// role returns the word of a role. One that has none would not be found again, and stop the next start.
func (e *encoder) role(r telagent.Role) string {
	word, ok := roleWords[r]
	if !ok {
		e.fail(fmt.Errorf("unknown role %d", r))
	}
	return word
}

func (e *encoder) cause(c call.Cause) string {
	word := c.String()
	if _, err := call.ParseCause(word); err != nil {
		e.fail(err)
	}
	return word
}

// object is a value as JSON, which escapes zero bytes and mends what is not UTF-8.
func (e *encoder) object(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		e.fail(err)
	}
	return string(b)
}

// flag is a truth as it is stored.
func flag(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// micros is a time as it is stored: microseconds since 1970 UTC, 0 for never.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// text makes any bytes a text that both databases take: PostgreSQL refuses a zero byte and what is not UTF-8.
func text(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
}

// longestWord bounds what is in an index, in bytes: PostgreSQL refuses more than 2,700 in a row of one.
const longestWord = 255

// word is a text that is in an index.
func word(s string) string {
	s = text(s)
	if len(s) <= longestWord {
		return s
	}
	cut := longestWord
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut]
}
