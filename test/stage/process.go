package stage

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Start starts the built program on the gateway's files, and returns when. It does not wait until it is ready.
func (s *Gateway) Start() time.Time {
	s.T.Helper()
	cmd := s.Telagent("serve", "-c", s.Path("telagent.yaml"))
	cmd.Stdout, cmd.Stderr = s.log, s.log
	at := time.Now()
	if err := cmd.Start(); err != nil {
		s.T.Fatal(err)
	}
	s.process = cmd.Process
	return at
}

// Upgrade lets the gateway hand its calls over, as the administrator root, and goes on with the process that took them. binary
// is what is to take them; empty: the same program. It returns when that was asked for.
func (s *Gateway) Upgrade(binary string) time.Time {
	s.T.Helper()
	// Who took over is the child of a process that ends: it is to become ours.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		s.T.Fatal(err)
	}
	root, at := s.SignIn("root", "root-secret-1"), time.Now()
	status, body := s.Call(root, "POST", "/upgrade", map[string]string{"binary": binary})
	var out struct{ PID int }
	if err := json.Unmarshal(body, &out); status != http.StatusOK || err != nil {
		s.T.Fatalf("POST /upgrade: %d %s (%v)", status, body, err)
	}
	if state, err := s.process.Wait(); err != nil || !state.Success() {
		s.T.Errorf("the old process did not end well: %v (%v)", state, err)
	}
	heir, err := os.FindProcess(out.PID)
	if err != nil {
		s.T.Fatal(err)
	}
	s.process = heir
	return at
}

// AwaitReady waits until the gateway says that it is ready.
func (s *Gateway) AwaitReady() {
	s.T.Helper()
	Await(s.T, "the gateway is ready", 30*time.Second, s.Ready)
}

// Ready says whether the gateway says that it is ready.
func (s *Gateway) Ready() bool {
	res, err := s.client.Get(s.URL + "/readyz")
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// Pid is that of the gateway's process.
func (s *Gateway) Pid() int { return s.process.Pid }

// Signal sends the gateway's process a signal.
func (s *Gateway) Signal(what syscall.Signal) {
	s.T.Helper()
	if err := s.process.Signal(what); err != nil {
		s.T.Fatalf("send %v to the gateway: %v", what, err)
	}
}

// Kill ends the gateway as kill -9 does, and waits until it is gone.
func (s *Gateway) Kill() {
	s.T.Helper()
	s.Signal(syscall.SIGKILL)
	_, _ = s.process.Wait() // it says that it was killed
}

// Terminate ends the gateway as systemctl stop does, and waits until it is gone.
func (s *Gateway) Terminate() {
	s.T.Helper()
	s.Signal(syscall.SIGTERM)
	if state, err := s.process.Wait(); err != nil || !state.Success() {
		s.T.Errorf("the gateway did not end well: %v (%v)", state, err)
	}
}

// Restart kills the gateway and starts it again at once; it returns when it was started.
func (s *Gateway) Restart() time.Time {
	s.T.Helper()
	s.Kill()
	return s.Start()
}

func (s *Gateway) stop() {
	_ = s.process.Signal(syscall.SIGTERM)
	if state, err := s.process.Wait(); err != nil || !state.Success() {
		s.T.Errorf("the gateway did not end well: %v (%v)", state, err)
	}
	_ = s.log.Close()
	data, err := os.ReadFile(s.Path("log"))
	if err != nil {
		s.T.Error(err)
	}
	if bytes.Contains(data, []byte("this is a bug")) {
		s.T.Error("the gateway caught a bug of its own, see its log")
	}
	if s.T.Failed() {
		s.T.Logf("log of the gateway:\n%s", data[max(0, len(data)-20000):])
	}
}
