package stage

import (
	"bytes"
	"net/http"
	"os"
	"syscall"
	"time"
)

// Start starts the built program on the gateway's files, and returns when. It does not wait until it is ready.
func (s *Gateway) Start() time.Time {
	s.T.Helper()
	s.cmd = s.Telagent("serve", "-c", s.Path("telagent.yaml"))
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	at := time.Now()
	if err := s.cmd.Start(); err != nil {
		s.T.Fatal(err)
	}
	return at
}

// AwaitReady waits until the gateway says that it is ready.
func (s *Gateway) AwaitReady() {
	s.T.Helper()
	Await(s.T, "the gateway is ready", 30*time.Second, s.Ready)
}

// Ready says whether the gateway says that it is ready.
func (s *Gateway) Ready() bool {
	res, err := http.Get("http://" + s.Net + ".1:8080/readyz")
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// Pid is that of the gateway's process.
func (s *Gateway) Pid() int { return s.cmd.Process.Pid }

// Signal sends the gateway's process a signal.
func (s *Gateway) Signal(what syscall.Signal) {
	s.T.Helper()
	if err := s.cmd.Process.Signal(what); err != nil {
		s.T.Fatalf("send %v to the gateway: %v", what, err)
	}
}

// Kill ends the gateway as kill -9 does, and waits until it is gone.
func (s *Gateway) Kill() {
	s.T.Helper()
	s.Signal(syscall.SIGKILL)
	_ = s.cmd.Wait() // it says that it was killed
}

// Restart kills the gateway and starts it again at once; it returns when it was started.
func (s *Gateway) Restart() time.Time {
	s.T.Helper()
	s.Kill()
	return s.Start()
}

func (s *Gateway) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	if err := s.cmd.Wait(); err != nil {
		s.T.Errorf("the gateway did not end well: %v", err)
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
