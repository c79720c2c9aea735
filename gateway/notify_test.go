package gateway

import (
	"context"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/config"
	"telagent-gateway/telagent"
)

// heard are the lines that systemd would be told. Safe for concurrent use.
type heard struct {
	mu    sync.Mutex
	lines []string
}

func (h *heard) add(line string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, line)
	return nil
}

func (h *heard) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.lines)
}

func (h *heard) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = nil
}

// heardService keeps what systemd would be told.
func heardService(log *zap.Logger) (*service, *heard) {
	h := &heard{}
	return &service{log: log, every: 5 * time.Second, guard: true, send: h.add}, h
}

func TestTheWatchdogIsFedOnlyWhileTheLoopAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _, logs := running(t)
		l.report(arrival)
		s, heard := heardService(l.log)
		s.begin(l, func() error { return nil })
		t.Cleanup(s.close)
		synctest.Wait()
		if want := []string{"STATUS=0 calls up, 1 waiting, 0 agents signed on\nWATCHDOG=1"}; !slices.Equal(heard.all(), want) {
			t.Fatalf("systemd heard %q, want %q", heard.all(), want)
		}

		release := make(chan struct{})
		l.inbox <- letter{in: reading(func(time.Time, *telagent.Floor) { <-release })}
		time.Sleep(time.Minute) // of the bubble's clock
		if len(heard.all()) != 1 {
			t.Errorf("systemd heard %q of a loop that is stuck", heard.all()[1:])
		}
		if logs.FilterMessage("the loop does not answer").Len() != 1 {
			t.Error("nothing is in the log of a loop that is stuck")
		}

		close(release)
		synctest.Wait()
		if len(heard.all()) != 2 {
			t.Errorf("systemd heard %q of a loop that answers again, want one more line", heard.all())
		}
		time.Sleep(s.every)
		synctest.Wait()
		if len(heard.all()) != 3 {
			t.Errorf("systemd heard %q, want a line for each time", heard.all())
		}
	})
}

func TestWhoHandedOverSpeaksForTheServiceNoMore(t *testing.T) {
	s, heard := heardService(zap.NewNop())
	s.handOver()
	s.ready()
	s.reloading()()
	s.stopping()
	if len(heard.all()) != 0 {
		t.Errorf("systemd heard %q from a process that another one took over from", heard.all())
	}
	environ := heirEnviron([]string{"A=1", "WATCHDOG_PID=42", "WATCHDOG_USEC=15000000", "NOTIFY_SOCKET=/run/x"})
	if want := []string{"A=1", "WATCHDOG_USEC=15000000", "NOTIFY_SOCKET=/run/x"}; !slices.Equal(environ, want) {
		t.Errorf("the heir's environment is %q, want %q", environ, want)
	}
}

func TestTheWatchdogIsFedWhileAHandOverLetsTheLoopStandStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, heard := heardService(zap.NewNop())
		s.handOver()
		done := s.vouch(time.Minute)
		time.Sleep(2*s.every + time.Second) // of the bubble's clock
		done()
		time.Sleep(10 * s.every)
		if want := []string{"WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"}; !slices.Equal(heard.all(), want) {
			t.Errorf("systemd heard %q, want %q", heard.all(), want)
		}
		heard.forget()
		done = s.vouch(2*s.every - time.Second)
		time.Sleep(10 * s.every) // it hangs for longer than it may
		if len(heard.all()) != 2 {
			t.Errorf("systemd heard %q", heard.all())
		}
		done()
		s.guard = false
		s.vouch(time.Minute)()
		synctest.Wait()
		if len(heard.all()) != 2 {
			t.Errorf("a systemd that does not watch us heard %q", heard.all())
		}
	})
}

func TestAReloadIsToldWithItsTimeAndEndsReady(t *testing.T) {
	s, heard := heardService(zap.NewNop())
	done := s.reloading()
	if len(heard.all()) != 1 || !strings.HasPrefix(heard.all()[0], "RELOADING=1\nMONOTONIC_USEC=") {
		t.Fatalf("systemd heard %q, want that we reload", heard.all())
	}
	done()
	if heard.all()[1] != "READY=1" {
		t.Errorf("systemd heard %q, want that we are ready again", heard.all())
	}
}

// systemd is a socket that hears what a service says.
type systemd struct {
	t    *testing.T
	conn *net.UnixConn
}

func newSystemd(t *testing.T) systemd {
	t.Helper()
	name := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", name)
	return systemd{t, conn}
}

// hears waits for a message with a line that begins so.
func (s systemd) hears(line string) string {
	s.t.Helper()
	buf := make([]byte, 4096)
	for {
		if err := s.conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			s.t.Fatal(err)
		}
		n, err := s.conn.Read(buf)
		if err != nil {
			s.t.Fatalf("systemd does not hear %s: %v", line, err)
		}
		if msg := string(buf[:n]); strings.Contains("\n"+msg, "\n"+line) {
			return msg
		}
	}
}

func TestAGatewayTellsSystemdWhenItServesThatItIsWellAndWhenItEnds(t *testing.T) {
	sd := newSystemd(t)
	t.Setenv("WATCHDOG_USEC", "100000")
	c := config.Default()
	c.SIP.Listen = []string{"udp:127.41.0.1:5060"}
	c.HTTP.Listen = "127.41.0.1:8080"
	c.Store = config.DSN("sqlite:" + filepath.Join(t.TempDir(), "telagent.db"))
	g, err := Start(t.Context(), Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	sd.hears("READY=1")
	if msg := sd.hears("WATCHDOG=1"); !strings.Contains(msg, "STATUS=0 calls up") {
		t.Errorf("systemd hears %q, want a status in it", msg)
	}
	sd.hears("WATCHDOG=1")
	if err := g.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
	sd.hears("STOPPING=1")
}
