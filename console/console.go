// Package console is the HTTP side of the gateway: the API under /api/v1, the live event stream, the metrics and the
// web pages, whose built files are embedded from dist (sources in web).
//
// It decides nothing: it reads a snapshot of the Floor, sends Commands to it, and shows each user only what his role
// and teams let him see. What another team has is answered as if it did not exist. It keeps nothing but sessions,
// attempts to sign in, the last events and what webhooks still have to be told, all in memory and all bounded.
//
// Start with New, then routes.go, where every call of the API is named.
package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// Options are what a Console needs from its gateway. All funcs may be called from many goroutines at once and are
// required, unless they say otherwise.
type Options struct {
	// View returns the newest snapshot of the Floor.
	View func() *telagent.View
	// Do carries out a command and returns after its commit: nil, or an error that wraps a *telagent.Refusal, or one
	// that wraps ErrNotSaved when it was carried out and could not be committed, or why it could not be carried out.
	Do func(ctx context.Context, c telagent.Command) error
	// Plan says what a switch would do. The error wraps a *telagent.Refusal.
	Plan func(ctx context.Context, s telagent.Switch) (telagent.SwitchPlan, error)
	// PlanMany says what a switch of several would do. The error wraps a *telagent.Refusal.
	PlanMany func(ctx context.Context, s telagent.SwitchMany) (telagent.BatchPlan, error)
	// PlanLogout says what a forced logout would do. The error wraps a *telagent.Refusal.
	PlanLogout func(ctx context.Context, s telagent.ForceLogout) (telagent.LogoutPlan, error)
	// History returns records of ended calls, newest first, at most q.Limit.
	History func(ctx context.Context, q HistoryQuery) ([]telagent.Record, error)
	// Recording opens a sound file by the name that a record gives it. The error wraps fs.ErrNotExist when it is gone.
	Recording func(file string) (fs.File, error)
	// Audit returns lines of the audit trail, newest first, at most q.Limit.
	Audit func(ctx context.Context, q AuditQuery) ([]telagent.AuditEntry, error)
	// Reports adds up the past.
	Reports Reports
	// Quality returns how the audio of a live leg fares; false: it has none. nil: legs are shown without.
	Quality func(leg call.LegID) (call.Quality, bool)
	// Ladder returns what is kept of a call, live or ended, with these legs. The error wraps ErrNoLadder when that is nothing. nil:
	// nothing is.
	Ladder func(ctx context.Context, id call.ID, legs []call.LegID, live bool) (call.Ladder, error)
	// Trunks returns what signalling knows of each trunk beyond the Floor; nil: they are shown without.
	Trunks func() []Trunk
	// Load returns how hard the gateway is pressed; nil: that is not shown.
	Load func() Load
	// Phones returns who is registered now.
	Phones func() []Phone
	// Import applies a directory file in the name of by. An error that is neither a *telagent.Refusal nor of the
	// context is shown as what is wrong with the file, one complaint per line.
	Import func(ctx context.Context, by string, file []byte) (Report, error)
	// PlanImport says what Import would do, and does nothing; its errors are the same.
	PlanImport func(ctx context.Context, by string, file []byte) (Report, error)
	// Numbers returns every number that the gateway has to do with.
	Numbers func(ctx context.Context) ([]telagent.KnownNumber, error)
	// DialRules returns what may be dialled.
	DialRules func() DialRules
	// TryNumber says what would become of a number if agent dialled it; empty: nobody in particular. The error may wrap a *telagent.Refusal.
	TryNumber func(ctx context.Context, by, agent, number string) (Tried, error)
	// Directory returns what people set up.
	Directory func(ctx context.Context) (telagent.State, error)
	// PutEntry checks an entry wholly and puts it. What it comes to is one command, or none (nil) when nothing changes; guard
	// is called with it and returns what is to be carried out, nil: nothing. The error wraps a *telagent.Refusal or a
	// *BadEntry, or is as those of Do.
	PutEntry func(ctx context.Context, by string, e Entry, s Secrets, guard func(telagent.Command) telagent.Command) error
	// Reload reads the configuration again in the name of by and takes it, all or nothing. The error wraps a
	// *telagent.Refusal or a *BadConfiguration, or is as those of Do.
	Reload func(ctx context.Context, by string) ([]Changed, error)
	// Upgrade hands the calls over to another program in the name of by; empty: the same one. It returns the id of the process
	// that has them. The error wraps a *telagent.Refusal or ErrUpgrade.
	Upgrade func(ctx context.Context, by, binary string) (pid int, err error)
	// Webhooks are the receivers that are told what happens; none: nobody is.
	Webhooks []Webhook
	// Outbox remembers what they still have to be told; nil: nothing is remembered.
	Outbox Outbox
	// Keyring remembers who is signed in, tokens and second factors; nil: nothing is remembered.
	Keyring Keyring
	// Credentials makes what proves a user of a password; deskPhone is the address of his desk phone, empty: none. nil: it
	// proves him here alone.
	Credentials func(user telagent.User, deskPhone, password string) (telagent.Credentials, error)
	// Verify reads the whole audit trail and says whether it is as it was written; nil: nobody can say.
	Verify func(ctx context.Context, known AuditLink) (AuditVerdict, error)
	// SecondFactor says whether supervisors and admins need one.
	SecondFactor bool
	// SessionIdle and SessionLife bound a session; 0: half an hour without use, and twelve hours.
	SessionIdle, SessionLife time.Duration
	// OIDC is the provider by whom users sign in too; the zero value: there is none.
	OIDC OIDC
	// Softphones let agents' pages be phones; nil: they are none.
	Softphones Softphones
	// Bans are the sources of signalling that are kept away; nil: there are none.
	Bans Bans
	// Language is that of sentences to agents whose entry names none; empty: en.
	Language string
	// Certificates returns what the gateway proves itself with over TLS; nil: nothing.
	Certificates func() []Certificate
	// Ready returns why the gateway cannot serve as it should now; none: it can.
	Ready func() []Reason
	// Version is the gateway's, shown in the API's description; empty: "dev".
	Version string
	// Log takes what operators should know; nil: nothing is logged.
	Log *zap.Logger
	// Now is the clock of sessions and attempts; nil: time.Now.
	Now func() time.Time
}

