package sip

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
)

const gatewayTLS = "192.0.2.1:5061"

// withTLS lets a gateway listen on TLS, with certificates.
func withTLS(pairs ...KeyPair) func(*Options) {
	return func(o *Options) {
		o.Listen = append(o.Listen, "tls:"+gatewayTLS)
		o.TLS.Certificates = pairs
	}
}

// secureTrunk makes the usual trunk one over TLS that is known by its certificate alone.
func secureTrunk(a *authority) func(*Options) {
	return func(o *Options) {
		t := &o.Trunks[0]
		t.URI, t.AcceptFrom, t.CA, t.CertificateNames = "sip:sip.north.example:5061;transport=tls", nil, a.ca(), []string{"sip.north.example"}
	}
}

// handshake connects from a host to the gateway's TLS listener.
func (r *rig) handshake(host string, c *tls.Config) (*tls.Conn, error) {
	r.Helper()
	raw, err := r.net.dialFrom(netip.MustParseAddr(host), netip.MustParseAddrPort(gatewayTLS))
	if err != nil {
		r.Fatal(err)
	}
	conn := tls.Client(raw, c)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return conn, conn.HandshakeContext(ctx)
}

// secured returns a TLS peer that connects from an address.
func (r *rig) secured(name, host string, c *tls.Config) *peer {
	r.Helper()
	conn, err := r.handshake(host, c)
	if err != nil {
		r.Fatal(err)
	}
	p := r.streamPeer(name, conn)
	p.network = "TLS"
	return p
}

func TestAPhoneOverTLSRegistersIsRungAndCalls(t *testing.T) {
	a := authorityOf(t)
	dialogs(t, func(r *rig) {
		p := r.secured("ana", "203.0.113.20", &tls.Config{RootCAs: a.pool(), ServerName: realm})
		p.registers("ana")
		if list := r.w.Phones(); len(list) != 1 || list[0].Transport != "TLS" {
			t.Errorf("phones: %+v", list)
		}
		r.do(toAna)
		in := p.asked("INVITE")
		if got := in.Via().Value(); !strings.HasPrefix(got, "SIP/2.0/TLS "+gatewayTLS) {
			t.Errorf("Via: %s", got)
		}
		if got := in.Contact().Address.String(); got != "sip:telagent@"+gatewayTLS+";transport=tls" {
			t.Errorf("Contact: %s", got)
		}
		p.talksUntilLetGo(in)
	}, func(o *Options) { withTLS(a.paper("gw", realm))(o) })
}

func TestWhoAsksBySIPSIsAnsweredWithASIPSContact(t *testing.T) {
	a := authorityOf(t)
	bubble(t, func(r *rig) {
		p := r.secured("ana", "203.0.113.20", &tls.Config{RootCAs: a.pool(), ServerName: realm})
		c := p.caller("+4930")
		c.target = "sips:+4930@" + realm
		c.prove("INVITE", withSDP, "ana")
		c.hears(100)
		if got := c.hears(180).Contact().Address.String(); got != "sips:telagent@"+gatewayTLS {
			r.Errorf("Contact: %s", got)
		}
		r.event()
		r.do(call.Reject{Leg: "in-1", Cause: call.Declined})
		c.hears(603)
		c.repeat("ACK", "")
	}, withTLS(a.paper("gw", realm)))
}

func TestTheCertificateIsChosenByTheNameThatAPeerAsksFor(t *testing.T) {
	a := authorityOf(t)
	one, two, uri := a.paper("one", "one.example"), a.paper("two", "*.two.example"), a.paper("uri", "sip:uri.example")
	bubble(t, func(r *rig) {
		for asked, want := range map[string]string{"": "one.example", "one.example": "one.example", "a.two.example": "*.two.example", "uri.example": "uri.example", "three.example": "one.example"} {
			conn, err := r.handshake("203.0.113.20", &tls.Config{ServerName: asked, InsecureSkipVerify: true})
			if err != nil {
				r.Fatal(err)
			}
			if got := domainsOf(conn.ConnectionState().PeerCertificates[0]); !slices.Equal(got, []string{want}) {
				r.Errorf("asked for %q: got %v, want %s", asked, got, want)
			}
			_ = conn.NetConn().Close()
		}
		if conn, err := r.handshake("203.0.113.20", &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
			r.Errorf("TLS %x is spoken", conn.ConnectionState().Version)
		}
	}, withTLS(one, two, uri))
}

