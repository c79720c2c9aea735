package sip

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// Trunk is a carrier: where to send calls and whom to take them from.
type Trunk struct {
	Name       string
	URI        string // "sip:host[:port][;transport=udp|tcp|tls]", or sips
	Proxy      string // where its requests are sent instead, written like URI; empty: to URI
	Registrar  string // whom to register with, written like URI; empty: URI
	Username   string // of the account, and for its challenges; empty: none are answered
	AuthUser   string // for its challenges, if it is another one; empty: Username
	Password   string
	Contact    string         // user part of the contact that is registered; empty: Username
	Register   bool           // with the carrier: without it the trunk is down
	Lasting    time.Duration  // how long a registration is asked to last; 0: ten minutes
	AcceptFrom []netip.Prefix // a caller from there is this trunk, whatever his From says; empty: nobody is
	Channels   int            // most calls at once; 0: unlimited
	Ping       time.Duration  // how often OPTIONS asks whether it is there; 0: never, it counts as up
	DownAfter  int            // questions in a row without an answer until it is down; 0: 2
	UpAfter    int            // answers in a row until it is up again; 0: 2

	Timer    time.Duration // how long a call may go without a refresh (RFC 4028), at least 90 s; 0: no session timer
	Reliable Reliable      // whether provisional responses are acknowledged
	Trusted  bool          // what it asserts of a caller is believed
	Shows    Shows         // how it is told who calls
	Rewrite  Rewrite       // of the numbers that it sends and gets

	CA               string   // file with the authorities that vouch for it over TLS; empty: those of this machine
	Own              KeyPair  // what we show it if it asks; zero: the first of Options.TLS
	CertificateNames []string // that its certificate may have; who shows one calls as this trunk. Empty: the host in URI, and it calls by address
}

// TrunkStatus is a trunk as people look at it.
type TrunkStatus struct {
	Name         string
	Up           bool
	Since        time.Time // when it came up or went down; zero: not known yet
	Registration string    // "registered", "not_registered"; empty: it is not to be registered
	Target       string    // the address that calls go to first, "udp:198.51.100.7:5060"; empty: none is known
	Targets      []TargetStatus
	Problem      string    // why it is down, or what went wrong last, in words; empty: all is well
	ProblemAt    time.Time // when that was
	Channels     int       // 0: unlimited
	InUse        int       // calls of both directions
}

// TargetStatus is one address of a trunk.
type TargetStatus struct {
	Address string
	Up      bool
	Problem string // in words, of the last question; empty: none
}

// trunk is a Trunk at work. Legs and the keeper change it under its lock.
type trunk struct {
	Trunk // without what may be agreed on anew, see terms
	uri   sip.Uri
	now   atomic.Pointer[Trunk] // as it was agreed on last

	mu         sync.Mutex
	up         bool
	down       string // why it is not up
	since      time.Time
	targets    []TargetStatus
	registered string
	addresses  map[netip.Addr]bool // that its names lead to, or led to
	named      []netip.Addr        // those that its name led to last
	enrols     []netip.Addr        // and that of its registrar
	problem    string              // what went wrong last, until something goes well
	troubled   time.Time           // when
	inUse      int
	strong     map[netip.Addr]bool // that asked for a proof by SHA-256

	keeper *keeper // nil: it is neither asked nor registered
	line   string  // in the URI that its carrier calls us by; empty: it is not registered
}

func newTrunk(t Trunk) (*trunk, error) {
	uri, err := parseURI(t.URI)
	if err == nil {
		_, err = hopOf(&uri)
	}
	if err != nil {
		return nil, fmt.Errorf("trunk %s: URI %q: %w", t.Name, t.URI, err)
	}
	if t.Name == "" {
		return nil, fmt.Errorf("trunk with URI %q has no name", t.URI)
	}
	t.DownAfter, t.UpAfter = cmp.Or(t.DownAfter, 2), cmp.Or(t.UpAfter, 2)
	k := &trunk{Trunk: t.standing(), uri: uri, up: true} // until it was asked, as the Floor has it
	k.now.Store(&t)
	for _, where := range []func() (hop, error){k.hop, k.registrarHop} {
		if _, err := where(); err != nil {
			return nil, fmt.Errorf("trunk %s: proxy or registrar: %w", t.Name, err)
		}
	}
	return k, nil
}

// Trunks returns the state of every trunk, in the order of the options.
func (w *Wire) Trunks() []TrunkStatus {
	list := make([]TrunkStatus, 0, len(w.trunks))
	for _, t := range w.trunks {
		t.mu.Lock()
		list = append(list, t.status())
		t.mu.Unlock()
	}
	return list
}

