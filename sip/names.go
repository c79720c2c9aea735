package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// The bounds of what is kept of names.
const (
	mostNames    = 1024
	shortestKept = 5 * time.Second
	longestKept  = time.Hour
	nothingKept  = 30 * time.Second // at most, of a name that has no such record
	systemKept   = 30 * time.Second // of what the system's own resolver says, which tells no time
	staleKept    = 24 * time.Hour   // beyond its time, for when no name server answers
)

// errNoRecord is what is wrong with a name that has no record of the kind that was asked for.
var errNoRecord = errors.New("no such record")

// errUnanswered is what is wrong when no name server says anything about a name.
var errUnanswered = errors.New("no name server answers")

// noRecord says so in words.
type noRecord name

// Error says what the name lacks.
func (e noRecord) Error() string {
	return "name " + e.host + " has no " + dns.TypeToString[e.kind] + " record"
}

// Is makes it an errNoRecord.
func (e noRecord) Is(target error) bool { return target == errNoRecord }

// names looks names up and keeps what it was told for as long as it was told to.
type names struct {
	net    network
	system bool // addresses come from the system's own resolver, which reads its hosts file too

	mu   sync.Mutex
	kept map[name]saying
}

// name is what is asked for.
type name struct {
	host string // in lower case, without the last dot
	kind uint16 // a type of record
}

// saying is what came of it.
type saying struct {
	records   []dns.RR     // none: there is no such record
	addresses []netip.Addr // instead, of the system's resolver
	until     time.Time
}

func newNames(n network, servers []netip.AddrPort) *names {
	return &names{net: n, system: len(servers) == 0, kept: make(map[name]saying)}
}

// records returns the records of a name. When no name server answers, what was known last is still taken.
//
// RFC 8767 §4
func (n *names) records(ctx context.Context, host string, kind uint16) ([]dns.RR, error) {
	of := name{strings.ToLower(strings.TrimSuffix(host, ".")), kind}
	is, err := n.look(ctx, of, n.query)
	if err != nil {
		return nil, fmt.Errorf("name %s, %s: %w", host, dns.TypeToString[kind], err)
	}
	if len(is.records) == 0 {
		return nil, noRecord(of)
	}
	return is.records, nil
}

// addresses returns the addresses of a host.
func (n *names) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if n.system {
		is, err := n.look(ctx, name{strings.ToLower(host), dns.TypeANY}, n.ask)
		if err != nil {
			return nil, fmt.Errorf("name %s: %w", host, err)
		}
		return is.addresses, nil
	}
	var list []netip.Addr
	var problem error
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
		found, err := n.records(ctx, host, kind)
		if err != nil && problem == nil {
			problem = err
		}
		for _, r := range found {
			var ip []byte
			switch r := r.(type) {
			case *dns.A:
				ip = r.A
			case *dns.AAAA:
				ip = r.AAAA
			}
			if a, ok := netip.AddrFromSlice(ip); ok {
				list = append(list, a.Unmap())
			}
		}
	}
	if len(list) == 0 {
		return nil, problem
	}
	return list, nil
}

// look returns what is kept of a name, or asks.
func (n *names) look(ctx context.Context, of name, ask func(context.Context, name) (saying, error)) (saying, error) {
	now := time.Now()
	n.mu.Lock()
	is, known := n.kept[of]
	n.mu.Unlock()
	if known && now.Before(is.until) {
		return is, nil
	}
	fresh, err := ask(ctx, of)
	if err != nil {
		if known && now.Before(is.until.Add(staleKept)) && len(is.records)+len(is.addresses) > 0 {
			return is, nil
		}
		return saying{}, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, known := n.kept[of]; !known && len(n.kept) >= mostNames {
		n.drop()
	}
	n.kept[of] = fresh
	return fresh, nil
}

// drop makes room: it forgets the name whose time was over first. The lock is held.
func (n *names) drop() {
	var oldest name
	var when time.Time
	for of, is := range n.kept {
		if when.IsZero() || is.until.Before(when) {
			oldest, when = of, is.until
		}
	}
	delete(n.kept, oldest)
}

// ask asks the system's own resolver for addresses.
func (n *names) ask(ctx context.Context, of name) (saying, error) {
	list, err := n.net.lookup(ctx, of.host)
	if unknown := (*net.DNSError)(nil); errors.As(err, &unknown) && unknown.IsNotFound {
		err = noRecord{of.host, dns.TypeA}
	}
	for i := range list {
		list[i] = list[i].Unmap()
	}
	return saying{addresses: list, until: time.Now().Add(systemKept)}, err
}

// query asks a name server.
func (n *names) query(ctx context.Context, of name) (saying, error) {
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(of.host), of.kind)
	q.SetEdns0(1232, false)
	a, err := n.net.query(ctx, q)
	if err != nil {
		return saying{}, fmt.Errorf("%w: %w", errUnanswered, err)
	}
	if a.Rcode != dns.RcodeSuccess && a.Rcode != dns.RcodeNameError {
		return saying{}, fmt.Errorf("the name server says %s", dns.RcodeToString[a.Rcode])
	}
	is := saying{}
	lasts := longestKept
	for _, r := range a.Answer {
		lasts = min(lasts, time.Duration(r.Header().Ttl)*time.Second) // of aliases on the way too
		if r.Header().Rrtype == of.kind && len(is.records) < mostTargets*2 {
			is.records = append(is.records, r)
		}
	}
	if len(is.records) == 0 {
		lasts = nothingKept
		if i := slices.IndexFunc(a.Ns, func(r dns.RR) bool { return r.Header().Rrtype == dns.TypeSOA }); i >= 0 {
			soa, _ := a.Ns[i].(*dns.SOA)
			lasts = min(lasts, time.Duration(min(soa.Minttl, soa.Hdr.Ttl))*time.Second) // RFC 2308 §5
		}
	}
	is.until = time.Now().Add(max(lasts, shortestKept))
	return is, nil
}
