package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// client asks a running gateway through its API.
type client struct {
	Server string `help:"Address of the running gateway." default:"http://127.0.0.1:8080" env:"TELAGENT_SERVER"`
	Token  string `help:"Token of a console user, see 'telagent token'." env:"TELAGENT_TOKEN" hidden:""`
}

// ask sends one request and decodes the answer into out. A refusal comes back as its sentence and code.
func (c client) ask(method, path string, in, out any) error {
	return c.askFor(30*time.Second, method, path, in, out)
}

// askFor is ask for what may take so long.
func (c client) askFor(patience time.Duration, method, path string, in, out any) error {
	var body io.Reader
	kind := "application/json"
	switch in := in.(type) {
	case nil:
	case []byte:
		body, kind = bytes.NewReader(in), "application/yaml"
	default:
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode the request: %w", err)
		}
		body = bytes.NewReader(data)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := c.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("reach the gateway: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	return decode(res, out)
}

func (c client) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	if !strings.HasPrefix(c.Server, "http://") && !strings.HasPrefix(c.Server, "https://") {
		return nil, fmt.Errorf("%q is no address of a gateway; write http://host:port, like http://127.0.0.1:8080", c.Server)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.Server, "/")+"/api/v1"+path, body)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	return req, nil
}

func decode(res *http.Response, out any) error {
	data, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		return refusal(res, data)
	}
	if out == nil || len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

// problem is a refusal of the API (RFC 9457).
type problem struct {
	Code, Detail, Title string
	Results             []result
	Errors              []struct{ Location, Message string }
	status              int
}

// Error returns the sentence, what is wrong piece by piece, and the code.
func (p *problem) Error() string {
	s := p.Detail
	if s == "" {
		s = p.Title
	}
	for i, e := range p.Errors {
		if i > 0 || !strings.HasSuffix(s, e.Message) { // the sentence is the first of them
			s += "\n" + strings.TrimSpace(e.Location+" "+e.Message)
		}
	}
	if p.Code == "not_signed_in" {
		s += " (set TELAGENT_TOKEN, see 'telagent token')"
	}
	if p.Code != "" {
		s += " [" + p.Code + "]"
	}
	return s
}

func refusal(res *http.Response, data []byte) error {
	p := &problem{status: res.StatusCode}
	if json.Unmarshal(data, p) != nil || p.Detail+p.Title == "" {
		return fmt.Errorf("the gateway answered %s", res.Status)
	}
	return p
}

// confirm asks on the terminal; without a terminal the answer is no.
func confirm(question string) (bool, error) {
	if !terminal(os.Stdin) {
		return false, errors.New("not a terminal: say --yes")
	}
	fmt.Fprint(os.Stderr, question+" [y/N] ")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil {
		return false, fmt.Errorf("read the answer: %w", err)
	}
	return strings.HasPrefix(strings.ToLower(line), "y"), nil
}

func terminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// secretLine reads a password: on a terminal it is asked for and not echoed, else it is the first line of stdin.
func secretLine(prompt string) (string, error) {
	if terminal(os.Stdin) {
		fmt.Fprint(os.Stderr, prompt)
		secret, err := term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(os.Stderr)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return string(secret), nil
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
