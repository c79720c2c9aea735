package stage

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Postgres is a PostgreSQL of a test's own, on loopback.
type Postgres struct {
	DSN string // of its database

	t        *testing.T
	dir, bin string
	port     int
	as       *syscall.Credential // nil: ourselves
	process  *exec.Cmd
	log      bytes.Buffer
}

// StartPostgres runs one until the test ends. Its folder is in /tmp, where its own user gets to.
func StartPostgres(t *testing.T) *Postgres {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is well formed
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		t.Fatal("there is no initdb in /usr/lib/postgresql or PATH (Debian package postgresql)")
	}
	dir, err := os.MkdirTemp("", "stage-postgres")
	if err != nil {
		t.Fatal(err)
	}
	p := &Postgres{t: t, dir: dir, bin: filepath.Dir(found[0])}
	t.Cleanup(func() {
		p.Stop()
		_ = os.RemoveAll(dir)
	})
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		p.as = somebodyElse(t)
		if err := os.Chown(dir, int(p.as.Uid), int(p.as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.port = listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close() // it took nothing
	p.DSN = fmt.Sprintf("postgres://gw@127.0.0.1:%d/postgres", p.port)
	if out, err := p.command("initdb", "-D", p.data(), "-U", "gw", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	p.Start()
	return p
}

func somebodyElse(t *testing.T) *syscall.Credential {
	t.Helper()
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	t.Fatal("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
	return nil
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

func (p *Postgres) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(p.bin, name), args...)
	c.Dir = p.dir
	c.SysProcAttr = &syscall.SysProcAttr{Credential: p.as, Setpgid: true}
	return c
}

// Start starts the server again and waits until it takes connections.
func (p *Postgres) Start() {
	p.t.Helper()
	p.process = p.command("postgres", "-D", p.data(), "-p", strconv.Itoa(p.port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories="+p.dir, "-c", "fsync=off")
	p.process.Stdout, p.process.Stderr = &p.log, &p.log
	if err := p.process.Start(); err != nil {
		p.t.Fatal(err)
	}
	Await(p.t, "PostgreSQL takes connections", time.Minute, func() bool {
		return p.command("pg_isready", "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(p.port)).Run() == nil
	})
}

// Stop ends the server as a crash of its machine would end it for a client.
func (p *Postgres) Stop() {
	if p.process == nil {
		return
	}
	_ = p.process.Process.Signal(syscall.SIGQUIT)
	_ = p.process.Wait() // it was quit, after all
	p.process = nil
}

// Signal sends the server and all of its processes a signal.
func (p *Postgres) Signal(what syscall.Signal) {
	p.t.Helper()
	if err := syscall.Kill(-p.process.Process.Pid, what); err != nil {
		p.t.Fatalf("send %v to PostgreSQL: %v", what, err)
	}
}
