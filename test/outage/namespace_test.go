//go:build outage

package outage

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// namespace is a network namespace. It lives for as long as its file is open, or a process is in it.
type namespace struct{ file *os.File }

func newNamespace() (n namespace, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: this thread is in the new namespace, and ends with the goroutine
		if err = unix.Unshare(unix.CLONE_NEWNET); err != nil {
			err = fmt.Errorf("make a network namespace: %w", err)
			return
		}
		n.file, err = os.Open("/proc/thread-self/ns/net")
	}()
	<-done
	return n, errors.Join(err, n.ip("link set lo up"))
}

// do runs f within the namespace; what it starts stays there.
func (n namespace) do(f func() error) (err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good, as above
		if err = unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err == nil {
			err = f()
		}
	}()
	<-done
	return err
}

// ip runs iproute2's ip in the namespace, once for each line of arguments. NS stands for the namespace of others[0].
func (n namespace) ip(lines string, others ...namespace) error {
	for line := range strings.Lines(lines) {
		cmd := exec.Command("ip", strings.Fields(strings.ReplaceAll(line, "NS", "/proc/self/fd/3"))...)
		for _, o := range others {
			cmd.ExtraFiles = append(cmd.ExtraFiles, o.file)
		}
		var out []byte
		err := n.do(func() (err error) {
			out, err = cmd.CombinedOutput()
			return err
		})
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.TrimSpace(line), err, out)
		}
	}
	return nil
}

// routed is a site in a network namespace of its own, behind a router in another:
//
//	gateway and carrier 10.77.0.1, .2 ── 10.77.1.1 ═ 10.77.1.2 router 10.77.3.1 ═ 10.77.3.2 the site's phones
type routed struct{ here, router, site namespace }

// layLine makes the three in the namespace that the test runs in, which is its own.
func layLine() (at place, err error) {
	w := &routed{}
	if w.here.file, err = os.Open("/proc/thread-self/ns/net"); err != nil {
		return at, err
	}
	var err2 error
	w.router, err = newNamespace()
	w.site, err2 = newNamespace()
	if err := errors.Join(err, err2); err != nil {
		return at, err
	}
	err = errors.Join(
		w.here.ip("link set lo up\naddr add 10.77.0.1/32 dev lo\naddr add 10.77.0.2/32 dev lo"),
		w.here.ip("link add core type veth peer name core netns NS", w.router),
		w.here.ip("addr add 10.77.1.1/24 dev core\nlink set core up\nroute add 10.77.3.0/24 via 10.77.1.2 src 10.77.0.1"),
		w.router.ip("addr add 10.77.1.2/24 dev core\nlink set core up\nroute add 10.77.0.0/24 via 10.77.1.1"),
		w.router.ip("link add site type veth peer name site netns NS", w.site),
		w.router.ip("addr add 10.77.3.1/24 dev site\nlink set site up"),
		w.site.ip("addr add 10.77.3.2/24 dev site\nlink set site up\nroute add default via 10.77.3.1"),
		w.router.do(func() error { return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644) }),
	)
	return place{gateway: "10.77.0.1", carrier: "10.77.0.2", phones: "10.77.3.2", site: "10.77.3.0/24", line: w}, err
}

func (w *routed) start(program *exec.Cmd) error { return w.site.do(program.Start) }

// cut takes the router's link to the site down: the router then answers that the network cannot be reached (RFC 792).
func (w *routed) cut() error { return w.router.ip("link set site down") }

// silence lets the router forget all packets of the two.
func (w *routed) silence() error {
	return w.router.ip("route add blackhole 10.77.3.2/32\nroute add blackhole 10.77.0.1/32")
}

func (w *routed) mend() error {
	// What was not done need not be undone, and ip says so.
	_ = w.router.ip("route del blackhole 10.77.3.2/32")
	_ = w.router.ip("route del blackhole 10.77.0.1/32")
	return w.router.ip("link set site up")
}

// inside is set in the process that has namespaces of its own.
const inside = "TELAGENT_OUTAGE_INSIDE"

// isolate runs this program again in namespaces of its own, so that nothing of it is left when it ends, however it ends;
// with an ordinary user's rights too, where the kernel gives those. The error says why it cannot be.
func isolate() (code int, err error) {
	cmd := exec.Command(os.Args[0], os.Args[1:]...)
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	runtime.LockOSThread() // the thread whose death would end the child
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return 1, nil
	}
	return cmd.ProcessState.ExitCode(), nil
}

// close takes the line out of the namespace that the test runs in, and gives the others back.
func (w *routed) close() error {
	err := w.here.ip("link del core\naddr del 10.77.0.1/32 dev lo\naddr del 10.77.0.2/32 dev lo")
	for _, n := range []namespace{w.here, w.router, w.site} {
		_ = n.file.Close() // nothing is written to it
	}
	return err
}
