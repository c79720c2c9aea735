package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"telagent-gateway/gateway"
)

type tokenCommand struct {
	client
	User  string   `arg:"" help:"Console user; the password, and the code of his second factor, are asked for, or read from standard input, a line each."`
	Name  string   `help:"What the token is for. Without it the token is for now: it is good for a day."`
	Days  int      `help:"How many days it is good, 366 at most; without it 90."`
	Role  string   `enum:"agent,supervisor,admin," default:"" help:"agent, supervisor or admin; no higher than the user's own, which it is without this."`
	Teams []string `help:"Teams that it sees as a supervisor's; none: what its user does."`
}

// Run prints the token and nothing else.
func (c tokenCommand) Run() error {
	lines := secrets()
	password, err := lines("Password for " + c.User + ": ")
	if err != nil {
		return err
	}
	if c.Name == "" {
		host, _ := os.Hostname() // without one the time says enough
		c.Name = fmt.Sprintf("%.30s %s", host, time.Now().Format("2006-01-02 15:04:05.000000"))
		c.Days = cmp.Or(c.Days, 1)
	}
	wish := map[string]any{"user": c.User, "password": password, "name": c.Name}
	if c.Days != 0 {
		wish["days"] = c.Days
	}
	if c.Role != "" {
		wish["role"] = c.Role
	}
	if len(c.Teams) > 0 {
		wish["teams"] = c.Teams
	}
	var answer struct{ Token string }
	c.Token = ""
	err = c.ask("POST", "/tokens", wish, &answer)
	var refused *problem
	if errors.As(err, &refused) && refused.Code == "second_factor_needed" {
		if wish["code"], err = lines("Code of the second factor: "); err != nil {
			return err
		}
		err = c.ask("POST", "/tokens", wish, &answer)
	}
	if err != nil {
		return err
	}
	fmt.Println(answer.Token)
	return nil
}

// secrets returns what reads one secret after the other: on a terminal each is asked for, else they are the lines of stdin.
func secrets() func(prompt string) (string, error) {
	if terminal(os.Stdin) {
		return secretLine
	}
	in := bufio.NewReader(os.Stdin)
	return func(string) (string, error) {
		line, err := in.ReadString('\n')
		if err != nil && line == "" {
			return "", fmt.Errorf("read what proves you: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
}

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Read the whole trail and say whether every line is as it was written and none is gone."`
}

type auditVerifyCommand struct {
	configFile
	client
	Since string `placeholder:"LINE:HASH" help:"What an earlier run printed: finds what was cut off from the end since."`
}

// Run asks the running gateway, or reads the store when none runs.
func (c auditVerifyCommand) Run() error {
	var seq int64
	var hash string
	if c.Since != "" {
		if n, err := fmt.Sscanf(strings.Replace(c.Since, ":", " ", 1), "%d %s", &seq, &hash); err != nil || n != 2 {
			return fmt.Errorf("%q is not LINE:HASH, as 'telagent audit verify' prints it", c.Since)
		}
	}
	if c.Token == "" {
		return c.offline("for a running gateway set TELAGENT_TOKEN, see 'telagent token'", func(ctx context.Context, o *gateway.Offline) error {
			v, err := o.VerifyAudit(ctx, seq, hash)
			if err != nil {
				return err
			}
			return verdict(v)
		})
	}
	var v struct {
		Lines, Unchained, Missing, Broken int64
		Why                               string
		Last                              gateway.AuditLink
	}
	if err := c.ask("GET", fmt.Sprintf("/audit/verify?seq=%d&hash=%s", seq, hash), nil, &v); err != nil {
		return err
	}
	return verdict(gateway.AuditVerdict{Lines: v.Lines, Unchained: v.Unchained, Missing: v.Missing, Broken: v.Broken, Why: v.Why, Tail: v.Last})
}

// verdict prints what was found; a broken trail is an error.
func verdict(v gateway.AuditVerdict) error {
	if v.Broken != 0 {
		return fmt.Errorf("the audit trail is not as it was written: line %d: %s (%d lines before it fit)", v.Broken, v.Why, v.Tail.Seq)
	}
	fmt.Printf("%d lines, each as it was written; the last is %d:%s\n", v.Lines, v.Tail.Seq, v.Tail.Hash)
	if v.Unchained > 0 {
		fmt.Printf("the first %d are from before lines were chained\n", v.Unchained)
	}
	if v.Missing > 0 {
		fmt.Printf("%d were never written, because too many waited for a store that was away\n", v.Missing)
	}
	return nil
}