func TestWhoIsSilentInATLSHandshakeKeepsNobodyWaitingAndLosesHisConnection(t *testing.T) {
	a := authorityOf(t)
	bubble(t, func(r *rig) {
		r.closesWhoIsSilent(gatewayTLS, func() {
			r.secured("ana", "203.0.113.20", &tls.Config{RootCAs: a.pool(), ServerName: realm}).registers("ana")
		})
	}, withTLS(a.paper("gw", realm)))
}

// closesWhoIsSilent expects of a listener that somebody who connects and says nothing loses his connection in time, and that
// another one, who comes meanwhile, waits for nothing.
func (r *rig) closesWhoIsSilent(at string, comes func()) {
	r.Helper()
	began := time.Now()
	silent, err := r.net.dialFrom(netip.MustParseAddr("203.0.113.66"), netip.MustParseAddrPort(at))
	if err != nil {
		r.Fatal(err)
	}
	comes()
	if took := time.Since(began); took > 0 {
		r.Errorf("somebody waited for %v", took)
	}
	if _, err := silent.Read(make([]byte, 1)); err == nil {
		r.Error("the silent one was told something")
	}
	if took := time.Since(began); took != handshakeTime {
		r.Errorf("the silent one was closed after %v, want %v", took, handshakeTime)
	}
	r.settle()
	if n := r.w.greetings.Load(); n != 0 {
		r.Errorf("%d handshakes are counted", n)
	}
}

func TestHandshakesThatStrangersHoldOpenKeepNobodyOutWhoProvedHimself(t *testing.T) {
	a := authorityOf(t)
	bubble(t, func(r *rig) {
		office := &tls.Config{RootCAs: a.pool(), ServerName: realm}
		r.secured("ana", "203.0.113.20", office).registers("ana")
		r.settle()
		r.w.greetings.Add(maxGreetings)
		defer r.w.greetings.Add(-maxGreetings)
		if _, err := r.handshake("203.0.113.66", office); err == nil {
			r.Error("a stranger was greeted")
		}
		if _, err := r.handshake("203.0.113.20", office); err != nil {
			r.Errorf("the office was not greeted: %v", err)
		}
	}, withTLS(a.paper("gw", realm)))
}

func TestAPeerOverTLSThatNeverReadsLosesItsConnectionAndNobodyElseNotices(t *testing.T) {
	a := authorityOf(t)
	bubble(t, func(r *rig) {
		c := talking(r)
		conn, err := r.handshake("203.0.113.66", &tls.Config{RootCAs: a.pool(), ServerName: realm, MaxVersion: tls.VersionTLS12})
		if err != nil {
			r.Fatal(err)
		}
		mute := &peer{r: r, addr: addrPortOf(conn.LocalAddr())}
		n := 0
		for ; n < 3*writeQueue; n++ {
			if _, err := conn.Write([]byte(optionsText(mute, n))); err != nil {
				break
			}
		}
		if n >= 3*writeQueue {
			r.Error("the connection stayed open")
		}
		c.ask("OPTIONS", "")
		c.hears(200)
		_ = conn.NetConn().Close()
	}, withTLS(a.paper("gw", realm)))
}

