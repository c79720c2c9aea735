package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"telagent-gateway/gateway"
)

type importCommand struct {
	configFile
	client
	File   string `arg:"" type:"path" help:"Directory file, see docs/directory.md."`
	DryRun bool   `help:"Only say what it would change."`
}

// Run gives the file to the running gateway, or to the store when none runs.
func (c importCommand) Run() error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("read the directory file: %w", err)
	}
	if c.Token != "" {
		var report struct {
			Changes   []string
			Unchanged int
		}
		path := "/import"
		if c.DryRun {
			path += "?dry_run=true"
		}
		if err := c.ask("POST", path, data, &report); err != nil {
			return err
		}
		return said(gateway.Report{Changes: report.Changes, Unchanged: report.Unchanged})
	}
	return c.offline("for a running gateway set TELAGENT_TOKEN, see 'telagent token'", func(ctx context.Context, o *gateway.Offline) error {
		run := o.Import
		if c.DryRun {
			run = o.PlanImport
		}
		report, err := run(ctx, c.File, data)
		if err != nil {
			return err
		}
		return said(report)
	})
}

func said(r gateway.Report) error {
	for _, line := range r.Changes {
		fmt.Println(line)
	}
	if len(r.Changes) == 0 {
		fmt.Printf("nothing changed, %d entries are as the file wants them\n", r.Unchanged)
	}
	return nil
}

// running is the way to change the users of a gateway that runs.
const running = "for a running gateway import a directory file that names the user"

// offline opens the store of the configuration, which a running gateway holds for itself; otherwise is said when it
// cannot be opened.
func (f configFile) offline(otherwise string, work func(context.Context, *gateway.Offline) error) error {
	conf, err := f.load()
	if err != nil {
		return err
	}
	if f.Config == "" {
		fmt.Fprintln(os.Stderr, "without -c the store is", conf.Store)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	o, err := gateway.OpenOffline(ctx, conf)
	if err != nil {
		return fmt.Errorf("%w (%s)", err, otherwise)
	}
	worked := work(ctx, o)
	if err := o.Close(); err != nil && worked == nil {
		return err
	}
	return worked
}

type userCommand struct {
	Add    userAddCommand    `cmd:"" help:"Add a console user; his password is asked for, or read from standard input."`
	Passwd userPasswdCommand `cmd:"" help:"Set a user's password."`
	List   userListCommand   `cmd:"" help:"List the users."`
}

type userAddCommand struct {
	configFile
	Name  string   `arg:"" help:"Name to sign in with."`
	Role  string   `enum:"supervisor,admin" default:"supervisor" help:"supervisor or admin."`
	Teams []string `help:"Teams that a supervisor sees."`
}

// Run adds the user.
func (c userAddCommand) Run() error {
	password, err := secretLine("Password for " + c.Name + ": ")
	if err != nil {
		return err
	}
	return c.offline(running, func(ctx context.Context, o *gateway.Offline) error {
		return o.AddUser(ctx, c.Name, c.Role, c.Teams, password)
	})
}

type userPasswdCommand struct {
	configFile
	Name string `arg:"" help:"Whose password."`
}

// Run sets the password.
func (c userPasswdCommand) Run() error {
	password, err := secretLine("New password for " + c.Name + ": ")
	if err != nil {
		return err
	}
	return c.offline(running, func(ctx context.Context, o *gateway.Offline) error { return o.SetPassword(ctx, c.Name, password) })
}

type userListCommand struct{ configFile }

// Run prints name, role and teams of every user.
func (c userListCommand) Run() error {
	return c.offline(running, func(ctx context.Context, o *gateway.Offline) error {
		users, err := o.Users(ctx)
		if err != nil {
			return err
		}
		for _, u := range users {
			fmt.Printf("%s\t%s\t%s\n", u.Name, u.Role, strings.Join(u.Teams, " "))
		}
		return nil
	})
}
