package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// bench is a folder with the built program, a configuration and a directory file.
type bench struct {
	t     *testing.T
	dir   string
	env   []string
	token string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir()}
	build := exec.Command("go", "build", "-o", b.path("telagent"), "telagent-gateway/cmd/telagent")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	host := fmt.Sprintf("127.%d.%d.1", 192+rand.IntN(63), rand.IntN(256)) // nobody else's
	b.write("telagent.yaml", strings.NewReplacer("HOST", host, "DIR", b.dir).Replace(`
sip: {domain: here, listen: ["udp:HOST:5060"]}
http: {listen: "HOST:8080"}
store: sqlite:DIR/telagent.db
dialling: {allow: [DE]}
`))
	b.write("directory.yaml", `
users: [{name: boss, role: supervisor, teams: [support], password: boss-secret-1}]
agents:
  - {id: ana, team: support, password: ana-secret-1, numbers: ["+49301234567"], queues: {support: 1}}
  - {id: zoe, team: billing, password: zoe-secret-1, queues: {support: 1}}
queues: [{name: support, numbers: ["+18005550100"]}]
`)
	return b
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

func (b *bench) write(name, text string) {
	if err := os.WriteFile(b.path(name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) read(name string) string {
	b.t.Helper()
	data, err := os.ReadFile(b.path(name))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(data)
}

// signIn lets a user give the commands that follow.
func (b *bench) signIn(user, password string) {
	b.t.Helper()
	b.token = ""
	token, _ := b.run(0, password+"\n", "token", user)
	b.token = strings.TrimSpace(token)
}

// run runs the program to its end and wants an exit code; input is its standard input.
func (b *bench) run(code int, input string, args ...string) (stdout, stderr string) {
	b.t.Helper()
	cmd := exec.Command(b.path("telagent"), args...)
	cmd.Dir, cmd.Env = b.dir, append(append(os.Environ(), "TELAGENT_TOKEN="+b.token), b.env...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		b.t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		b.t.Errorf("telagent %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, &out, &errs)
	}
	return out.String(), errs.String()
}

var consoleAt = regexp.MustCompile(`console +(https?://\S+)`)

// serve starts the gateway and returns what ends it, which wants it to end well.
func (b *bench) serve() (stop func()) {
	b.t.Helper()
	cmd := b.start()
	return func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			b.t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case err := <-ended:
			if err != nil {
				b.t.Errorf("the gateway did not end well: %v", err)
			}
		case <-time.After(time.Minute):
			_ = cmd.Process.Kill()
			b.t.Error("the gateway does not end")
		}
	}
}

// start starts the gateway and waits until it serves.
func (b *bench) start() *exec.Cmd {
	b.t.Helper()
	cmd := exec.Command(b.path("telagent"), "serve", "-c", "telagent.yaml")
	cmd.Dir = b.dir
	pipe, err := cmd.StderrPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	said := make(chan string, 1)
	go func() { // until the program ends
		var all strings.Builder
		chunk := make([]byte, 4096)
		for told := false; ; {
			n, err := pipe.Read(chunk)
			all.Write(chunk[:n])
			if m := consoleAt.FindStringSubmatch(all.String()); m != nil && !told {
				said <- m[1]
				told = true
			}
			if err != nil {
				if !told {
					said <- ""
				}
				return
			}
		}
	}()
	url := <-said
	if url == "" {
		b.t.Fatal("the gateway did not start")
	}
	b.env = []string{"TELAGENT_SERVER=" + url}
	return cmd
}

func wants(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s says %q, want %q in it", what, text, p)
		}
	}
}