func TestAChangedCertificateIsReadAgainAndFlowsStand(t *testing.T) {
	a := authorityOf(t)
	pair := a.paper("gw", realm)
	serial := func(r *rig) string {
		conn, err := r.handshake("203.0.113.21", &tls.Config{RootCAs: a.pool(), ServerName: realm})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.NetConn().Close() }()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	bubble(t, func(r *rig) {
		p := r.secured("ana", "203.0.113.20", &tls.Config{RootCAs: a.pool(), ServerName: realm})
		p.registers("ana")
		first := serial(r)
		a.paper("gw", realm)
		if got := serial(r); got != first {
			r.Error("files are looked at for each handshake")
		}
		r.pass(lookEvery)
		second := serial(r)
		if second == first {
			r.Error("the changed certificate is not shown")
		}
		// A half-written pair, and a file that is gone, leave what there was.
		a.write("gw.pem", "CERTIFICATE", a.cert.Raw)
		r.pass(lookEvery)
		if got := serial(r); got != second {
			r.Error("a certificate is shown whose key is another's")
		}
		if err := os.Remove(pair.Key); err != nil {
			r.Fatal(err)
		}
		r.pass(lookEvery)
		if got := serial(r); got != second {
			r.Error("a certificate is shown whose key is gone")
		}
		r.do(toAna)
		p.answer(p.asked("INVITE"), 486, "x", "")
		p.asked("ACK")
		r.reported(call.Failed{Leg: "out", Cause: call.Busy, Status: 486})
	}, withTLS(pair))
}

func TestACertificateThatIsAboutToEndIsShown(t *testing.T) {
	a := authorityOf(t)
	until := time.Now().Add(48 * time.Hour).Truncate(time.Second)
	k, err := newKeyring(TLS{Certificates: []KeyPair{a.paperUntil(until, "gw", realm)}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	list := k.certificates()
	if len(list) != 1 || !list[0].Until.Equal(until) || !slices.Equal(list[0].Names, []string{realm}) {
		t.Errorf("got %+v", list)
	}
}

func TestATrunkIsKnownByItsCertificate(t *testing.T) {
	a, other := authorityOf(t), authorityOf(t)
	good := a.paper("north", "sip.north.example").load(t)
	wrong := a.paper("west", "sip.west.example").load(t)
	forged := other.paper("north", "sip.north.example").load(t)
	bubble(t, func(r *rig) {
		for name, c := range map[string]struct {
			shows []tls.Certificate
			known bool
		}{"its own": {[]tls.Certificate{good}, true}, "of another name": {[]tls.Certificate{wrong}, false}, "of another authority": {[]tls.Certificate{forged}, false}, "none": {nil, false}} {
			p := r.secured("carrier", "203.0.113.99", &tls.Config{RootCAs: a.pool(), ServerName: realm, Certificates: c.shows})
			k := p.caller("+18005550100")
			k.id = strings.ReplaceAll(name, " ", "-")
			k.ask("INVITE", withSDP)
			if !c.known {
				k.hears(401)
				continue
			}
			k.hears(100)
			k.hears(180)
			in, ok := r.event().(call.Invited)
			if !ok || in.Source != (call.Source{Trunk: "north"}) {
				r.Errorf("%s: reported %+v", name, in)
			}
			r.do(call.Reject{Leg: in.Leg, Cause: call.Busy})
			k.hears(486)
			k.repeat("ACK", "")
			r.event()
		}
	}, withTLS(a.paper("gw", realm)), secureTrunk(a))
}

// carrierTLS lets somebody wait for the gateway's TLS connection at the trunk's address, and returns it once it is made.
func (r *rig) carrierTLS(c *tls.Config) (accept func() (*tls.Conn, error), end func()) {
	r.Helper()
	r.net.names["sip.north.example"] = netip.MustParseAddr("198.51.100.7")
	l, err := r.net.listenStream(netip.MustParseAddrPort("198.51.100.7:5061"))
	if err != nil {
		r.Fatal(err)
	}
	accept = func() (*tls.Conn, error) {
		raw, err := l.Accept()
		if err != nil {
			return nil, err
		}
		conn := tls.Server(raw, c)
		return conn, conn.HandshakeContext(context.Background())
	}
	return accept, func() { _ = l.Close() }
}

func TestACallOverATLSTrunkGoesToWhoProvesToBeIt(t *testing.T) {
	a := authorityOf(t)
	bubble(t, func(r *rig) {
		accept, end := r.carrierTLS(&tls.Config{
			Certificates: []tls.Certificate{a.paper("north", "sip.north.example").load(t)}, ClientAuth: tls.RequireAnyClientCert,
		})
		defer end()
		r.do(toPSTN)
		conn, err := accept()
		if err != nil {
			r.Fatal(err)
		}
		if state := conn.ConnectionState(); state.ServerName != "sip.north.example" || !matches(state.PeerCertificates[0], realm) {
			r.Errorf("the gateway asked for %q and showed %v", state.ServerName, domainsOf(state.PeerCertificates[0]))
		}
		p := r.streamPeer("carrier", conn)
		p.network = "TLS"
		in := p.asked("INVITE")
		if got := in.Via().Value(); !strings.HasPrefix(got, "SIP/2.0/TLS "+gatewayTLS) {
			r.Errorf("Via: %s", got)
		}
		p.answer(in, 200, "a", withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		// RFC 5923 §4: the carrier may call over the same connection.
		c := p.caller("+18005550100")
		c.ask("INVITE", withSDP)
		c.hears(100)
		c.hears(180)
		if in, ok := r.event().(call.Invited); !ok || in.Source.Trunk != "north" {
			r.Errorf("reported %+v", in)
		}
	}, withTLS(a.paper("gw", realm)), secureTrunk(a))
}

func TestNothingIsSentToATrunkThatDoesNotProveToBeIt(t *testing.T) {
	a, other := authorityOf(t), authorityOf(t)
	for name, pair := range map[string]KeyPair{
		"another name":      a.paper("west", "sip.west.example"),
		"a wildcard":        a.paper("wild", "*.north.example"),
		"another authority": other.paper("north", "sip.north.example"),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				accept, end := r.carrierTLS(&tls.Config{Certificates: []tls.Certificate{pair.load(t)}, MaxVersion: tls.VersionTLS12})
				defer end()
				r.do(toPSTN)
				if conn, err := accept(); err == nil {
					r.Errorf("the gateway is content with %v", conn.ConnectionState())
				}
				r.reported(call.Failed{Leg: "out", Cause: call.TrunkFault})
			}, withTLS(a.paper("gw", realm)), secureTrunk(a))
		})
	}
}

