package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// lockClass is the first half of the advisory lock's key; the second is the schema, of which each is a store.
const lockClass = 0x7e1a

func openPostgres(dsn string) (*database, error) {
	c, err := pgx.ParseConfig(dsn) // its errors leave the password out
	if err != nil {
		return nil, fmt.Errorf("read the store's name: %w", err)
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 5 * time.Second
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "telagent"
	}
	db := stdlib.OpenDB(*c)
	db.SetMaxOpenConns(mostSessions)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return &database{
		DB: db, dialect: goose.DialectPostgres, snapshot: sql.LevelRepeatableRead, lock: lockPostgres, hopeless: hopelessPostgres, full: fullPostgres, away: awayPostgres,
		unlock: func() error { return nil }, // the lock ended with the session
	}, nil
}

// lockPostgres takes a lock that ends with the session.
func lockPostgres(ctx context.Context, session *sql.Conn) error {
	var got bool
	err := session.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1, hashtext(current_schema()))`, lockClass).Scan(&got)
	if err != nil {
		return fmt.Errorf("lock the database: %w", err)
	}
	if !got {
		return fmt.Errorf("lock the database: %w", errHeld)
	}
	return nil
}

func hopelessPostgres(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) || len(e.Code) < 2 {
		return false
	}
	switch e.Code[:2] { // classes of SQLSTATE: data exception, integrity constraint violation, program limit exceeded
	case "22", "23", "54":
		return true
	}
	return false
}

func fullPostgres(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "53100" // disk_full
}

// awayPostgres knows a server that does not answer, is just starting or ending, or has no room for us.
func awayPostgres(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return len(e.Code) > 2 && (e.Code[:2] == "08" || e.Code[:2] == "53" || e.Code[:2] == "57")
	}
	var unreachable *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &unreachable) || errors.As(err, &network)
}
