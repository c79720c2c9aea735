package stage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Gateway is a running gateway in a /24 of loopback of its own: SIP and HTTP at .1.
type Gateway struct {
	T     *testing.T
	Net   string // "127.0.N"
	URL   string // of its pages; the API is below it
	Dir   string // where its files are
	Token string // of boss, a supervisor

	client   *http.Client
	process  *os.Process
	log      *os.File
	requests int // sent so far, for their ids
}

// StartGateway imports the directory, starts the built program and signs in the user boss, whose password is boss-secret-1.
// NET and DIR in the configuration are replaced.
func StartGateway(t *testing.T, net, config, directory string) *Gateway {
	t.Helper()
	return startGateway(&Gateway{T: t, Net: net, URL: "http://" + net + ".1:8080", Dir: t.TempDir(), client: http.DefaultClient}, config, directory)
}

// StartSecureGateway is StartGateway for one whose API and pages are served over TLS, and SIP to them with it.
func StartSecureGateway(t *testing.T, net, config, directory string) *Gateway {
	t.Helper()
	authority := NewAuthority(t)
	certificate, key := authority.Issue(net + ".1")
	s := &Gateway{T: t, Net: net, URL: "https://" + net + ".1:8080", Dir: t.TempDir(), client: authority.Client()}
	return startGateway(s, strings.Replace(config, "http: {", fmt.Sprintf("http: {tls: {certificate: %q, key: %q}, ", certificate, key), 1), directory)
}

func startGateway(s *Gateway, config, directory string) *Gateway {
	t := s.T
	t.Helper()
	s.Write("telagent.yaml", strings.NewReplacer("NET", s.Net, "DIR", s.Dir).Replace(config))
	s.Write("directory.yaml", directory)
	if out, err := s.Telagent("import", "-c", s.Path("telagent.yaml"), s.Path("directory.yaml")).CombinedOutput(); err != nil {
		t.Fatalf("telagent import: %v\n%s", err, out)
	}
	log, err := os.OpenFile(s.Path("log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	s.log = log
	s.Start()
	t.Cleanup(s.stop)
	s.AwaitReady()
	s.Token = s.SignIn("boss", "boss-secret-1")
	return s
}

// Path returns where a file of the gateway is.
func (s *Gateway) Path(name string) string { return filepath.Join(s.Dir, name) }

// Write writes a file of the gateway.
func (s *Gateway) Write(name, text string) {
	if err := os.WriteFile(s.Path(name), []byte(text), 0o600); err != nil {
		s.T.Fatal(err)
	}
}

// Program writes a file of the gateway that can be run.
func (s *Gateway) Program(name, script string) {
	if err := os.WriteFile(s.Path(name), []byte(script), 0o700); err != nil {
		s.T.Fatal(err)
	}
}

// Telagent is the built binary (make build) with arguments.
func (s *Gateway) Telagent(args ...string) *exec.Cmd {
	cmd := exec.Command("../../bin/telagent", args...)
	cmd.Env = append(os.Environ(), "TELAGENT_SERVER="+s.URL, "TELAGENT_TOKEN="+s.Token)
	return cmd
}

// SignIn returns the token of a user or agent.
func (s *Gateway) SignIn(user, password string) string {
	s.T.Helper()
	var out struct{ Token string }
	s.API("POST", "/sign-in", map[string]string{"user": user, "password": password}, &out)
	return out.Token
}

// API calls the API as boss and fails the test on a refusal.
func (s *Gateway) API(method, path string, in, out any) {
	s.T.Helper()
	status, data := s.Call(s.Token, method, path, in)
	if status >= 400 {
		s.T.Fatalf("%s %s: %d %s", method, path, status, data)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			s.T.Fatalf("%s %s answered %s: %v", method, path, data, err)
		}
	}
}

// Call makes a request to the API with a token, as of SignIn.
func (s *Gateway) Call(token, method, path string, in any) (status int, body []byte) {
	s.T.Helper()
	status, body, err := s.Try(token, method, path, in)
	if err != nil {
		s.T.Fatal(err)
	}
	return status, body
}

// Try is Call where the gateway may be away.
func (s *Gateway) Try(token, method, path string, in any) (status int, body []byte, err error) {
	var send io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return 0, nil, err
		}
		send = bytes.NewReader(data)
	}
	req, err := http.NewRequest(method, s.URL+"/api/v1"+path, send)
	if err != nil {
		return 0, nil, err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err = io.ReadAll(res.Body)
	return res.StatusCode, body, err
}

