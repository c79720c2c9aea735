package sip

import (
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// Dialog is the whole state of one dialog, as a plain value that encodes to JSON and back: with it a dialog can be
// gone on with after the process that began it is gone.
//
// RFC 3261 §12.1
type Dialog struct {
	Version    int  // of this struct: 1
	Caller     bool // we sent the INVITE
	CallID     string
	LocalTag   string
	RemoteTag  string // empty: a peer of RFC 2543
	LocalURI   string
	LocalName  string // as it stands between the quotes of the header
	RemoteURI  string
	RemoteName string
	LocalSeq   uint32   // CSeq of our last request; 0: none yet
	RemoteSeq  uint32   // CSeq of the far side's last request; 0: none yet
	InviteSeq  uint32   // CSeq of our INVITE, which its ACK repeats
	Proof      []string // credentials of our INVITE, which its ACK repeats too: header lines
	Routes     []string // URIs of the route set, in the order in which a request of ours visits them
	Target     string   // URI of the far side's Contact
	Contact    string   // our own Contact
	Trunk      string   // the trunk that the far side is; empty: it is a phone
	AOR        string   // the phone that the far side is; empty: it is a trunk
	Network    string   // "UDP", "TCP", "TLS", "WS" or "WSS"
	Local      netip.AddrPort
	Remote     netip.AddrPort // where to send
	Hop        string         // the next hop that Remote was found for; empty: Remote holds whatever the next hop is
	LocalSDP   []byte         // our last description
	RemoteSDP  []byte         // the far side's last one
	RSeq       uint32         // of the last provisional response that was, or is to be, acknowledged; 0: none was (RFC 3262)
	Updates    bool           // the far side serves UPDATE
	Timer      Timer          // the session timer
}

// Timer is the session timer of a dialog, as it was agreed on last. Times are of the clock on the wall, without a zone.
//
// RFC 4028 §7.2, §9
type Timer struct {
	Interval  time.Duration // 0: there is none
	Least     time.Duration // the shortest one that the far side, or a proxy on the way, takes; 0: none was said
	Refreshes bool          // we refresh; otherwise the far side does
	Due       time.Time     // when we refresh next; zero: the far side does
	Expires   time.Time     // when the dialog counts as lost
}

// peer is the far side of a dialog, or of one that is to begin, to the audio wire.
func (d *Dialog) peer(leg call.LegID, f *flow) call.Peer {
	return call.Peer{Leg: leg, Trunk: d.Trunk, AOR: d.AOR, Secure: f.secure(), Browser: f.browser(), Local: f.ours()}
}

// notFound is the Hop of a dialog whose Remote stands for no next hop yet.
const notFound = "?"

// encode returns the stored form.
func (d *Dialog) encode() ([]byte, error) { return json.Marshal(d) }

// decodeDialog reads the stored form.
func decodeDialog(raw []byte) (*Dialog, error) {
	d := &Dialog{}
	if err := json.Unmarshal(raw, d); err != nil {
		return nil, err
	}
	if d.Version != 1 {
		return nil, errors.New("dialog of an unknown version")
	}
	return d, nil
}

// dialogAsCallee makes the dialog that an INVITE begins with us.
//
// RFC 3261 §12.1.1
func dialogAsCallee(m *message, localTag, contact string) *Dialog {
	from, to := m.req.From(), m.req.To()
	d := &Dialog{
		Version: 1, CallID: m.req.CallID().Value(), LocalTag: localTag, RemoteTag: tag(from.Params),
		LocalURI: to.Address.String(), LocalName: scrub(to.DisplayName),
		RemoteURI: from.Address.String(), RemoteName: scrub(from.DisplayName),
		RemoteSeq: m.req.CSeq().SeqNo, Contact: contact, Target: from.Address.String(),
		Trunk: m.caller.Trunk, AOR: m.caller.AOR,
		Network: m.from.network, Local: m.from.local, Remote: m.from.remote, Updates: serves(m.req, sip.UPDATE),
	}
	for _, h := range m.req.GetHeaders("record-route") {
		if r, ok := h.(*sip.RecordRouteHeader); ok {
			d.Routes = append(d.Routes, r.Address.String())
		}
	}
	d.refresh(m.req.Contact())
	if d.Network == "UDP" && d.AOR == "" {
		d.Hop = notFound // a trunk says by Contact and Record-Route where it wants to be reached
	}
	return d
}

// dialogAsCaller makes the dialog that a response to an INVITE of ours begins.
//
// RFC 3261 §12.1.2
func dialogAsCaller(req *sip.Request, res *sip.Response, f *flow) *Dialog {
	from, to := req.From(), res.To()
	d := &Dialog{
		Version: 1, Caller: true, CallID: req.CallID().Value(), LocalTag: tag(from.Params), RemoteTag: tag(to.Params),
		LocalURI: from.Address.String(), LocalName: from.DisplayName,
		RemoteURI: req.To().Address.String(), RemoteName: req.To().DisplayName,
		LocalSeq: req.CSeq().SeqNo, InviteSeq: req.CSeq().SeqNo, Target: req.Recipient.String(),
		Network: f.network, Local: f.local, Remote: f.remote,
	}
	if c := req.Contact(); c != nil {
		d.Contact = c.Address.String()
	}
	for _, h := range res.GetHeaders("record-route") {
		if r, ok := h.(*sip.RecordRouteHeader); ok {
			d.Routes = append(d.Routes, r.Address.String())
		}
	}
	slices.Reverse(d.Routes)
	d.Proof, d.Updates = proofOf(req), serves(res, sip.UPDATE)
	d.refresh(res.Contact())
	return d
}

// refresh takes a new remote target.
//
// RFC 3261 §12.2.1.2, §12.2.2
func (d *Dialog) refresh(c *sip.ContactHeader) {
	if c == nil || !isSIP(&c.Address) || c.Address.Host == "" {
		return
	}
	target := c.Address.Clone()
	target.Headers = nil
	d.Target = target.String()
}

// request makes a request within the dialog, complete but for its Via.
//
// RFC 3261 §12.2.1.1
func (d *Dialog) request(method sip.RequestMethod) (*sip.Request, error) {
	uri, routes, err := d.path()
	if err != nil {
		return nil, err
	}
	local, err := parseURI(d.LocalURI)
	if err != nil {
		return nil, err
	}
	remote, err := parseURI(d.RemoteURI)
	if err != nil {
		return nil, err
	}
	req := sip.NewRequest(method, uri)
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	for _, r := range routes {
		req.AppendHeader(&sip.RouteHeader{Address: r})
	}
	from := &sip.FromHeader{DisplayName: d.LocalName, Address: local, Params: sip.HeaderParams{{K: "tag", V: d.LocalTag}}}
	to := &sip.ToHeader{DisplayName: d.RemoteName, Address: remote}
	if d.RemoteTag != "" {
		to.Params = sip.HeaderParams{{K: "tag", V: d.RemoteTag}}
	}
	id := sip.CallIDHeader(d.CallID)
	seq := d.InviteSeq
	if method != sip.ACK {
		d.LocalSeq++
		seq = d.LocalSeq
	}
	req.AppendHeader(from)
	req.AppendHeader(to)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	if method == sip.ACK {
		// RFC 3261 §13.2.2.4
		for _, line := range d.Proof {
			name, text, _ := strings.Cut(line, ": ")
			req.AppendHeader(sip.NewHeader(name, text))
		}
	}
	req.AppendHeader(sip.NewHeader("User-Agent", product))
	req.SetBody(nil)
	return req, nil
}

// path returns the Request-URI and the Route headers of a request within the dialog.
//
// RFC 3261 §12.2.1.1: a first route without lr is a strict router, which wants to be in the Request-URI
func (d *Dialog) path() (uri sip.Uri, routes []sip.Uri, err error) {
	if uri, err = parseURI(d.Target); err != nil {
		return uri, nil, err
	}
	for _, text := range d.Routes {
		r, err := parseURI(text)
		if err != nil {
			return uri, nil, err
		}
		routes = append(routes, r)
	}
	if len(routes) == 0 || routes[0].UriParams.Has("lr") {
		return uri, routes, nil
	}
	strict := routes[0]
	strict.Headers = nil
	return strict, append(routes[1:], uri), nil
}

// next returns the hop that a request within the dialog is sent to.
func (d *Dialog) next() (hop, error) {
	text := d.Target
	if len(d.Routes) > 0 {
		text = d.Routes[0]
	}
	uri, err := parseURI(text)
	if err != nil {
		return hop{}, err
	}
	h, err := hopOf(&uri)
	h.trunk = d.Trunk
	return h, err
}
