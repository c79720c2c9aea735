package gateway

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/config"
	"telagent-gateway/console"
	"telagent-gateway/directory"
	"telagent-gateway/store"
	"telagent-gateway/telagent"
)

// Offline is the Floor of a gateway that does not run: its directory can be read and changed. It holds the store, so
// no gateway can start meanwhile.
type Offline struct {
	config *config.Config
	store  *store.Store
	floor  *telagent.Floor
}

// OpenOffline opens the store of a configuration. It fails while a gateway holds it.
func OpenOffline(ctx context.Context, c *config.Config) (*Offline, error) {
	s, err := store.Open(ctx, c.Store.Reveal(), zap.NewNop())
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	state, err := s.Load(ctx)
	if err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("load the store: %w", err)
	}
	state.Live = telagent.Live{} // nobody goes on with calls here
	return &Offline{config: c, store: s, floor: telagent.New(settings(c), state, newID)}, nil
}

// Close lets the store go.
func (o *Offline) Close() error {
	if err := o.store.Close(); err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	return nil
}

// do carries out a command of the system and waits for its commit.
func (o *Offline) do(ctx context.Context, c telagent.Command) error {
	out, err := o.floor.Do(time.Now(), c)
	saved := make(chan error, 1)
	o.store.Write(out.Changes, func(err error) { saved <- err })
	if err != nil {
		return err
	}
	select {
	case err := <-saved:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Import applies a directory file; name is the file's, for complaints.
func (o *Offline) Import(ctx context.Context, name string, data []byte) (Report, error) {
	return apply(name, data, o.config, "", o.floor.State(), func(c telagent.Command) error { return o.do(ctx, c) })
}

// PlanImport says what Import would do, and does nothing.
func (o *Offline) PlanImport(_ context.Context, name string, data []byte) (Report, error) {
	return apply(name, data, o.config, "", o.floor.State(), func(telagent.Command) error { return nil })
}

// AddUser adds a console user. role is "supervisor" or "admin".
func (o *Offline) AddUser(ctx context.Context, name, role string, teams []string, password string) error {
	if !directory.ValidName(name) {
		return fmt.Errorf("%q is not a name; write letters, digits, '.', '-' and '_', beginning with a letter or digit, like boss", name)
	}
	if _, known := o.user(name); known {
		return fmt.Errorf("there is a user %s already; change the password with 'telagent user passwd'", name)
	}
	roles := map[string]telagent.Role{"supervisor": telagent.SupervisorRole, "admin": telagent.AdminRole}
	r, ok := roles[role]
	if !ok {
		return fmt.Errorf("%q is no role; it is supervisor or admin", role)
	}
	return o.put(ctx, telagent.User{Name: name, Role: r, Teams: teams}, password)
}

// SetPassword sets a user's password, for the console and, if he is an agent, for his phones.
func (o *Offline) SetPassword(ctx context.Context, name, password string) error {
	u, known := o.user(name)
	if !known {
		return fmt.Errorf("there is no user %s", name)
	}
	return o.put(ctx, u, password)
}

// Users returns all users by name, agents among them.
func (o *Offline) Users(context.Context) ([]telagent.User, error) { return o.floor.State().Users, nil }

func (o *Offline) user(name string) (telagent.User, bool) {
	for _, u := range o.floor.State().Users {
		if u.Name == name {
			return u, true
		}
	}
	return telagent.User{}, false
}

func (o *Offline) put(ctx context.Context, u telagent.User, password string) error {
	if err := console.CheckNewPassword(u.Name, password); err != nil {
		return err
	}
	desk := ""
	for _, a := range o.floor.State().Agents {
		if a.ID == u.Name {
			desk = a.DeskPhone
		}
	}
	proof, err := newProof(hasher(o.config.SIP.Domain), u, desk, password)
	if err != nil {
		return fmt.Errorf("hash the password: %w", err)
	}
	u.Credentials = proof
	return o.do(ctx, telagent.PutUser{User: u})
}

// VerifyAudit says whether the audit trail is as it was written; see AuditVerdict.
func (o *Offline) VerifyAudit(ctx context.Context, seq int64, hash string) (AuditVerdict, error) {
	return verifyAudit(ctx, o.store, AuditLink{Seq: seq, Hash: hash})
}
