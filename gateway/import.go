package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"telagent-gateway/config"
	"telagent-gateway/console"
	"telagent-gateway/directory"
	"telagent-gateway/sip"
	"telagent-gateway/telagent"
)

// Report says what an import came to.
type Report struct {
	Changes   []string // one sentence for each entry that is new or another now
	Unchanged int      // entries that were as the file wants them
}

// Import applies a directory file in the name of a user; "" is the system. name is the file's, for complaints.
func (g *Gateway) Import(ctx context.Context, by, name string, data []byte) (Report, error) {
	present, err := read(ctx, g.loop, func(_ time.Time, f *telagent.Floor) telagent.State { return f.State() })
	if err != nil {
		return Report{}, err
	}
	return apply(name, data, g.conf(), by, present, func(c telagent.Command) error { return g.loop.do(ctx, c) })
}

// PlanImport says what Import would do, and does nothing.
func (g *Gateway) PlanImport(ctx context.Context, by, name string, data []byte) (Report, error) {
	present, err := read(ctx, g.loop, func(_ time.Time, f *telagent.Floor) telagent.State { return f.State() })
	if err != nil {
		return Report{}, err
	}
	return apply(name, data, g.conf(), by, present, func(telagent.Command) error { return nil })
}

// apply reads a directory file, checks it wholly against what is there, and only then carries it out.
func apply(name string, data []byte, c *config.Config, by string, present telagent.State, do func(telagent.Command) error) (Report, error) {
	var file directory.File
	where, err := config.Decode(name, data, &file)
	if err != nil {
		return Report{}, err
	}
	plan, err := file.Plan(by, present, dialRules(c), hasher(c.SIP.Domain), where)
	if err := errors.Join(err, checkZones(file, where)); err != nil {
		return Report{}, err
	}
	for i, c := range plan.Commands {
		if err := do(c); err != nil {
			return Report{}, fmt.Errorf("after %d of %d changes, at %s: %w", i, len(plan.Commands), plan.Changes[i], err)
		}
	}
	return Report{Changes: plan.Changes, Unchanged: plan.Unchanged}, nil
}

// checkZones looks the time zones of a file up, which the directory cannot: where they are kept is the machine's business.
func checkZones(file directory.File, where func(path string) string) error {
	var wrong []error
	for i, q := range file.Queues {
		if path := fmt.Sprintf("queues[%d].hours.zone", i); zone(q.Hours.Zone) == nil {
			wrong = append(wrong, &directory.Complaint{Where: where(path), Path: path, Sentence: fmt.Sprintf("%q is not a time zone; write one like Europe/Berlin", q.Hours.Zone)})
		}
	}
	for i, s := range file.Schedules {
		if path := fmt.Sprintf("schedules[%d].zone", i); zone(s.Zone) == nil {
			wrong = append(wrong, &directory.Complaint{Where: where(path), Path: path, Sentence: fmt.Sprintf("%q is not a time zone; write one like Europe/Berlin", s.Zone)})
		}
	}
	return errors.Join(wrong...)
}

// zone returns the time zone with an IANA name, nil: there is none. The machine's own is none, because a directory moves.
func zone(name string) *time.Location {
	if name == "Local" {
		return nil
	}
	found, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return found
}

// hasher makes what proves a user for the console and for the signalling wire.
func hasher(realm string) directory.Hasher {
	return directory.Hasher{
		Hash:   console.HashPassword,
		Proves: console.CheckPassword,
		HA1: func(user, password string) (md5, sha string) {
			return sip.HA1("MD5", user, realm, password), sip.HA1("SHA-256", user, realm, password)
		},
	}
}
