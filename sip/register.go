package sip

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

const (
	// RFC 3261 §10.2.1.1 leaves the choice to the registrar; a request without one gets the most.
	mostExpires = time.Hour
	// RFC 3261 §10.3 step 7: shorter is refused with 423.
	leastExpires = time.Minute
	// RFC 4787 §4.3 REQ-5: a NAT keeps a UDP mapping for two minutes at least. A phone behind one refreshes before that.
	natExpires = 2 * time.Minute

	longestContact = 512 // bytes of a contact's URI
	longestPath    = 10  // Path headers kept with a binding
)

// register serves a REGISTER: the phone proves who it is, and its contacts are added, refreshed or removed all together
// or not at all. The answer lists what is bound then.
//
// RFC 3261 §10.3. The host of the To is not compared: we serve one domain by whatever name or address it was reached.
func (r *registrar) register(req *sip.Request, src source) *sip.Response {
	user, challenge := r.guard.check(req)
	if challenge != nil {
		return challenge
	}
	// RFC 3261 §10.3 step 4, 5
	to := req.To()
	if to == nil || !isSIP(&to.Address) || req.CallID() == nil || req.CSeq() == nil {
		return reply(req, sip.StatusBadRequest, "Bad To")
	}
	if plainUser(to.Address.User) != user {
		return reply(req, sip.StatusForbidden, "Not Your Address")
	}
	wish, refused := readWish(req, src, r.now())
	if refused == nil {
		r.change(func() { refused = r.bind(user, wish) })
	}
	if refused != nil {
		res := reply(req, refused.status, refused.reason)
		for _, h := range refused.headers {
			res.AppendHeader(h)
		}
		return res
	}
	return r.bound(req, user)
}

// bind brings the bindings of an AOR to what a REGISTER wishes. The lock is held.
//
// RFC 3261 §10.3 step 6, 7
func (r *registrar) bind(aor string, w *wish) *refusal {
	var now []binding
	if rec := r.records[aor]; rec != nil {
		now = slices.Clone(rec.bindings)
	}
	if w.nothing() {
		return nil
	}
	after := now[:0:0]
	for _, old := range now {
		i := w.replaces(&old)
		if i < 0 {
			after = append(after, old)
			continue
		}
		// RFC 3261 §10.3: an older request of the same Call-ID must not undo a newer one
		if old.CallID == w.callID && w.cseq <= old.CSeq {
			return &refusal{status: sip.StatusInternalServerError, reason: "Out Of Order"}
		}
	}
	for _, b := range w.contacts {
		if b.Expires.After(w.at) {
			after = append(after, b)
		}
	}
	if len(after) > contactsPerAOR && len(after) > len(now) {
		return &refusal{status: sip.StatusForbidden, reason: "Too Many Contacts"}
	}
	if more := len(after) - len(now); more > 0 && r.total+more > contactsTotal {
		return &refusal{
			status: sip.StatusServiceUnavailable, reason: "Registrar Is Full",
			headers: []sip.Header{sip.NewHeader("Retry-After", "300")},
		}
	}
	r.put(aor, after)
	return nil
}

// bound is the 200 that lists the bindings of an AOR.
//
// RFC 3261 §10.3 step 8
func (r *registrar) bound(req *sip.Request, aor string) *sip.Response {
	res := reply(req, sip.StatusOK, "OK")
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if rec := r.records[aor]; rec != nil {
		for _, b := range rec.bindings {
			if left := b.Expires.Sub(now); left > 0 {
				res.AppendHeader(sip.NewHeader("Contact", b.line(left)))
			}
		}
	}
	// RFC 3327 §5.3
	for _, p := range values(req, "Path") {
		res.AppendHeader(sip.NewHeader("Path", scrub(p)))
	}
	// RFC 3261 §20.17
	res.AppendHeader(sip.NewHeader("Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")))
	return res
}

