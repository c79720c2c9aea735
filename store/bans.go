package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"telagent-gateway/call"
)

const (
	putBan = `INSERT INTO bans (source, since_us, until_us, times, reason) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (source) DO UPDATE SET since_us = excluded.since_us, until_us = excluded.until_us, times = excluded.times, reason = excluded.reason`
	dropBan = `DELETE FROM bans WHERE source = $1`
)

// KeepBan remembers a ban until DropBan. It returns at once: it is committed with what Write takes. Whoever calls it
// bounds how many bans there are.
func (s *Store) KeepBan(b call.Ban) { s.ban(b.Source, &b) }

// DropBan forgets the ban of a source.
func (s *Store) DropBan(source netip.Prefix) { s.ban(source, nil) }

func (s *Store) ban(source netip.Prefix, b *call.Ban) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.closed {
		s.pending.bans[source] = b
		nudge(s.wake)
	}
}

// Bans returns every ban that is remembered, be it over or not.
func (s *Store) Bans(ctx context.Context) ([]call.Ban, error) {
	all, err := list(ctx, s.db, readBan, `SELECT source, since_us, until_us, times, reason FROM bans ORDER BY source`)
	if err != nil {
		return nil, fmt.Errorf("read the bans: %w", err)
	}
	return all, nil
}

func readBan(rows *sql.Rows) (b call.Ban, err error) {
	var source string
	var since, until int64
	if err = rows.Scan(&source, &since, &until, &b.Times, &b.Reason); err != nil {
		return b, err
	}
	b.Since, b.Until = fromMicros(since), fromMicros(until)
	b.Source, err = netip.ParsePrefix(source)
	return b, err
}

// banRows turns what became of bans into statements.
func banRows(bans map[netip.Prefix]*call.Ban) (rows []row) {
	for _, source := range slices.SortedFunc(maps.Keys(bans), netip.Prefix.Compare) {
		what := "ban of " + source.String()
		if b := bans[source]; b == nil {
			rows = append(rows, row{what: what, sql: dropBan, args: []any{source.String()}})
		} else {
			rows = append(rows, row{what: what, sql: putBan, args: []any{source.String(), micros(b.Since), micros(b.Until), b.Times, text(b.Reason)}})
		}
	}
	return rows
}
