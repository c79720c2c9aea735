package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"telagent-gateway/config"
	"telagent-gateway/console"
	"telagent-gateway/sip"
	"telagent-gateway/telagent"
)

// conf is the configuration that was taken last.
func (g *Gateway) conf() *config.Config { return g.current.Load() }

// Reload reads the configuration again, in the name of a user, and takes what may change while calls are up; "" is the
// system. It answers what changed. A file that is wrong, or that changes something else too, is not taken at all: the error
// is a *console.BadConfiguration then. Otherwise it is a *telagent.Refusal, or why the command could not be committed.
func (g *Gateway) Reload(ctx context.Context, by string) ([]console.Changed, error) {
	if err := g.awaitTurn(ctx); err != nil {
		return nil, err
	}
	defer g.reloading.Unlock()
	next, found, bad := g.reread()
	if bad != nil {
		err := g.Do(ctx, telagent.Reload{By: by, Failed: bad.Code, Detail: bad.Complaints[0].Message})
		return nil, errors.Join(bad, err)
	}
	keys := make([]string, len(found))
	changed := make([]console.Changed, len(found))
	for i, d := range found {
		keys[i] = d.Key
		changed[i] = console.Changed{Key: d.Key, At: place(d), Was: d.Was, Is: d.Is}
	}
	c := telagent.Reload{By: by, Settings: settings(next), Detail: strings.Join(keys, ", ")}
	if err := g.Do(ctx, c); err != nil && !errors.Is(err, console.ErrNotSaved) {
		return nil, err
	}
	if err := g.sip.Agree(sipTrunks(next), security(next.Security, nil, nil)); err != nil {
		return nil, err // what the checks above let through and this does not is a bug
	}
	g.audio.agree(next)
	g.strain.agree(next.Overload.Busy, next.Overload.Overloaded)
	if level, err := zapcore.ParseLevel(next.Log.Level); err == nil && g.level != nil {
		g.level.SetLevel(level)
	}
	g.current.Store(next)
	g.sip.Drain(turning(g.View().Drain.On, next.Drain))
	g.certificates() // looks at the files at once
	g.log.Info("the configuration was read again", zap.Strings("changed", keys))
	return changed, nil
}

// awaitTurn returns when the configuration may be taken, with the lock for that; with an error if the gateway is to end first,
// which nobody who waits here may keep from being known.
func (g *Gateway) awaitTurn(ctx context.Context) error {
	for !g.reloading.TryLock() {
		select {
		case <-time.After(lookTime):
		case <-g.handed:
			return errStopped
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if g.handedOver() || g.stopping.Load() {
		g.reloading.Unlock()
		return errStopped
	}
	return nil
}

// Reread is Reload by the system, for who does not wait for an answer: the log says why a file was not taken. Where another
// process took over meanwhile, it is that one's to do, which may have read the file before it was changed.
func (g *Gateway) Reread(ctx context.Context) {
	defer g.service.reloading()()
	_, err := g.Reload(ctx, "")
	if err != nil && g.handedOver() {
		err = g.successor.Signal(syscall.SIGHUP)
	}
	if err != nil {
		g.log.Error("the configuration was not taken", zap.Error(err))
	}
}

// reread reads the file and says what is another now; bad: it is not taken.
func (g *Gateway) reread() (next *config.Config, found []config.Difference, bad *console.BadConfiguration) {
	file := g.conf().File()
	if file == "" {
		return nil, nil, &console.BadConfiguration{Code: "no_configuration", Complaints: []console.Complaint{
			{Message: "the gateway runs without a configuration file, so there is none to read again"},
		}}
	}
	next, err := config.Load(file)
	if err != nil {
		return nil, nil, badFile(err)
	}
	found = g.conf().Differences(next)
	bad = &console.BadConfiguration{Code: "needs_upgrade"}
	for _, d := range found {
		if d.When != config.ByReload {
			bad.Complaints = append(bad.Complaints, console.Complaint{Location: place(d), Message: fmt.Sprintf(
				"%s cannot change while the gateway runs, from %s to %s; take it back, or let it take effect by %s", d.Key, d.Was, d.Is, byWhat(d.When))})
		}
	}
	if len(bad.Complaints) > 0 {
		return nil, nil, bad
	}
	return next, found, nil
}

func byWhat(w config.When) string {
	if w == config.ByUpgrade {
		return "'telagent upgrade', which keeps the calls"
	}
	return "a restart"
}

func place(d config.Difference) string { return fmt.Sprintf("%s:%d", d.File, d.Line) }

// badFile is a file that has something wrong.
func badFile(err error) *console.BadConfiguration {
	bad := &console.BadConfiguration{Code: "bad_configuration"}
	var all config.Complaints
	if !errors.As(err, &all) {
		all = config.Complaints{{What: err.Error()}}
	}
	for _, c := range all {
		one := console.Complaint{Message: c.What}
		if c.File != "" {
			one.Location = fmt.Sprintf("%s:%d", c.File, c.Line)
		}
		bad.Complaints = append(bad.Complaints, one)
	}
	return bad
}

// turning is what new callers are told while no new calls are taken; nil: they are taken.
func turning(on bool, d config.Drain) *sip.Drain {
	if !on {
		return nil
	}
	return &sip.Drain{After: d.RetryAfter, Redirect: d.Redirect}
}

// Drained is closed when the gateway was drained and is to end.
func (g *Gateway) Drained() <-chan struct{} { return g.drained }