// status is the trunk as people look at it. The lock is held.
func (t *trunk) status() TrunkStatus {
	s := TrunkStatus{
		Name: t.Name, Up: t.up, Since: t.since, Registration: t.registered, Targets: slices.Clone(t.targets),
		Problem: t.problem, ProblemAt: t.troubled, Channels: t.terms().Channels, InUse: t.inUse,
	}
	if !t.up {
		s.Problem, s.ProblemAt = t.down, t.since
	}
	if i := slices.IndexFunc(s.Targets, func(t TargetStatus) bool { return t.Up }); i >= 0 {
		s.Target = s.Targets[i].Address
	}
	return s
}

// trunkAt returns the trunk that an address belongs to; nil: none.
func (w *Wire) trunkAt(addr netip.Addr) *trunk {
	for _, t := range w.trunks {
		for _, p := range t.terms().AcceptFrom {
			if p.Contains(addr) {
				return t
			}
		}
	}
	return nil
}

// trunkNamed returns the trunk of that name; nil: none.
func (w *Wire) trunkNamed(name string) *trunk {
	for _, t := range w.trunks {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// freeTrunk takes a channel of the trunk of that name, or of the first one that has any; nil: none, and why. A call for help
// is tried whatever our own count says, and whether the trunk is up.
func (w *Wire) freeTrunk(name string, help bool) (*trunk, call.Cause) {
	cause := call.TrunkFault
	for _, t := range w.trunks {
		if name != "" && t.Name != name {
			continue
		}
		t.mu.Lock()
		most := t.terms().Channels
		free := most == 0 || t.inUse < most
		ok := t.up && free || help
		if ok {
			t.inUse++
		}
		up := t.up
		t.mu.Unlock()
		if ok {
			return t, call.NoCause
		}
		if up {
			cause = call.NoCapacity
		}
	}
	return nil, cause
}

// take counts a call that came in over the trunk; the carrier itself keeps to its limit.
func (t *trunk) take() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inUse++
}

// give frees a channel.
func (t *trunk) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inUse--
}

// faulted notes for people what went wrong last.
func (t *trunk) faulted(problem string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.problem, t.troubled = problem, time.Now()
}

// worked notes that a call got somewhere: what went wrong before is of no matter any more.
func (t *trunk) worked() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.problem, t.troubled = "", time.Time{}
}

// contactUser is the user part of the contact that is registered.
func (t *trunk) contactUser() string { return cmp.Or(t.Contact, t.Username) }

// calls says whether a request is for the contact that we registered with the trunk's carrier, and comes from an address of
// its. named: it has our mark, and not the user name alone, which may be the same for two accounts.
func (t *trunk) calls(req *sip.Request, from netip.Addr) (it, named bool) {
	if t.line == "" {
		return false, false
	}
	t.mu.Lock()
	known := t.addresses[from]
	t.mu.Unlock()
	line, _ := req.Recipient.UriParams.Get("line")
	named = line == t.line
	return known && (named || plainUser(req.Recipient.User) == t.contactUser()), named
}

// dialled returns the number or user that a caller wants. One who calls our registered contact says it in To.
func (w *Wire) dialled(m *message) string {
	if t := w.trunkNamed(m.caller.Trunk); t != nil && t.line != "" && plainUser(m.req.Recipient.User) == t.contactUser() {
		return numberOf(&m.req.To().Address)
	}
	return numberOf(&m.req.Recipient)
}

// trunkCalling returns the trunk that a request comes from; nil: it comes from none. A trunk is known by the certificate that
// it showed, an account by the contact that was registered with it, any other trunk by its addresses.
func (w *Wire) trunkCalling(req *sip.Request, source source) *trunk {
	if source.flow.trunk != "" {
		return w.trunkNamed(source.flow.trunk)
	}
	var by *trunk
	from := source.remote.Addr()
	for _, t := range w.trunks {
		it, named := t.calls(req, from)
		if it && named {
			return t
		}
		if it && by == nil {
			by = t
		}
	}
	if by != nil {
		return by
	}
	return w.trunkAt(from)
}

// doubted lets an address of the trunk be asked at once whether it is there; none: all of them.
func (t *trunk) doubted(p place) {
	if t.keeper != nil {
		t.keeper.in.put(func() { t.keeper.doubt(p) })
	}
}

// prover returns the user name for the challenges of the trunk.
func (t *trunk) prover() string { return cmp.Or(t.terms().AuthUser, t.Username) }

// problemOf says in words what came of a call.
func problemOf(status int, at *destination) string {
	from := ""
	if at != nil {
		from = at.place().String()
	}
	if status == 0 {
		return strings.TrimSpace("a call could not be sent to " + from)
	}
	return fmt.Sprintf("a call was refused with %d by %s", status, from)
}

// announce reports the trunks that are never asked, and the legs that could not be taken up. It is a goroutine of its own
// because a report may block.
func (w *Wire) announce() {
	defer w.running.Done()
	for _, t := range w.trunks {
		if t.keeper == nil {
			w.report(call.TrunkUp{Trunk: t.Name})
		}
	}
	for _, id := range w.lost {
		w.report(call.Ended{Leg: id, How: call.LegLost, Cause: call.Lost})
	}
}