// line is a binding as the answer to a REGISTER lists it, expiring after the time that is left.
func (b *binding) line(left time.Duration) string {
	var s strings.Builder
	fmt.Fprintf(&s, "<%s>;expires=%d", b.URI, int64((left+time.Second-1)/time.Second))
	if b.Q != 1000 {
		fmt.Fprintf(&s, ";q=%d.%03d", b.Q/1000, b.Q%1000)
	}
	if b.Instance != "" {
		s.WriteString(";+sip.instance=" + b.Instance)
	}
	if b.RegID != "" {
		s.WriteString(";reg-id=" + b.RegID)
	}
	return s.String()
}

// wish is what a REGISTER asks for.
type wish struct {
	at       time.Time
	callID   string
	cseq     uint32
	all      bool      // Contact: *
	contacts []binding // those to be removed expire at once
}

func (w *wish) nothing() bool { return !w.all && len(w.contacts) == 0 }

// replaces says which contact takes the place of an old binding; -1: none. For Contact: * any number will do.
//
// A softphone that comes back from another address is known by its instance (RFC 5626 §6). One that made up a new URI
// within the same connection and Call-ID cannot mean both either; RFC 3261 §10.3 would keep the dead one until it
// expires. Contacts of one request never replace each other.
func (w *wish) replaces(old *binding) int {
	if w.all {
		return 0
	}
	uri, err := parseURI(old.URI)
	if err != nil {
		return 0
	}
	for i := range w.contacts {
		c := &w.contacts[i]
		mine, err := parseURI(c.URI)
		if err == nil && sameURI(&uri, &mine) {
			return i
		}
		if c.Instance != "" && c.Instance == old.Instance && c.RegID == old.RegID {
			return i
		}
	}
	if len(w.contacts) == 1 && w.contacts[0].Expires.After(w.at) && w.callID == old.CallID && w.contacts[0].sameSource(old) {
		return 0
	}
	return -1
}

func (b *binding) sameSource(o *binding) bool {
	return b.Network == o.Network && b.Remote == o.Remote && b.flow == o.flow
}

// readWish reads the contacts of a REGISTER.
//
// RFC 3261 §10.3 step 6, 7
func readWish(req *sip.Request, src source, now time.Time) (*wish, *refusal) {
	w := &wish{at: now, callID: scrub(req.CallID().Value()), cseq: req.CSeq().SeqNo}
	asked, isAsked := readExpires(req)
	found := req.GetHeaders("contact")
	// More than can be bound plus all that could be removed is nobody's wish.
	if len(found) > 2*contactsPerAOR {
		return nil, &refusal{status: sip.StatusForbidden, reason: "Too Many Contacts"}
	}
	for _, h := range found {
		c, ok := h.(*sip.ContactHeader)
		if !ok {
			return nil, bad("Bad Contact")
		}
		if c.Address.Wildcard {
			if len(found) != 1 || !isAsked || asked != 0 {
				return nil, bad("Bad Wildcard")
			}
			w.all = true
			return w, nil
		}
		b, refused := readContact(c, src, now, asked)
		if refused != nil {
			return nil, refused
		}
		b.CallID, b.CSeq = w.callID, w.cseq
		if agent, ok := value(req, "User-Agent"); ok {
			b.UserAgent = scrub(agent)
		}
		if b.Path, refused = readPath(req); refused != nil {
			return nil, refused
		}
		// The same address twice: the later one counts.
		w.contacts = append(slices.DeleteFunc(w.contacts, func(o binding) bool { return o.URI == b.URI }), b)
	}
	return w, nil
}

// readPath reads the proxies that a request to the contact has to visit, the nearest first.
//
// RFC 3327 §5.3
func readPath(req *sip.Request) (uris []string, refused *refusal) {
	for _, text := range values(req, "Path") {
		a, comma, err := parseAddress(text)
		if err != nil || comma >= 0 || !isSIP(&a.uri) || len(a.uri.Headers) > 0 || !clean(text) || len(text) > longestContact {
			return nil, bad("Bad Path")
		}
		uris = append(uris, a.uri.String())
	}
	if len(uris) > longestPath {
		return nil, bad("Path Is Too Long")
	}
	return uris, nil
}

