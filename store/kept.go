package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.uber.org/zap"

	"telagent-gateway/telagent"
)

const (
	putKept  = `INSERT INTO kept (kind, id, body) VALUES ($1, $2, $3) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body`
	dropKept = `DELETE FROM kept WHERE kind = $1 AND id = $2`
	putLive  = `INSERT INTO live_calls (id, entry) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET entry = excluded.entry`
	dropLive = `DELETE FROM live_calls WHERE id = $1`
	putPart  = `INSERT INTO live_parts (kind, id, entry) VALUES ($1, $2, $3) ON CONFLICT (kind, id) DO UPDATE SET entry = excluded.entry`
	dropPart = `DELETE FROM live_parts WHERE kind = $1 AND id = $2`
)

// liveTable is where calls are that live; partTable is before the kind in the name of what else of the Floor lives.
const (
	liveTable = "live_calls"
	partTable = "live_parts "
)

// probeKind is of what is written when there is nothing to write.
const probeKind = "store.probe"

// keptTable is before the kind in the name of what is kept.
const keptTable = "kept "

func keptKey(kind, id string) key { return key{keptTable + kind, id} }

// Keep remembers a body under a kind and an id until Keep is called with nil. It returns at once: the newest body is committed
// with what Write takes. It is never dropped: while the database is away, one body waits for each thing that lives, and a mark
// for each that ended but is in the database. The body is the store's from now on.
func (s *Store) Keep(kind, id string, body []byte) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closed {
		return
	}
	if body == nil {
		s.takeLive(keptKey(kind, id), nil)
	} else {
		s.takeLive(keptKey(kind, id), body)
	}
	nudge(s.wake)
}

// Kept returns everything that is remembered by Keep, by kind and id, as it was last committed.
func (s *Store) Kept(ctx context.Context) (map[string]map[string][]byte, error) {
	all, err := list(ctx, s.db, readKept, `SELECT kind, id, body FROM kept WHERE kind <> $1`, probeKind)
	if err != nil {
		return nil, fmt.Errorf("read what the wires keep: %w", err)
	}
	found := make(map[string]map[string][]byte)
	for _, one := range all {
		if found[one.kind] == nil {
			found[one.kind] = make(map[string][]byte)
		}
		found[one.kind][one.id] = one.body
	}
	return found, nil
}

type keptBody struct {
	kind, id string
	body     []byte
}

func readKept(rows *sql.Rows) (k keptBody, err error) {
	err = rows.Scan(&k.kind, &k.id, &k.body)
	return k, err
}

// countInside reads what is kept in the database now, and so has to be deleted when it ends. Marks for what never got there go.
func (s *Store) countInside(ctx context.Context, session *sql.Conn) error {
	keys, err := list(ctx, session, func(rows *sql.Rows) (k key, err error) {
		err = rows.Scan(&k.table, &k.id)
		return k, err
	}, `SELECT '`+keptTable+`' || kind, id FROM kept UNION ALL SELECT '`+liveTable+`', id FROM live_calls
		UNION ALL SELECT '`+partTable+`' || kind, id FROM live_parts`)
	if err != nil {
		return fmt.Errorf("read what is kept: %w", err)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	clear(s.inside)
	for _, k := range keys {
		s.inside[k] = true
	}
	maps.DeleteFunc(s.pending.kept, func(k key, body any) bool { return body == nil && !s.mayBeInside(k) })
	return nil
}

// takeOff says that what is being written may be in the database from now on, whatever the answer.
func (s *Store) takeOff() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for k, body := range s.flying {
		if body != nil {
			s.inside[k] = true
		}
	}
}

// landed says that something was written. The caller holds the mutex.
func (s *Store) landed(kept map[key]any) {
	for k, body := range kept {
		if body == nil {
			delete(s.inside, k)
		}
	}
	s.flying = nil
}

// mayBeInside says whether something has to be deleted when it ends. The caller holds the mutex.
func (s *Store) mayBeInside(k key) bool {
	_, flies := s.flying[k]
	return flies || s.inside[k]
}

// takeLive keeps what is needed to go on with something; nil: it is forgotten. The caller holds the mutex.
func (s *Store) takeLive(k key, entry any) {
	if entry == nil && !s.mayBeInside(k) {
		delete(s.pending.kept, k) // it was never written
		return
	}
	s.pending.kept[k] = entry
}

// takePart does so for a part of the Floor. The caller holds the mutex.
func (s *Store) takePart(c telagent.PartKept) {
	k := key{partTable + string(c.Part.Kind), c.Part.ID}
	if c.Gone {
		s.takeLive(k, nil)
	} else {
		s.takeLive(k, c.Part)
	}
}

// keptRows turns what became of what is kept into statements. Its body is in no log.
func keptRows(kept map[key]any) (rows []row, broken []error) {
	for _, k := range slices.SortedFunc(maps.Keys(kept), key.compare) {
		r, err := keptRow(k, kept[k])
		if err != nil {
			broken = append(broken, fmt.Errorf("encode %s: %w", r.what, err))
			continue
		}
		rows = append(rows, r)
	}
	return rows, broken
}

func keptRow(k key, entry any) (row, error) {
	r := row{what: k.table + " " + k.id}
	var e encoder
	kind, ofWire := strings.CutPrefix(k.table, keptTable)
	part, ofPart := strings.CutPrefix(k.table, partTable)
	switch {
	case ofWire && entry == nil:
		r.sql, r.args = dropKept, []any{word(kind), word(k.id)}
	case ofWire:
		r.sql, r.args = putKept, []any{word(kind), word(k.id), entry}
	case ofPart && entry == nil:
		r.sql, r.args = dropPart, []any{word(part), word(k.id)}
	case ofPart:
		r.sql, r.args = putPart, []any{word(part), word(k.id), e.object(entry)}
	case entry == nil:
		r.sql, r.args = dropLive, []any{word(k.id)}
	default:
		r.sql, r.args = putLive, []any{word(k.id), e.object(entry)}
	}
	return r, e.err
}

// loadLive reads what the Floor goes on with. What cannot be read is left out, and logged: it must not keep the rest from going on.
func (s *Store) loadLive(ctx context.Context, q querier) (live telagent.Live, err error) {
	calls, err := list(ctx, q, readEntry, `SELECT 'call', id, entry FROM live_calls ORDER BY id`)
	if err != nil {
		return live, fmt.Errorf("load the live calls: %w", err)
	}
	for _, e := range calls {
		var c telagent.LiveCall
		if s.understood(e, &c) {
			live.Calls = append(live.Calls, c)
		}
	}
	parts, err := list(ctx, q, readEntry, `SELECT kind, id, entry FROM live_parts ORDER BY kind, id`)
	if err != nil {
		return live, fmt.Errorf("load what else is live: %w", err)
	}
	for _, e := range parts {
		var p telagent.LivePart
		if s.understood(e, &p) {
			live.Parts = append(live.Parts, p)
		}
	}
	return live, nil
}

func (s *Store) understood(e keptBody, into any) bool {
	err := json.Unmarshal(e.body, into)
	if err != nil {
		s.log.Error("something live cannot be gone on with", zap.String("kind", e.kind), zap.String("id", e.id), zap.Error(err))
	}
	return err == nil
}

func readEntry(rows *sql.Rows) (k keptBody, err error) {
	var entry string
	err = rows.Scan(&k.kind, &k.id, &entry)
	k.body = []byte(entry)
	return k, err
}
