package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// mostSessions are open at once: one writes, the others read history for the pages.
const mostSessions = 8

// database is a pool of sessions and what is different between the two databases.
type database struct {
	*sql.DB
	dialect  goose.Dialect
	snapshot sql.IsolationLevel                                 // what a reader needs to see one moment
	lock     func(ctx context.Context, session *sql.Conn) error // keeps other gateways out, or fails with errHeld
	hopeless func(err error) bool                               // the row itself is refused, and would be for ever
	full     func(err error) bool                               // there is no room for it
	away     func(err error) bool                               // the database cannot be reached, which may pass
	unlock   func() error
}

func (d *database) close() error {
	err := d.DB.Close()
	if u := d.unlock(); err == nil {
		err = u
	}
	if err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	return nil
}

// discard ends a session instead of giving it back to the pool.
func discard(session *sql.Conn) {
	_ = session.Raw(func(any) error { return driver.ErrBadConn }) // the answer is that very error
}

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables up to date. Tables of a newer version are an error: they would be misunderstood.
func migrate(ctx context.Context, d *database) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	p, err := goose.NewProvider(d.dialect, d.DB, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the tables: %w", err)
	}
	sources := p.ListSources()
	if newest := sources[len(sources)-1].Version; have > newest {
		return fmt.Errorf("the store's tables have version %d, this gateway knows %d at most; run the gateway that wrote them, or a newer one", have, newest)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bring the tables up to date: %w", err)
	}
	return nil
}
