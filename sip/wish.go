package sip

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// wish is what a REGISTER asks for.
type wish struct {
	at       time.Time
	callID   string
	cseq     uint32
	all      bool      // Contact: *
	outbound bool      // its phone keeps a flow, or several, for us to send on
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

// within shortens what is asked for to what is granted.
//
// RFC 3261 §10.3 step 8
func (w *wish) within(longest time.Duration) {
	for i := range w.contacts {
		if last := w.at.Add(longest); w.contacts[i].Expires.After(last) {
			w.contacts[i].Expires = last
		}
	}
}

// readWish reads the contacts of a REGISTER.
//
// RFC 3261 §10.3 step 6, 7
func readWish(req *sip.Request, src source, now time.Time) (*wish, *refusal) {
	w := &wish{at: now, callID: scrub(req.CallID().Value()), cseq: req.CSeq().SeqNo}
	knows := knows(values(req, "Supported"), "outbound") || knows(values(req, "Require"), "outbound")
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
		if refused = w.flows(&b, knows, len(req.GetHeaders("via")) > 1); refused != nil {
			return nil, refused
		}
		// The same address twice: the later one counts.
		w.contacts = append(slices.DeleteFunc(w.contacts, func(o binding) bool { return o.URI == b.URI }), b)
	}
	return w, nil
}

// flows reads whether a contact is reached over flows that its phone keeps: then it is known by its phone and the number of
// the flow. Else the number means nothing. Behind a proxy the one next to the phone has to know of flows, too, and says so in
// its Path.
//
// RFC 5626 §6, §5.1, §11.6
func (w *wish) flows(b *binding, knows, proxied bool) *refusal {
	if b.Instance == "" || b.RegID == "" || !knows {
		b.RegID = ""
		return nil
	}
	if proxied && !b.keepsFlow() {
		return &refusal{status: 439, reason: "First Hop Lacks Outbound Support"}
	}
	if b.Expires.After(w.at) {
		w.outbound = true
	}
	return nil
}

// keepsFlow says that the proxy next to the phone keeps the phone's flow.
func (b *binding) keepsFlow() bool {
	if len(b.Path) == 0 {
		return false
	}
	edge, err := parseURI(b.Path[len(b.Path)-1])
	return err == nil && edge.UriParams.Has("ob")
}

// isRegID says that a text numbers a flow.
//
// RFC 5626 §10: 1*DIGIT, from 1 to 2^31-1
func isRegID(text string) bool {
	n, err := strconv.ParseUint(text, 10, 31)
	return err == nil && n > 0
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
		return b, tooBrief()
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
	if len(b.Instance) > longestContact || !clean(b.Instance) || b.RegID != "" && !isRegID(b.RegID) {
		return b, bad("Bad Contact")
	}
	return b, nil
}

// tooBrief refuses to keep something for so short a time.
//
// RFC 3261 §21.4.17, §20.23
func tooBrief() *refusal {
	return &refusal{
		status: sip.StatusIntervalToBrief, reason: "Interval Too Brief", headers: []sip.Header{sip.NewHeader("Min-Expires", seconds(leastExpires))},
	}
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

func (b *binding) sameSource(o *binding) bool {
	return b.Network == o.Network && b.Remote == o.Remote && b.flow == o.flow
}