func TestACommandSaysWhatIsWrongAndItsExitCodeSaysWhoseFaultItWas(t *testing.T) {
	b := newBench(t)
	_, usage := b.run(2, "", "fly")
	wants(t, "an unknown command", usage, "fly")
	b.write("bad.yaml", "sip:\n  domian: x\nhttp: {listen: nowhere}\n")
	_, bad := b.run(1, "", "check", "-c", "bad.yaml")
	wants(t, "check", bad, "bad.yaml:2:", `did you mean "domain"?`, "bad.yaml:3:")
	good, _ := b.run(0, "", "check", "-c", "telagent.yaml")
	wants(t, "check", good, "ok")
	b.write("bad-directory.yaml", "agents:\n  - {id: ana, numbers: [\"030 1234\"], queues: {nowhere: 1}}\n")
	_, refused := b.run(1, "", "import", "-c", "telagent.yaml", "bad-directory.yaml")
	wants(t, "import", refused, "bad-directory.yaml:2:", "nowhere", "030 1234")
	b.write("closed.yaml", "store: sqlite:closed.db\ntrunks: [{name: a, uri: 'sip:192.0.2.1'}]\n")
	_, warned := b.run(0, "", "check", "-c", "closed.yaml")
	wants(t, "check", warned, "closed.yaml:1: dialling.allow: nothing may be dialled")
	b.write("denied.yaml", "store: sqlite:closed.db\ndialling: {deny: [DE]}\n")
	_, denied := b.run(1, "", "import", "-c", "denied.yaml", "directory.yaml")
	wants(t, "import", denied, "directory.yaml:4:", "+49301234567", "DE is denied in dialling.deny")
	version, _ := b.run(0, "", "version")
	wants(t, "version", version, "telagent ")
}

func TestADirectoryIsImportedOnceAndServedAfterARestart(t *testing.T) {
	b := newBench(t)
	first, _ := b.run(0, "", "import", "-c", "telagent.yaml", "directory.yaml")
	wants(t, "the first import", first, "agent ana is new", "user boss is new", "queue support is new")
	second, _ := b.run(0, "", "import", "-c", "telagent.yaml", "directory.yaml")
	wants(t, "the second import", second, "nothing changed")
	b.run(0, "root-secret-1\n", "user", "add", "root", "--role", "admin", "-c", "telagent.yaml")

	for round := range 2 { // the second one after a restart
		stop := b.serve()
		_, held := b.run(1, "", "serve", "-c", "telagent.yaml")
		wants(t, "a second gateway on the store", held, "store")
		b.token = ""
		_, nobody := b.run(1, "", "agents")
		wants(t, "agents without a token", nobody, "TELAGENT_TOKEN")
		b.run(1, "wrong\n", "token", "boss")
		token, _ := b.run(0, "boss-secret-1\n", "token", "boss")
		b.token = strings.TrimSpace(token)
		b.seesHisTeam(round)
		b.signIn("root", "root-secret-1")
		whole, _ := b.run(0, "", "audit", "verify")
		wants(t, "the audit trail", whole, "each as it was written; the last is")
		stop()
		b.token = ""
		again, _ := b.run(0, "", "audit", "verify", "-c", "telagent.yaml", "--since", strings.TrimSpace(whole[strings.LastIndexByte(whole, ' ')+1:]))
		wants(t, "the audit trail of a gateway that does not run", again, "each as it was written")
	}
}

