package gateway

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"telagent-gateway/telagent"
)

// statusEvery is how often systemd is told how we are when it does not watch us.
const statusEvery = 10 * time.Second

// service tells systemd, if that started us, how we are (sd_notify(3)). Its methods do nothing otherwise, and may be
// called from anywhere.
type service struct {
	send  func(state string) error
	log   *zap.Logger
	every time.Duration // how often we say that we are well
	guard bool          // systemd kills us when we do not
	quiet atomic.Bool   // another process speaks for the service
	done  chan struct{} // closed: watch has ended; nil: it was not begun
	end   context.CancelFunc
}

func newService(log *zap.Logger) *service {
	s := &service{log: log, every: statusEvery}
	s.send = func(state string) error {
		_, err := daemon.SdNotify(false, state)
		return err
	}
	switch limit, err := daemon.SdWatchdogEnabled(false); {
	case err != nil:
		log.Warn("the watchdog of systemd is set wrongly, and not served", zap.Error(err))
	case limit > 0:
		s.every, s.guard = limit/2, true
	}
	return s
}

// ready says that calls can be taken. The process that says it is the service's main one from now on: after an upgrade
// that is another one than before.
func (s *service) ready() { s.tell("READY=1", fmt.Sprintf("MAINPID=%d", os.Getpid())) }

// reloading says that the configuration is read again, until the func that it returns is called.
func (s *service) reloading() (done func()) {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return func() {}
	}
	s.tell("RELOADING=1", fmt.Sprintf("MONOTONIC_USEC=%d", now.Nano()/1000))
	return func() { s.tell("READY=1") }
}

// stopping says that we end. It must not be said by a process that another one has taken over from.
func (s *service) stopping() { s.tell("STOPPING=1") }

// handOver makes this process silent: another one speaks for the service from now on.
func (s *service) handOver() { s.quiet.Store(true) }

// vouch keeps the watchdog content while the loop stands still on purpose, for a time or until the func that it returns is called.
func (s *service) vouch(atMost time.Duration) (done func()) {
	ctx, end := context.WithTimeout(context.Background(), atMost)
	if !s.guard {
		return end
	}
	go func() {
		for ctx.Err() == nil {
			if err := s.send(daemon.SdNotifyWatchdog); err != nil {
				s.log.Warn("systemd could not be told that we are well", zap.Error(err))
			}
			select {
			case <-time.After(s.every):
			case <-ctx.Done():
			}
		}
	}()
	return end
}

// takeBack lets this process speak again: nobody took over.
func (s *service) takeBack() {
	s.quiet.Store(false)
	s.ready() // the other one may have said that it is the main one
}

// heirEnviron returns the environment for the process that takes over: as ours, but the watchdog waits for it and not
// for us.
func heirEnviron(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(v string) bool { return strings.HasPrefix(v, "WATCHDOG_PID=") })
}

func (s *service) tell(lines ...string) {
	if s.quiet.Load() {
		return
	}
	if err := s.send(strings.Join(lines, "\n")); err != nil {
		s.log.Warn("systemd could not be told", zap.Strings("what", lines), zap.Error(err))
	}
}

// begin says from now on how we are, whenever the loop has answered. A loop that does not answer says nothing, and
// systemd, which hears nothing, ends us with a trace of all goroutines and starts us again: the calls are then taken up.
func (s *service) begin(l *loop, store func() error) {
	ctx, end := context.WithCancel(context.Background())
	s.end, s.done = end, make(chan struct{})
	go func() {
		defer close(s.done)
		for s.watched(ctx, l, store) {
			select {
			case <-time.After(s.every):
			case <-ctx.Done():
				return
			}
		}
	}()
}

func (s *service) close() {
	if s.done != nil {
		s.end()
		<-s.done
	}
}

// watched waits for an answer of the loop, however long it takes, and tells it. It returns false when there will be none.
func (s *service) watched(ctx context.Context, l *loop, store func() error) bool {
	late := time.AfterFunc(s.every, func() {
		s.log.Error("the loop does not answer", zap.Duration("for", s.every), zap.Bool("systemd_will_end_us", s.guard))
	})
	defer late.Stop()
	view, err := l.snapshot(ctx)
	if err != nil && !errors.Is(err, errBug) { // a View with a bug was answered, and the calls go on
		return false
	}
	lines := []string{"STATUS=" + health(view, err, store())}
	if s.guard {
		lines = append(lines, daemon.SdNotifyWatchdog)
	}
	s.tell(lines...)
	return true
}

// health is the line that `systemctl status` shows.
func health(v *telagent.View, bug, store error) string {
	if bug != nil {
		return bug.Error()
	}
	up, waiting, signedOn := 0, 0, 0
	for _, c := range v.Calls {
		if c.State == "waiting" || c.State == "offering" {
			waiting++
		} else {
			up++
		}
	}
	for _, a := range v.Agents {
		if a.Status != "offline" {
			signedOn++
		}
	}
	line := fmt.Sprintf("%d calls up, %d waiting, %d agents signed on", up, waiting, signedOn)
	if store != nil {
		line += "; the store fails: " + strings.ReplaceAll(store.Error(), "\n", " ")
	}
	return line
}
