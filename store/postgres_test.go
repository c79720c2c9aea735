//go:build peers

package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"telagent-gateway/telagent"
)

func TestTheContractHoldsOnPostgreSQL(t *testing.T) {
	var databases int
	contract(t, target{
		fresh: func(t *testing.T) string {
			p := postgres(t)
			databases++
			name := fmt.Sprintf("store%d_%d", os.Getpid(), databases)
			admin := p.raw(t, p.dsn("postgres"))
			_, err := admin.Exec("CREATE DATABASE " + name)
			must(t, err)
			return p.dsn(name)
		},
		raw: func(t *testing.T, dsn string) *sql.DB { return postgres(t).raw(t, dsn) },
		slow: func(t *testing.T, dsn string) {
			_, err := postgres(t).raw(t, dsn).Exec(`CREATE FUNCTION take_your_time() RETURNS trigger LANGUAGE plpgsql AS
				$$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$;
				CREATE TRIGGER slow AFTER INSERT ON audit FOR EACH ROW EXECUTE FUNCTION take_your_time()`)
			must(t, err)
		},
		away: func(t *testing.T, _ string) (back func()) {
			p := postgres(t)
			must(t, p.stop())
			return func() { must(t, p.start()) }
		},
	})
}

func TestTwoSchemasOfOneDatabaseAreTwoStores(t *testing.T) {
	p := postgres(t)
	_, err := p.raw(t, p.dsn("postgres")).Exec(`CREATE SCHEMA one; CREATE SCHEMA two`)
	must(t, err)
	one := opened(t, p.dsn("postgres")+"?search_path=one")
	two := opened(t, p.dsn("postgres")+"?search_path=two")
	written(t, one, line(1))
	if got := details(t, two, AuditQuery{}); got != "" {
		t.Errorf("the other store has %q", got)
	}
}

func TestAGatewayWhoseSessionWasEndedGoesOn(t *testing.T) {
	p := postgres(t)
	admin := p.raw(t, p.dsn("postgres"))
	_, err := admin.Exec(`CREATE DATABASE ended`)
	must(t, err)
	s, said := loud(t, p.dsn("ended"), quick)
	written(t, s, line(1))
	_, err = admin.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ended'`)
	must(t, err)
	s.Write([]telagent.Change{line(2)}, nil)
	said("the store does not take changes")
	said("the store takes changes again")
	if got := details(t, s, AuditQuery{}); got != "2 1" {
		t.Errorf("got %q", got)
	}
}

// server is a PostgreSQL of our own: on loopback, in a folder that is removed at the end.
type server struct {
	dir, bin string
	port     int
	as       *syscall.Credential // nil: ourselves
	process  *exec.Cmd
}

var (
	once    sync.Once
	shared  *server
	problem error
)

// postgres starts the server for the first test that asks.
func postgres(t *testing.T) *server {
	t.Helper()
	once.Do(func() {
		shared, problem = newServer()
		if shared != nil {
			atEnd = append(atEnd, func() { _ = shared.remove() })
		}
	})
	must(t, problem)
	return shared
}

func newServer() (*server, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return nil, err
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		return nil, errors.New("there is no initdb in /usr/lib/postgresql or PATH: install the package postgresql")
	}
	p := &server{bin: filepath.Dir(found[0])}
	if p.dir, err = os.MkdirTemp("", "store-postgres"); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		if p.as, err = somebodyElse(); err != nil {
			return p, err
		}
		if err := os.Chown(p.dir, int(p.as.Uid), int(p.as.Gid)); err != nil {
			return p, err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return p, err
	}
	p.port = listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		return p, err
	}
	init := p.command("initdb", "-D", p.data(), "-U", "gw", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	if out, err := init.CombinedOutput(); err != nil {
		return p, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return p, p.start()
}

func somebodyElse() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

func (p *server) data() string { return filepath.Join(p.dir, "data") }

func (p *server) dsn(database string) string {
	return fmt.Sprintf("postgres://gw@127.0.0.1:%d/%s", p.port, database)
}

func (p *server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(p.bin, name), args...)
	c.Dir = p.dir
	c.SysProcAttr = &syscall.SysProcAttr{Credential: p.as, Setpgid: true}
	return c
}

// start returns when the server takes connections.
func (p *server) start() error {
	p.process = p.command("postgres", "-D", p.data(), "-p", strconv.Itoa(p.port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories="+p.dir, "-c", "fsync=off")
	var log bytes.Buffer
	p.process.Stdout, p.process.Stderr = &log, &log
	if err := p.process.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		ready := p.command("pg_isready", "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(p.port))
		if ready.Run() == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("postgres does not start:\n%s", log.String()), p.stop())
		case <-time.After(20 * time.Millisecond): // pg_isready answers, it does not wait
		}
	}
}

// stop ends the server as a crash of its machine would end it for a client.
func (p *server) stop() error {
	if p.process == nil {
		return nil
	}
	if err := p.process.Process.Signal(syscall.SIGQUIT); err != nil {
		return err
	}
	err := p.process.Wait()
	p.process = nil
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil // it was quit, after all
	}
	return err
}

func (p *server) remove() error { return errors.Join(p.stop(), os.RemoveAll(p.dir)) }

func (p *server) raw(t *testing.T, dsn string) *sql.DB {
	db, err := sql.Open("pgx", dsn)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	if !strings.HasPrefix(dsn, "postgres:") {
		t.Fatalf("%s is not ours", dsn)
	}
	return db
}
