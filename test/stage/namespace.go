//go:build linux

package stage

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

// Namespace is a network namespace. It lives for as long as its file is open, or a process is in it.
type Namespace struct{ file *os.File }

// NewNamespace makes one, with its loopback up.
func NewNamespace() (n Namespace, err error) {
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
	return n, errors.Join(err, n.IP("link set lo up"))
}

// Do runs f within the namespace; what it starts stays there.
func (n Namespace) Do(f func() error) (err error) {
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

// HereNamespace is the one that the calling thread is in.
func HereNamespace() (n Namespace, err error) {
	n.file, err = os.Open("/proc/thread-self/ns/net")
	return n, err
}

// Close lets go of it.
func (n Namespace) Close() { _ = n.file.Close() } // nothing is written to it

// IP runs iproute2's ip in the namespace, once for each line of arguments. NS stands for the namespace of others[0].
func (n Namespace) IP(lines string, others ...Namespace) error {
	for line := range strings.Lines(lines) {
		cmd := exec.Command("ip", strings.Fields(strings.ReplaceAll(line, "NS", "/proc/self/fd/3"))...)
		for _, o := range others {
			cmd.ExtraFiles = append(cmd.ExtraFiles, o.file)
		}
		var out []byte
		err := n.Do(func() (err error) {
			out, err = cmd.CombinedOutput()
			return err
		})
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.TrimSpace(line), err, out)
		}
	}
	return nil
}

// inside is set in the process that has namespaces of its own.
const inside = "TELAGENT_STAGE_INSIDE"

// Isolated says whether this process is one that Isolate made.
func Isolated() bool { return os.Getenv(inside) != "" }

// SettleIn makes the process's namespaces fit to live in: loopback is up, nobody else sees its mounts, and /proc shows the
// processes of this namespace, where the kernel lets it be mounted: without that a process cannot say what it takes.
func SettleIn() error {
	here, err := HereNamespace()
	if err != nil {
		return err
	}
	defer here.Close()
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts to ourselves: %w", err)
	}
	_ = unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "") // whoever needs it sees what is missing
	return here.IP("link set lo up")
}

// Isolate runs this program again in namespaces of its own, for its network, its processes and its mounts, so that nothing of it is left when it ends, however it ends;
// with an ordinary user's rights too, where the kernel gives those. The error says why it cannot be.
func Isolate() (code int, err error) {
	cmd := exec.Command(os.Args[0], os.Args[1:]...)
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
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
