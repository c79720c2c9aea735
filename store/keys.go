package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
)

// Key is one thing by which a user gets into the console besides his password: a session, a token, a second factor.
type Key struct {
	Kind, ID, User string
	Entry          []byte // JSON
}

const (
	putKey = `INSERT INTO keys (kind, id, owner, entry) VALUES ($1, $2, $3, $4)
		ON CONFLICT (kind, id) DO UPDATE SET owner = excluded.owner, entry = excluded.entry`
	dropKey = `DELETE FROM keys WHERE kind = $1 AND id = $2`
)

// keyName names a Key.
type keyName struct{ kind, id string }

// KeepKey remembers a key until DropKey. It returns at once: it is committed with what Write takes. Whoever calls it
// bounds how many there are.
func (s *Store) KeepKey(k Key) { s.key(keyName{k.Kind, k.ID}, &k) }

// DropKey forgets a key.
func (s *Store) DropKey(kind, id string) { s.key(keyName{kind, id}, nil) }

func (s *Store) key(name keyName, k *Key) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.closed {
		s.pending.keys[name] = k
		nudge(s.wake)
	}
}

// Keys returns every key that is remembered, be it over or not.
func (s *Store) Keys(ctx context.Context) ([]Key, error) {
	all, err := list(ctx, s.db, readKey, `SELECT kind, id, owner, entry FROM keys ORDER BY kind, id`)
	if err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	return all, nil
}

func readKey(rows *sql.Rows) (k Key, err error) {
	err = rows.Scan(&k.Kind, &k.ID, &k.User, &k.Entry)
	return k, err
}

// keyRows turns what became of keys into statements. What they are called in the log is their kind alone.
func keyRows(keys map[keyName]*Key) (rows []row) {
	names := slices.SortedFunc(maps.Keys(keys), func(a, b keyName) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id))
	})
	for _, n := range names {
		if k := keys[n]; k == nil {
			rows = append(rows, row{what: n.kind, sql: dropKey, args: []any{word(n.kind), word(n.id)}})
		} else {
			rows = append(rows, row{what: n.kind, sql: putKey, args: []any{word(n.kind), word(n.id), word(k.User), text(string(k.Entry))}})
		}
	}
	return rows
}
