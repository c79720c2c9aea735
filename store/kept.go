package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	putKept  = `INSERT INTO kept (kind, id, body) VALUES ($1, $2, $3) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body`
	dropKept = `DELETE FROM kept WHERE kind = $1 AND id = $2`
)

// liveTable is where calls are that live.
const liveTable = "live_calls"

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
	k := keptKey(kind, id)
	if body == nil && !s.mayBeInside(k) {
		delete(s.pending.kept, k) // it was never written
		return
	}
	s.pending.kept[k] = body
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
	}, `SELECT '`+keptTable+`' || kind, id FROM kept UNION ALL SELECT '`+liveTable+`', id FROM live_calls`)
	if err != nil {
		return fmt.Errorf("read what is kept: %w", err)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	clear(s.inside)
	for _, k := range keys {
		s.inside[k] = true
	}
	maps.DeleteFunc(s.pending.kept, func(k key, body []byte) bool { return body == nil && !s.mayBeInside(k) })
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
func (s *Store) landed(kept map[key][]byte) {
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

// keptRows turns what became of what is kept into statements. Its body is in no log.
func keptRows(kept map[key][]byte) (rows []row) {
	for _, k := range slices.SortedFunc(maps.Keys(kept), key.compare) {
		kind := strings.TrimPrefix(k.table, keptTable)
		if body := kept[k]; body == nil {
			rows = append(rows, row{what: kind + " " + k.id, sql: dropKept, args: []any{word(kind), word(k.id)}})
		} else {
			rows = append(rows, row{what: kind + " " + k.id, sql: putKept, args: []any{word(kind), word(k.id), body}})
		}
	}
	return rows
}