// seesHisTeam shows what boss may see and do; in the second round ana is a Telagent since the first.
func (b *bench) seesHisTeam(round int) {
	b.t.Helper()
	text, _ := b.run(0, "", "agents", "--json")
	var agents []struct{ ID, Reach, Status string }
	if err := json.Unmarshal([]byte(text), &agents); err != nil || len(agents) != 1 || agents[0].ID != "ana" {
		b.t.Fatalf("agents of boss's team: %s (%v)", text, err)
	}
	if reach := []string{"softphone", "phone"}[round]; agents[0].Reach != reach {
		b.t.Errorf("in round %d ana is reached by %s, want %s", round, agents[0].Reach, reach)
	}
	table, _ := b.run(0, "", "queues")
	wants(b.t, "queues", table, "QUEUE", "support", "+18005550100")
	history, _ := b.run(0, "", "history", "--agent", "ana", "--limit", "5")
	wants(b.t, "history", history, "ENDED", "KIND", "RECORDED")
	sheet, _ := b.run(0, "", "history", "--csv")
	wants(b.t, "history", sheet, "call,kind,from,", ",leg_cause,fault")
	_, unheard := b.run(1, "", "recording", "none", "-o", b.path("none.wav"))
	wants(b.t, "the recording of no call", unheard, "unknown_call")
	if _, err := os.Stat(b.path("none.wav")); !os.IsNotExist(err) {
		b.t.Errorf("a refused recording leaves a file: %v", err)
	}
	_, gone := b.run(1, "", "transfer", "nowhere", "ana")
	wants(b.t, "a transfer of no call", gone, "unknown_call")
	_, foreign := b.run(1, "", "switch", "zoe", "--yes")
	wants(b.t, "a switch of a foreign agent", foreign, "unknown_agent")
	if round == 0 {
		plan, _ := b.run(0, "", "switch", "ana", "--dry-run")
		wants(b.t, "a dry run", plan, "+49301234567")
		done, _ := b.run(0, "", "switch", "ana", "--yes")
		wants(b.t, "a switch", done, "ana: accepted")
		return
	}
	b.run(0, "", "logout", "ana", "--yes")
	_, again := b.run(1, "", "logout", "ana", "--yes")
	wants(b.t, "a second logout", again, "signed_off")
}

// noting is a gateway that has one live call; asked is what it was asked last.
func noting(t *testing.T) (server *httptest.Server, asked *atomic.Value) {
	asked = new(atomic.Value)
	id := regexp.MustCompile(`,"request_id":"[^"]+"|"request_id":"[^"]+",`)
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		asked.Store(strings.TrimSpace(r.Method + " " + strings.TrimPrefix(r.URL.EscapedPath(), "/api/v1") + " " + id.ReplaceAllString(string(body), "")))
		one := `{"id": "c1", "kind": "inbound", "recording": "paused", "guests": [{"agent": "ben", "mode": "consult"}, {"number": "+4930", "mode": "conference"}]}`
		switch {
		case r.Method != http.MethodGet:
			w.WriteHeader(http.StatusNoContent)
		case strings.HasSuffix(r.URL.Path, "/calls"):
			_, err = io.WriteString(w, `{"calls": [`+one+`]}`)
		default:
			_, err = io.WriteString(w, one)
		}
		if err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server, asked
}

func TestALiveCallIsHandedOnSharedFreedAndEndedFromTheCommandLine(t *testing.T) {
	b := newBench(t)
	server, asked := noting(t)
	b.env = []string{"TELAGENT_SERVER=" + server.URL}
	for _, of := range []struct{ args, want string }{
		{"transfer c1 sales", `POST /calls/c1/transfer {"to":"sales"}`},
		{"transfer c1", `POST /calls/c1/transfer {"to":""}`},
		{"guest c1 zoe whisper", `POST /calls/c1/guests {"agent":"zoe","mode":"whisper"}`},
		{"guest c1 +4989 consult", `POST /calls/c1/guests {"mode":"consult","number":"+4989"}`},
		{"guest c1 ben conference", `PATCH /calls/c1/guests/ben {"mode":"conference"}`},
		{"guest c1 +4930 out", `DELETE /calls/c1/guests/+4930`},
		{"rescue c1 --yes", `POST /calls/c1/rescue`},
		{"hang-up c1 --yes", `DELETE /calls/c1`},
	} {
		out, _ := b.run(0, "", strings.Fields(of.args)...)
		wants(t, of.args, out, "c1: accepted")
		if got := asked.Load(); got != of.want {
			t.Errorf("%s asks %q, want %q", of.args, got, of.want)
		}
	}
	_, unsure := b.run(1, "", "hang-up", "c1")
	wants(t, "hang-up that nobody confirms", unsure, "--yes")
	b.run(2, "", "guest", "c1", "ben", "fly")
	table, _ := b.run(0, "", "calls")
	wants(t, "calls", table, "KIND", "GUESTS", "RECORDING", "inbound", "ben:consult +4930:conference", "paused")
	list, _ := b.run(0, "", "calls", "--json")
	wants(t, "calls --json", list, `"guests": [{"agent": "ben"`)
}
