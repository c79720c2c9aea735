package store

import (
	"database/sql"
	"fmt"

	"telagent-gateway/telagent"
)

const (
	putRevision = `INSERT INTO revisions (kind, name, version, by_user, at_us) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (kind, name) DO UPDATE SET version = excluded.version, by_user = excluded.by_user, at_us = excluded.at_us`
	dropRevision = `DELETE FROM revisions WHERE kind = $1 AND name = $2`

	revisionsTable = "revisions"
)

// droppedFrom are the tables that an entry is taken out of when it is gone, of those kinds of which no other change says it.
var droppedFrom = map[telagent.EntryKind][]string{
	telagent.UserEntry: {"users"}, telagent.AgentEntry: {"agents", "users"}, telagent.QueueEntry: {"queues"}, telagent.ProfileEntry: {"profiles"},
}

// dropEntry deletes an entry from such a table.
var dropEntry = map[string]string{
	"users": `DELETE FROM users WHERE name = $1`, "agents": `DELETE FROM agents WHERE id = $1`,
	"queues": `DELETE FROM queues WHERE name = $1`, "profiles": `DELETE FROM profiles WHERE name = $1`,
}

// takeEntry keeps what became of an entry. One that is gone takes the place of what waits to be written of it. The caller
// holds the mutex.
func (s *Store) takeEntry(c telagent.EntryChanged) {
	e := c.Revision.Entry
	s.pending.latest[key{revisionsTable, e.Kind.String() + " " + e.Name}] = c
	if !c.Gone {
		return
	}
	for _, table := range droppedFrom[e.Kind] {
		s.pending.latest[key{table, e.Name}] = c
	}
	if e.Kind == telagent.AgentEntry {
		delete(s.since, e.Name)
	}
}

// entryRow writes what became of an entry into one table.
func entryRow(table string, c telagent.EntryChanged) row {
	r := c.Revision
	kind, name := r.Entry.Kind.String(), word(r.Entry.Name)
	switch {
	case table != revisionsTable:
		return row{what: kind + " " + name, sql: dropEntry[table], args: []any{name}}
	case c.Gone:
		return row{what: "revision of " + kind + " " + name, sql: dropRevision, args: []any{kind, name}}
	}
	return row{what: "revision of " + kind + " " + name, sql: putRevision, args: []any{kind, name, r.Version, word(r.By), micros(r.At)}}
}

func readRevision(rows *sql.Rows) (r telagent.Revision, err error) {
	var kind string
	var at int64
	if err := rows.Scan(&kind, &r.Entry.Name, &r.Version, &r.By, &at); err != nil {
		return r, err
	}
	if r.Entry.Kind, err = telagent.ParseEntryKind(kind); err != nil {
		return r, fmt.Errorf("revision of %s: %w", r.Entry.Name, err)
	}
	r.At = fromMicros(at)
	return r, nil
}