// ErrNotSaved says that a command was carried out and that the store could not take it yet.
var ErrNotSaved = errors.New("carried out, but not stored yet")

// ErrUpgrade says that another program did not take over, and that everything goes on as before. What it wraps says why.
var ErrUpgrade = errors.New("the upgrade was not done")

// HistoryQuery selects records of ended calls. The zero value of a field selects all.
type HistoryQuery struct {
	Call   string    // only this one
	Before time.Time // only calls that ended before it
	Agent  string    // only calls with a leg of this agent
	Queue  string
	Limit  int       // 1..1000
	After  time.Time // ended then or later
	Number string    // part of the caller's or the dialled one
	Cause  string

	LastEnded time.Time // with LastID: only what comes after that record in the list
	LastID    string
}

// AuditQuery selects lines of the audit trail. The zero value of a field selects all.
type AuditQuery struct {
	From    time.Time // only lines of this time or younger
	Before  time.Time // only lines older than it
	Subject string
	By      string
	Action  string
	Result  string // done, the code of a refusal, or "refused" for all that was refused or failed
	Limit   int    // 1..1000
	Skip    int    // so many of those that fit, the first ones
}

// Trunk is what signalling knows of a trunk.
type Trunk struct {
	Name         string
	Since        time.Time // when it came up or went down; zero: not known yet
	Registration string    // registered, not_registered; empty: it is not to be registered
	Target       string    // the address that calls go to first; empty: none is known
	Targets      []Target
	Problem      string    // why it is down, or what went wrong last, in words; empty: nothing
	ProblemAt    time.Time // when that was
}

// Target is one address of a trunk.
type Target struct {
	Address string // transport:host:port
	Up      bool
	Problem string // in words; empty: none
}

