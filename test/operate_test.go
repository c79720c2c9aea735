package test

import (
	"bufio"
	"database/sql"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"telagent-gateway/test/stage"
)

// api asks the API as who is signed in.
func (b *bench) api(method, path string) (status int, body string) {
	b.t.Helper()
	server, _ := strings.CutPrefix(b.env[0], "TELAGENT_SERVER=")
	req, err := http.NewRequest(method, server+"/api/v1"+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+b.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(data)
}

func TestAReloadTakesWhatMayChangeAndNothingOfAFileThatChangesMore(t *testing.T) {
	b := newBench(t)
	b.run(0, "", "import", "-c", "telagent.yaml", "directory.yaml")
	b.run(0, "root-secret-1\n", "user", "add", "root", "--role", "admin", "-c", "telagent.yaml")
	defer b.serve()()
	b.signIn("boss", "boss-secret-1")
	_, refused := b.run(1, "", "reload")
	wants(t, "a supervisor's reload", refused, "not_admin")
	b.signIn("root", "root-secret-1")
	same, _ := b.run(0, "", "reload")
	wants(t, "a reload of the same file", same, "Nothing changed")

	first := b.read("telagent.yaml")
	b.write("telagent.yaml", first+"policy: {wrap_up: 77s}\nlog: {level: warn}\n")
	taken, _ := b.run(0, "", "reload")
	wants(t, "a reload", taken, "telagent.yaml:6: policy.wrap_up is 1m17s (was 30s)", "telagent.yaml:7: log.level is warn (was info)")

	b.write("telagent.yaml", strings.Replace(first, "domain: here", "domain: there", 1)+"policy: {wrap_up: 99s}\n")
	_, more := b.run(1, "", "reload")
	wants(t, "a reload that changes more", more, "telagent.yaml:2", "sip.domain cannot change while the gateway runs", "telagent upgrade", "needs_upgrade")
	b.write("telagent.yaml", first+"policy: {wrapup: 1s}\n")
	_, wrong := b.run(1, "", "reload")
	wants(t, "a reload of a wrong file", wrong, "telagent.yaml:6", "wrap_up", "bad_configuration")

	b.write("telagent.yaml", first+"policy: {wrap_up: 77s}\nlog: {level: warn}\n")
	left, _ := b.run(0, "", "reload")
	wants(t, "a reload of what was taken", left, "Nothing changed")
	lines, _ := b.run(0, "", "audit", "verify")
	wants(t, "the audit trail", lines, "each as it was written")
}

func TestSIGHUPReadsTheConfigurationAgain(t *testing.T) {
	b := newBench(t)
	b.run(0, "root-secret-1\n", "user", "add", "root", "--role", "admin", "-c", "telagent.yaml")
	cmd := b.start()
	defer func() { _ = cmd.Process.Signal(syscall.SIGTERM); _ = cmd.Wait() }()
	b.signIn("root", "root-secret-1")
	b.write("telagent.yaml", b.read("telagent.yaml")+"policy: {wrap_up: 78s}\n")
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	stage.Await(t, "SIGHUP is audited as a reload by the system", 20*time.Second, func() bool {
		_, body := b.api("GET", "/audit?action=reload")
		return strings.Contains(body, `"result":"done"`) && strings.Contains(body, "policy.wrap_up") && !strings.Contains(body, `"by"`)
	})
	same, _ := b.run(0, "", "reload")
	wants(t, "a reload after SIGHUP", same, "Nothing changed")
}

func TestASignalToReloadDoesNotEndAGatewayThatStarts(t *testing.T) {
	b := newBench(t)
	b.run(0, "root-secret-1\n", "user", "add", "root", "--role", "admin", "-c", "telagent.yaml")
	db, err := sql.Open("sqlite", b.path("telagent.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	other, err := db.Begin() // which writes, and takes its time
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(`UPDATE meta SET value = 'other' WHERE name = 'owner'`); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(b.path("telagent"), "serve", "-c", "telagent.yaml")
	cmd.Dir = b.dir
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }() // it has ended by itself
	waited, served := false, false
	for lines := bufio.NewScanner(said); lines.Scan() && !served; {
		switch line := lines.Text(); {
		case strings.Contains(line, "the store is away") && !waited:
			waited = true
			_ = cmd.Process.Signal(syscall.SIGHUP) // what comes of it is read next
			_ = other.Rollback()
		case consoleAt.MatchString(line):
			served = true
		}
	}
	if !waited || !served {
		t.Errorf("it waited: %t, it served: %t", waited, served)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestADrainIsShownAndTakenBackAndEndsAnIdleGateway(t *testing.T) {
	b := newBench(t)
	b.run(0, "root-secret-1\n", "user", "add", "root", "--role", "admin", "-c", "telagent.yaml")
	cmd := b.start()
	b.signIn("root", "root-secret-1")
	on, _ := b.run(0, "", "drain", "--wait")
	wants(t, "a drain", on, "No new calls are taken, and none is up.")
	shown, _ := b.run(0, "", "drain", "--show", "--json")
	wants(t, "its state", shown, `"draining":true`, `"by":"root"`, `"calls":0`)
	if status, body := b.api("GET", "/readyz"); status != 503 || !strings.Contains(body, "drained") {
		t.Errorf("/readyz of a drained gateway: %d %s", status, body)
	}
	off, _ := b.run(0, "", "drain", "--undo")
	wants(t, "its end", off, "New calls are taken.")
	if status, body := b.api("GET", "/readyz"); status != 200 {
		t.Errorf("/readyz afterwards: %d %s", status, body)
	}
	_, never := b.run(1, "", "drain", "--undo")
	wants(t, "the end of none", never, "not_draining")
	_, _ = b.run(0, "", "drain", "--stop", "--wait")
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("a drained gateway did not end well: %v", err)
		}
	case <-time.After(20 * time.Second):
		_ = cmd.Process.Kill()
		t.Error("a drained gateway does not end")
	}
}
