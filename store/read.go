package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// Load returns what a Floor is made of, as it was last committed, each list in the order of its keys.
func (s *Store) Load(ctx context.Context) (telagent.State, error) {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: s.db.snapshot, ReadOnly: true})
	if err != nil {
		return telagent.State{}, fmt.Errorf("load the store: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	var state telagent.State
	users, err := list(ctx, tx, readUser, `SELECT name, role, teams, password, ha1_md5, ha1_sha, pin, desk_md5, desk_sha, offices, sets_others, phone_id FROM users`)
	if err != nil {
		return state, fmt.Errorf("load the users: %w", err)
	}
	agents, err := list(ctx, tx, readAgent, `SELECT id, entry, presence FROM agents`)
	if err != nil {
		return state, fmt.Errorf("load the agents: %w", err)
	}
	queues, err := list(ctx, tx, readQueue, `SELECT name, entry FROM queues`)
	if err != nil {
		return state, fmt.Errorf("load the queues: %w", err)
	}
	profiles, err := list(ctx, tx, readProfile, `SELECT name, entry FROM profiles`)
	if err != nil {
		return state, fmt.Errorf("load the profiles: %w", err)
	}
	reasons, err := list(ctx, tx, readList, `SELECT value FROM meta WHERE name = $1`, reasonsKey)
	if err != nil {
		return state, fmt.Errorf("load the reasons of breaks: %w", err)
	}
	sites, err := list(ctx, tx, readSite, `SELECT name, networks FROM sites`)
	if err != nil {
		return state, fmt.Errorf("load the sites: %w", err)
	}
	policies, err := list(ctx, tx, readPolicy, `SELECT team, entry FROM policies`)
	if err != nil {
		return state, fmt.Errorf("load the policies: %w", err)
	}
	schedules, err := list(ctx, tx, readSchedule, `SELECT name, entry FROM schedules`)
	if err != nil {
		return state, fmt.Errorf("load the schedules: %w", err)
	}
	revisions, err := list(ctx, tx, readRevision, `SELECT kind, name, version, by_user, at_us FROM revisions`)
	if err != nil {
		return state, fmt.Errorf("load the revisions: %w", err)
	}
	// Sorted here, because the two databases have their own ideas of the alphabet.
	slices.SortFunc(users, func(a, b telagent.User) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(agents, func(a, b telagent.Agent) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(queues, func(a, b telagent.Queue) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(profiles, presence.Profile.Compare)
	slices.SortFunc(sites, func(a, b telagent.Site) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(schedules, func(a, b telagent.Schedule) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(revisions, func(a, b telagent.Revision) int { return a.Entry.Compare(b.Entry) })
	slices.SortFunc(policies, func(a, b telagent.Policy) int { return cmp.Compare(a.Team, b.Team) })
	state = telagent.State{Users: users, Agents: agents, Queues: queues, Profiles: profiles, Sites: sites, Policies: policies, Schedules: schedules, Revisions: revisions}
	if state.Live, err = s.loadLive(ctx, tx); err != nil {
		return state, err
	}
	if len(reasons) > 0 {
		state.Reasons = reasons[0]
	}
	return state, nil
}

// querier is the pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// list reads all rows of a query.
func list[T any](ctx context.Context, q querier, read func(*sql.Rows) (T, error), query string, args ...any) (all []T, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		one, err := read(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

func readUser(rows *sql.Rows) (u telagent.User, err error) {
	var role, teams, offices string
	var setsOthers int64
	c := &u.Credentials
	if err := rows.Scan(&u.Name, &role, &teams, &c.Password, &c.HA1MD5, &c.HA1SHA, &c.PIN, &c.DeskMD5, &c.DeskSHA, &offices, &setsOthers, &u.PhoneID); err != nil {
		return u, err
	}
	if u.Role, err = roleOf(role); err != nil {
		return u, fmt.Errorf("user %s: %w", u.Name, err)
	}
	if err := json.Unmarshal([]byte(teams), &u.Teams); err != nil {
		return u, fmt.Errorf("teams of user %s: %w", u.Name, err)
	}
	if err := json.Unmarshal([]byte(offices), &u.Offices); err != nil {
		return u, fmt.Errorf("offices of user %s: %w", u.Name, err)
	}
	u.SetsOthers = setsOthers != 0
	return u, nil
}

func readAgent(rows *sql.Rows) (telagent.Agent, error) {
	var id, entry, state string
	if err := rows.Scan(&id, &entry, &state); err != nil {
		return telagent.Agent{}, err
	}
	return agentOf(id, entry, state)
}

func readProfile(rows *sql.Rows) (presence.Profile, error) {
	var name, entry string
	if err := rows.Scan(&name, &entry); err != nil {
		return presence.Profile{}, err
	}
	var e profileEntry
	if err := json.Unmarshal([]byte(entry), &e); err != nil {
		return presence.Profile{}, fmt.Errorf("profile %s: %w", name, err)
	}
	p, err := e.profile(name)
	if err != nil {
		return p, fmt.Errorf("profile %s: %w", name, err)
	}
	return p, nil
}

// reasonsKey is under which the reasons of breaks are kept.
const reasonsKey = "break_reasons"

func readList(rows *sql.Rows) (all []string, err error) {
	var text string
	if err := rows.Scan(&text); err != nil {
		return nil, err
	}
	return all, json.Unmarshal([]byte(text), &all)
}

func readQueue(rows *sql.Rows) (telagent.Queue, error) {
	var name, entry string
	if err := rows.Scan(&name, &entry); err != nil {
		return telagent.Queue{}, err
	}
	return queueFrom(name, entry)
}
