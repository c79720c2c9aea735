package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"telagent-gateway/telagent"
)

// row is one statement, in SQL that both databases speak.
type row struct {
	what string // for the log: table and key
	sql  string
	args []any
}

const (
	putUser = `INSERT INTO users (name, role, teams, password, ha1_md5, ha1_sha, pin) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (name) DO UPDATE SET role = excluded.role, teams = excluded.teams, password = excluded.password,
		ha1_md5 = excluded.ha1_md5, ha1_sha = excluded.ha1_sha, pin = excluded.pin`
	putAgent = `INSERT INTO agents (id, entry, presence) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET entry = excluded.entry, presence = excluded.presence`
	putQueue = `INSERT INTO queues (name, entry) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET entry = excluded.entry`

	// A commit whose answer was lost is sent again: the same line twice stays one.
	addCall = `INSERT INTO calls (id, from_number, from_name, dialled, queue, began_us, answered_us, ended_us, cause,
		ended_by, legs, switches) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING`
	addCallAgent = `INSERT INTO call_agents (agent, ended_us, call_id) VALUES ($1, $2, $3)
		ON CONFLICT (agent, ended_us, call_id) DO NOTHING`
	addAudit = `INSERT INTO audit (seq, at_us, by_user, action, subject, result, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (seq) DO NOTHING`
)

// encode turns what is pending into statements: entries in the order of their keys, then the lines as they came.
func encode(p pending) []row {
	rows := make([]row, 0, p.rows())
	keys := slices.SortedFunc(maps.Keys(p.latest), func(a, b key) int {
		return strings.Compare(a.table+"\x00"+a.id, b.table+"\x00"+b.id)
	})
	for _, k := range keys {
		rows = append(rows, encodeChange(p.latest[k], 0)...)
	}
	for _, l := range p.lines {
		rows = append(rows, encodeChange(l.change, l.seq)...)
	}
	return rows
}

func encodeChange(c telagent.Change, seq int64) []row {
	switch c := c.(type) {
	case telagent.UserChanged:
		u, proof := c.User, c.User.Credentials
		return []row{{"user " + u.Name, putUser, []any{
			word(u.Name), roleWords[u.Role], object(u.Teams), text(proof.Password), text(proof.HA1MD5), text(proof.HA1SHA), text(proof.PIN),
		}}}
	case telagent.AgentChanged:
		a := c.Agent
		return []row{{"agent " + a.ID, putAgent, []any{word(a.ID), object(entryOf(a)), object(a.Presence)}}}
	case telagent.QueueChanged:
		q := c.Queue
		return []row{{"queue " + q.Name, putQueue, []any{word(q.Name), object(queueOf(q))}}}
	case telagent.CallEnded:
		return encodeRecord(c.Record)
	case telagent.Audited:
		e := c.Entry
		return []row{{fmt.Sprintf("audit %d", seq), addAudit, []any{
			seq, micros(e.Time), word(e.By), word(e.Action), word(e.Subject), word(e.Result), text(e.Detail),
		}}}
	}
	panic(fmt.Sprintf("store: %T is not stored", c))
}

func encodeRecord(r telagent.Record) []row {
	rows := []row{{"call " + string(r.ID), addCall, []any{
		word(string(r.ID)), text(r.From.Number), text(r.From.Name), text(r.To), word(r.Queue), micros(r.Began), micros(r.Answered),
		micros(r.Ended), r.Cause.String(), text(r.EndedBy), object(legsOf(r.Legs)), object(switchesOf(r.Switches)),
	}}}
	agents := make(map[string]bool)
	for _, l := range r.Legs {
		if l.Agent != "" && !agents[l.Agent] {
			agents[l.Agent] = true
			rows = append(rows, row{
				"call " + string(r.ID) + " of agent " + l.Agent, addCallAgent, []any{word(l.Agent), micros(r.Ended), word(string(r.ID))},
			})
		}
	}
	return rows
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

// object is a value as JSON, which escapes zero bytes and mends what is not UTF-8.
func object(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: %T does not encode: %v", v, err)) // plain structs of ours
	}
	return string(b)
}