func TestTheNamesOfACertificateAreThoseOfSIP(t *testing.T) {
	uri := func(text string) *url.URL {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	for name, c := range map[string]struct {
		cert     x509.Certificate
		yes, not []string
	}{
		"URIs come before names":   {x509.Certificate{URIs: []*url.URL{uri("sip:a.example")}, DNSNames: []string{"b.example"}}, []string{"a.example", "A.Example"}, []string{"b.example"}},
		"a user is no domain":      {x509.Certificate{URIs: []*url.URL{uri("sip:ana@a.example")}, DNSNames: []string{"b.example"}}, []string{"b.example"}, []string{"a.example"}},
		"another scheme":           {x509.Certificate{URIs: []*url.URL{uri("https://a.example")}, DNSNames: []string{"b.example"}}, []string{"b.example"}, []string{"a.example"}},
		"a wildcard stands alone":  {x509.Certificate{DNSNames: []string{"*.example"}}, []string{"*.example"}, []string{"a.example"}},
		"an address is an address": {x509.Certificate{IPAddresses: []net.IP{net.ParseIP("192.0.2.7")}}, []string{"192.0.2.7"}, []string{"192.0.2.8"}},
	} {
		for _, n := range c.yes {
			if !matches(&c.cert, n) {
				t.Errorf("%s: not for %s", name, n)
			}
		}
		for _, n := range c.not {
			if matches(&c.cert, n) {
				t.Errorf("%s: for %s", name, n)
			}
		}
	}
}