// readExpires returns what the Expires header asks for, or the most when it says nothing sensible.
//
// RFC 3261 §20.19, §10.3: a malformed value counts as 3600
func readExpires(req *sip.Request) (time.Duration, bool) {
	text, ok := value(req, "Expires")
	if !ok {
		return mostExpires, false
	}
	return readSeconds(text), true
}

func readSeconds(text string) time.Duration {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil {
		return mostExpires
	}
	return time.Duration(n) * time.Second
}

// readContact makes a binding of one contact.
func readContact(c *sip.ContactHeader, src source, now time.Time, asked time.Duration) (binding, *refusal) {
	b := binding{
		URI: c.Address.String(), Q: 1000, Updated: now, Network: src.network, Local: src.local, Remote: src.remote, flow: src.flow,
		NAT: elsewhere(&c.Address, src.remote),
	}
	// A contact with header fields in it (RFC 4475 §3.3.14) would send our requests where the phone's owner pleases.
	if !isSIP(&c.Address) || c.Address.Host == "" || len(c.Address.Headers) > 0 || len(b.URI) > longestContact || !clean(b.URI) {
		return b, bad("Bad Contact")
	}
	if src.network == "UDP" {
		b.flow = nil // made for each message
	}
	if text, ok := c.Params.Get("expires"); ok {
		asked = readSeconds(text)
	}
	// RFC 3261 §10.3 step 7
	if asked > 0 && asked < leastExpires {
		return b, &refusal{
			status: sip.StatusIntervalToBrief, reason: "Interval Too Brief",
			headers: []sip.Header{sip.NewHeader("Min-Expires", strconv.Itoa(int(leastExpires/time.Second)))},
		}
	}
	asked = min(asked, mostExpires)
	if b.NAT && src.network == "UDP" {
		asked = min(asked, natExpires)
	}
	b.Expires = now.Add(asked)
	var ok bool
	if text, has := c.Params.Get("q"); has {
		if b.Q, ok = readQ(text); !ok {
			return b, bad("Bad Q Value")
		}
	}
	b.Instance, b.RegID = c.Params.GetOr("+sip.instance", ""), c.Params.GetOr("reg-id", "")
	if len(b.Instance) > longestContact || !clean(b.Instance) || b.RegID != "" && !isToken(b.RegID) {
		return b, bad("Bad Contact")
	}
	return b, nil
}

// readQ reads a qvalue in thousandths.
//
// RFC 3261 §25.1: qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
func readQ(text string) (int, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	if len(whole) != 1 || len(fraction) > 3 {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+fraction+"000"[len(fraction):], 10, 32)
	return int(n), err == nil && n <= 1000
}

func isSIP(uri *sip.Uri) bool { return uri.Scheme == "sip" || uri.Scheme == "sips" }

// elsewhere says that a URI does not name the address that a message came from, as behind a NAT. A host name always
// counts as elsewhere: the source is known to work.
func elsewhere(uri *sip.Uri, from netip.AddrPort) bool {
	at, err := netip.ParseAddr(strings.Trim(uri.Host, "[]"))
	port := uri.Port
	if port == 0 {
		port = 5060
		if uri.IsEncrypted() {
			port = 5061
		}
	}
	return err != nil || at.Unmap() != from.Addr().Unmap() || port != int(from.Port())
}

// sameURI compares two SIP URIs.
//
// RFC 3261 §19.1.4
func sameURI(a, b *sip.Uri) bool {
	if a.Scheme != b.Scheme || plainUser(a.User) != plainUser(b.User) || plainUser(a.Password) != plainUser(b.Password) ||
		!strings.EqualFold(a.Host, b.Host) || a.Port != b.Port {
		return false
	}
	for _, name := range []string{"user", "ttl", "method", "maddr", "transport"} {
		mine, has := a.UriParams.Get(name)
		theirs, hasToo := b.UriParams.Get(name)
		if has != hasToo || !strings.EqualFold(mine, theirs) {
			return false
		}
	}
	for _, p := range a.UriParams {
		if theirs, ok := b.UriParams.Get(p.K); ok && !strings.EqualFold(p.V, theirs) {
			return false
		}
	}
	return true
}
