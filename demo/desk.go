package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Login is what somebody signs in with.
type Login struct{ User, Password string }

// Desk is somebody signed in at the gateway's HTTP API. Its methods are safe for concurrent use.
type Desk struct {
	base  string
	token string
	http  *http.Client
}

// Agent is what the API shows of an agent, as far as robots look at it.
type Agent struct {
	ID         string  `json:"id"`
	Status     string  `json:"status"`
	Activity   string  `json:"activity"`
	Reach      string  `json:"reach"`
	Reachable  string  `json:"reachable"`
	Device     string  `json:"device"`
	CountdownS int     `json:"countdown_s"`
	LastSwitch *Switch `json:"last_switch"`
}

// Switch is what the API shows of a switch.
type Switch struct {
	Agent  string `json:"agent"`
	By     string `json:"by"`
	To     string `json:"to"`
	Result string `json:"result"` // "done", or why not; empty: under way
}

// SignIn signs a user in. base is the gateway's address, as http://127.0.0.1:8080. Close has to be called.
func SignIn(ctx context.Context, base string, who Login) (*Desk, error) {
	d := &Desk{base: base, http: &http.Client{Transport: &http.Transport{}}}
	var got struct {
		Token string `json:"token"`
	}
	ask := map[string]string{"user": who.User, "password": who.Password}
	if err := d.Do(ctx, http.MethodPost, "/sign-in", ask, &got); err != nil {
		d.Close()
		return nil, fmt.Errorf("sign %s in: %w", who.User, err)
	}
	d.token = got.Token
	return d, nil
}

// Close gives the connections back.
func (d *Desk) Close() { d.http.CloseIdleConnections() }

// SetStatus declares an agent's status, by its word in the API.
func (d *Desk) SetStatus(ctx context.Context, agent, status string) error {
	path := "/agents/" + url.PathEscape(agent) + "/status"
	return d.Do(ctx, http.MethodPut, path, map[string]string{"status": status}, nil)
}

// Agent returns what is shown of an agent.
func (d *Desk) Agent(ctx context.Context, id string) (a Agent, err error) {
	return a, d.Do(ctx, http.MethodGet, "/agents/"+url.PathEscape(id), nil, &a)
}

// Switch asks for one agent's switch: to "telagent" or "softphone". It returns when the gateway has accepted it; a live
// call's move goes on.
func (d *Desk) Switch(ctx context.Context, agent, to string) error {
	ask := map[string]any{"agents": []string{agent}, "to": to, "request_id": newToken()}
	return d.batch(ctx, "/switch", ask)
}

// ForceLogout asks for one agent's forced logout.
func (d *Desk) ForceLogout(ctx context.Context, agent string) error {
	return d.batch(ctx, "/force-logout", map[string]any{"agents": []string{agent}, "request_id": newToken()})
}

func (d *Desk) batch(ctx context.Context, path string, ask any) error {
	var got struct {
		Results []struct {
			OK           bool
			Code, Detail string
		}
	}
	if err := d.Do(ctx, http.MethodPost, path, ask, &got); err != nil {
		return err
	}
	for _, r := range got.Results {
		if !r.OK {
			return fmt.Errorf("POST %s: %s: %s", path, r.Code, r.Detail)
		}
	}
	return nil
}

// Do makes one request to the API, path beginning after /api/v1, and reads its answer into got, unless that is nil. A
// refusal becomes an error with its code.
func (d *Desk) Do(ctx context.Context, method, path string, ask, got any) (err error) {
	resp, err := d.send(ctx, method, path, ask)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if got == nil {
		return nil
	}
	if err := json.Unmarshal(body, got); err != nil {
		return fmt.Errorf("%s %s: read the answer: %w", method, path, err)
	}
	return nil
}

func (d *Desk) send(ctx context.Context, method, path string, ask any) (*http.Response, error) {
	var body io.Reader
	if ask != nil {
		b, err := json.Marshal(ask)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, d.base+"/api/v1"+path, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	req.Header.Set("Content-Type", "application/json")
	if d.token != "" {
		req.Header.Set("Authorization", "Bearer "+d.token)
	}
	resp, err := d.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	var problem struct{ Code, Detail string }
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if err == nil && json.Unmarshal(text, &problem) == nil && problem.Code != "" {
		text = []byte(problem.Code + ": " + problem.Detail)
	}
	return nil, errors.Join(fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, text), err, resp.Body.Close())
}

// Moment is a status and when it was told, in milliseconds since the play began.
type Moment struct {
	Status string  `json:"status"`
	AtMS   float64 `json:"at_ms"`
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
}