// Phone is a registered contact.
type Phone struct {
	AOR       string // user part of the address of record
	Contact   string // URI of the contact
	Transport string // udp, tcp, tls, ws or wss
	Source    string // address that it registered from, host:port
	UserAgent string // as the phone names itself; empty: it does not
	Expires   time.Time
	Seen      time.Time // its last sign of life: a REGISTER or an answer
	Answered  time.Time // when it last answered the question whether it is there; zero: it was not asked yet, or never did
	Missed    []string  // signs of life that are overdue: registration, answers
}

// Report is what an import changed.
type Report struct {
	Changes   []string // one sentence for each entry that is new or another now
	Unchanged int      // entries that were as the file wants them
}

// Console is the http.Handler of the gateway. Make one with New.
type Console struct {
	o        Options
	log      *zap.Logger
	now      func() time.Time
	ring     Keyring
	sessions *sessions
	tokens   *tokens
	factors  *factors
	codes    *attempts     // wrong codes of second factors
	provider *provider     // nil: there is none
	verifies chan struct{} // has room for the one who verifies the audit trail
	attempts *attempts
	onces    *onces

	bySession, byAddress *pace

	hashing  chan struct{} // a token per password hash that may be computed at once
	setup    setup
	hub      *hub
	meters   *meters
	webhooks *webhooks
	mux      *http.ServeMux
	openapi  []byte
}

// New returns a Console. It starts no goroutine.
func New(o Options) (*Console, error) {
	c := &Console{o: o, log: o.Log, now: o.Now, hashing: make(chan struct{}, hashesAtOnce)}
	if c.log == nil {
		c.log = zap.NewNop()
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.o.Bans == nil {
		c.o.Bans = noBans{}
	}
	if c.o.Version == "" {
		c.o.Version = "dev"
	}
	if c.ring = o.Keyring; c.ring == nil {
		c.ring = noKeyring{}
	}
	c.o.Do, c.o.Plan, c.o.PlanMany = c.bounded(o)
	c.sessions = newSessions(c.now, c.ring, o.SessionIdle, o.SessionLife)
	c.tokens, c.factors, c.codes = newTokens(c.now, c.ring), newFactors(c.now, c.ring), newAttempts(c.now)
	c.provider, c.verifies = newProvider(o.OIDC, c.now), make(chan struct{}, 1)
	c.attempts, c.onces = newAttempts(c.now), newOnces(c.now)
	c.bySession, c.byAddress = newPace(sessionBurst, sessionRate, c.now), newPace(addressBurst, addressRate, c.now)
	c.hub = newHub()
	c.meters = newMeters(o.View)
	c.meters.registry.MustRegister(newBanMeters(c.o.Bans))
	if c.o.Load != nil {
		c.meters.registry.MustRegister(newLoadMeters(c.o.Load))
	}
	if o.Certificates != nil {
		c.meters.registry.MustRegister(papers{o.Certificates})
	}
	c.webhooks = newWebhooks(o, c.now, newWebhookMeters(c.meters.registry), c.log, func(change telagent.Change) { c.hub.tell([]telagent.Change{change}) })
	c.meters.registry.MustRegister(newBoxes(c.webhooks))
	c.mux = http.NewServeMux()
	api := c.routes(c.mux)
	describeProblems(api)
	doc, err := json.MarshalIndent(api.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	c.openapi = append(doc, '\n')
	if err := c.pages(c.mux); err != nil {
		return nil, fmt.Errorf("read the embedded pages: %w", err)
	}
	return c, nil
}

// OpenAPI returns the description of the API (OpenAPI 3.1, JSON), generated from the handlers.
func OpenAPI() []byte {
	c, err := New(Options{})
	if err != nil {
		panic(err) // it depends on the binary alone
	}
	return c.openapi
}

// Tell takes what became true to the event streams, the webhooks and the metrics. It never blocks.
func (c *Console) Tell(changes []telagent.Change) {
	c.meters.count(changes)
	c.lockOut(changes)
	c.hub.tell(changes)
	c.webhooks.tell(changes, nil)
}

// Close ends all event streams, so that the server can shut down, and the sending to webhooks. Other requests are still
// served.
func (c *Console) Close() {
	c.hub.close()
	c.webhooks.close()
}

// ServeHTTP serves the API and the pages.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.guard(w, r, c.mux)
}

var _ huma.StatusError = (*Problem)(nil)