// Agent is what the API shows of an agent, as far as tests look at it.
type Agent struct {
	Status    string
	Reason    string
	Activity  string
	Reach     string
	Reachable string
	Strikes   int
	Line      string
	Pending   string
	Switching *struct{ To string }
	Last      *struct{ Result string } `json:"last_switch"`
}

// Agent returns what the API shows of an agent.
func (s *Gateway) Agent(id string) Agent {
	s.T.Helper()
	var a Agent
	s.API("GET", "/agents/"+id, nil, &a)
	return a
}

// AwaitAgent waits until ok holds for the agent.
func (s *Gateway) AwaitAgent(id, what string, ok func(Agent) bool) {
	s.T.Helper()
	Await(s.T, id+" "+what, 30*time.Second, func() bool { return ok(s.Agent(id)) })
}

// AwaitStatus waits until the agent has that status.
func (s *Gateway) AwaitStatus(id, status string) {
	s.T.Helper()
	s.AwaitAgent(id, "is "+status, func(a Agent) bool { return a.Status == status })
}

// Available signs an agent on and makes him available, once his softphone is registered.
func (s *Gateway) Available(id string) {
	s.T.Helper()
	s.AwaitAgent(id, "is reachable", func(a Agent) bool { return a.Reachable == "reachable" })
	status, body := s.Call(s.SignIn(id, id+"-secret-1"), "PUT", "/agents/"+id+"/status", map[string]string{"status": "available"})
	if status >= 400 {
		s.T.Fatalf("make %s available: %d %s", id, status, body)
	}
	s.AwaitStatus(id, "available")
}

// SwitchTo moves an agent to his phone, or back to his softphone.
func (s *Gateway) SwitchTo(id, to string) {
	s.T.Helper()
	if code, detail := s.Switches(id, to); code != "" {
		s.T.Fatalf("switch of %s: %s, %s", id, code, detail)
	}
}

// Switches asks for a switch and returns why it is refused; empty: it is not.
func (s *Gateway) Switches(id, to string) (code, detail string) {
	s.T.Helper()
	s.requests++
	request := fmt.Sprintf("%s-%d", s.T.Name(), s.requests)
	status, body := s.Call(s.Token, "POST", "/switch", map[string]any{"agents": []string{id}, "to": to, "request_id": request})
	var out struct {
		Results []struct {
			OK           bool
			Code, Detail string
		}
	}
	if err := json.Unmarshal(body, &out); err != nil || len(out.Results) != 1 || out.Results[0].OK != (status < 300) {
		s.T.Fatalf("switch of %s: %d %s (%v)", id, status, body, err)
	}
	return out.Results[0].Code, out.Results[0].Detail
}

// Contact is where a phone is registered.
type Contact struct{ AOR, Transport string }

// Contacts returns where phones are registered; the directory needs the administrator root.
func (s *Gateway) Contacts() []Contact {
	s.T.Helper()
	admin := s.SignIn("root", "root-secret-1")
	status, body := s.Call(admin, "GET", "/phones", nil)
	var out struct{ Phones []Contact }
	if err := json.Unmarshal(body, &out); status >= 400 || err != nil {
		s.T.Fatalf("GET /phones: %d %s", status, body)
	}
	return out.Phones
}

// LiveCalls returns how many calls there are.
func (s *Gateway) LiveCalls() int {
	s.T.Helper()
	var out struct{ Calls []struct{ ID string } }
	s.API("GET", "/calls", nil, &out)
	return len(out.Calls)
}

// TheCall is the path of the only live call.
func (s *Gateway) TheCall() string {
	s.T.Helper()
	var out struct{ Calls []struct{ ID string } }
	s.API("GET", "/calls", nil, &out)
	if len(out.Calls) != 1 {
		s.T.Fatalf("%d calls, want one", len(out.Calls))
	}
	return "/calls/" + out.Calls[0].ID
}
