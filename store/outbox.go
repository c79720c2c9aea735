package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"
)

// Message is what a webhook still has to be told.
type Message struct {
	Webhook, ID   string
	Body          []byte // JSON
	Created, Next time.Time
	Tries         int
}

const (
	putMessage = `INSERT INTO outbox (webhook, id, body, created_us, next_us, tries) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (webhook, id) DO UPDATE SET next_us = excluded.next_us, tries = excluded.tries`
	dropMessage = `DELETE FROM outbox WHERE webhook = $1 AND id = $2`
)

// messageKey names a Message.
type messageKey struct{ webhook, id string }

// KeepMessage remembers a message, or how often it was tried, until DropMessage. It returns at once: it is committed
// with what Write takes, so a crash loses what happened in the last moment alone.
//
// While the database is away the newest of each message is kept, as many as Write keeps lines; what comes then is
// counted (Lost) and logged.
func (s *Store) KeepMessage(m Message) { s.outbox(messageKey{m.Webhook, m.ID}, &m) }

// DropMessage forgets a message.
func (s *Store) DropMessage(webhook, id string) { s.outbox(messageKey{webhook, id}, nil) }

func (s *Store) outbox(k messageKey, m *Message) {
	s.mutex.Lock()
	_, known := s.pending.outbox[k]
	full := !known && len(s.pending.outbox) >= s.limits.lines
	switch {
	case s.closed:
	case full:
		s.lost++
	default:
		s.pending.outbox[k] = m
		nudge(s.wake)
	}
	s.mutex.Unlock()
	if full {
		s.log.Error("a message of a webhook cannot be remembered: too many wait for the store", zap.String("webhook", k.webhook))
	}
}

// Messages returns what webhooks still have to be told, the oldest first.
func (s *Store) Messages(ctx context.Context) ([]Message, error) {
	all, err := list(ctx, s.db, readMessage, `SELECT webhook, id, body, created_us, next_us, tries FROM outbox ORDER BY created_us, id, webhook`)
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	return all, nil
}

func readMessage(rows *sql.Rows) (m Message, err error) {
	var created, next int64
	err = rows.Scan(&m.Webhook, &m.ID, &m.Body, &created, &next, &m.Tries)
	m.Created, m.Next = fromMicros(created), fromMicros(next)
	return m, err
}

// messages turns what became of messages into statements.
func messages(outbox map[messageKey]*Message) (rows []row) {
	keys := slices.SortedFunc(maps.Keys(outbox), func(a, b messageKey) int {
		return cmp.Or(cmp.Compare(a.webhook, b.webhook), cmp.Compare(a.id, b.id))
	})
	for _, k := range keys {
		what := "message " + k.id + " of webhook " + k.webhook
		if m := outbox[k]; m == nil {
			rows = append(rows, row{what: what, sql: dropMessage, args: []any{word(k.webhook), word(k.id)}})
		} else {
			rows = append(rows, row{what: what, sql: putMessage, args: []any{
				word(k.webhook), word(k.id), text(string(m.Body)), micros(m.Created), micros(m.Next), m.Tries,
			}})
		}
	}
	return rows
}
