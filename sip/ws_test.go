package sip

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

const gatewayWeb = "192.0.2.1:5066"

// withWeb lets a gateway listen on WebSockets.
func withWeb(o *Options) { o.Listen = append(o.Listen, "ws:"+gatewayWeb) }

// page opens a WebSocket from a host, and says what the gateway answered if it does not.
func (r *rig) page(host string, o websocket.DialOptions) (*websocket.Conn, net.Conn, *http.Response, error) {
	r.Helper()
	var raw net.Conn
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		c, err := r.net.dialFrom(netip.MustParseAddr(host), netip.MustParseAddrPort(gatewayWeb))
		raw = c
		return c, err
	}}
	o.HTTPClient = &http.Client{Transport: transport}
	if o.Subprotocols == nil {
		o.Subprotocols = []string{"sip"}
	}
	c, res, err := websocket.Dial(context.Background(), "ws://"+gatewayWeb, &o)
	return c, raw, res, err
}

// browser returns a phone in a page that connects from an address.
func (r *rig) browser(name, host string) *peer {
	r.Helper()
	c, raw, _, err := r.page(host, websocket.DialOptions{})
	if err != nil {
		r.Fatal(err)
	}
	return r.webPeer(name, "WS", c, raw.LocalAddr())
}

func (r *rig) webPeer(name, network string, c *websocket.Conn, at net.Addr) *peer {
	p := &peer{r: r, name: name, network: network, addr: addrPortOf(at), calls: "df7jal23ls0d.invalid", got: make(chan sip.Message, 4096), ended: make(chan struct{})}
	p.write = func(b []byte) { _ = c.Write(context.Background(), websocket.MessageText, b) }
	p.stop = func() { _ = c.CloseNow() }
	c.SetReadLimit(maxMessage)
	r.peers = append(r.peers, p)
	go func() {
		defer close(p.ended)
		for {
			_, raw, err := c.Read(context.Background())
			switch {
			case err != nil:
				return
			case string(raw) == "\r\n":
				p.got <- nil
			default:
				p.take(raw)
			}
		}
	}()
	return p
}

func TestABrowserRegistersOverAWebSocketAndIsRungOnIt(t *testing.T) {
	dialogs(t, func(r *rig) {
		p := r.browser("ana", "203.0.113.20")
		p.registers("ana")
		if list := r.w.Phones(); len(list) != 1 || list[0].Transport != "WS" || list[0].Source != p.addr.String() {
			r.Errorf("phones: %+v", list)
		}
		r.do(toAna)
		in := p.asked("INVITE")
		if got := in.Via().Value(); !strings.HasPrefix(got, "SIP/2.0/WS "+gatewayWeb) {
			r.Errorf("Via: %s", got)
		}
		if got := in.Contact().Address.String(); got != "sip:telagent@"+gatewayWeb+";transport=ws" {
			r.Errorf("Contact: %s", got)
		}
		p.talksUntilLetGo(in)
	}, withWeb)
}

func TestAPageThatIsGoneIsNotRung(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.browser("ana", "203.0.113.20")
		p.registers("ana")
		p.close()
		r.reported(call.Missed{Sign: call.Flow, AOR: "ana"})
		r.reported(call.Unbound{AOR: "ana"})
	}, withWeb)
}

func TestAWebSocketTakesTextAndBytesAndFragmentsAndAnswersPings(t *testing.T) {
	bubble(t, func(r *rig) {
		c, raw, _, err := r.page("203.0.113.20", websocket.DialOptions{})
		if err != nil {
			r.Fatal(err)
		}
		p := r.webPeer("phone", "WS", c, raw.LocalAddr())
		text := []byte(optionsText(p, 1))
		for _, kind := range []websocket.MessageType{websocket.MessageText, websocket.MessageBinary} {
			if err := c.Write(r.Context(), kind, text); err != nil {
				r.Fatal(err)
			}
			p.hears(200)
			w, err := c.Writer(r.Context(), kind)
			if err != nil {
				r.Fatal(err)
			}
			for _, part := range [][]byte{text[:7], text[7:200], text[200:]} {
				if _, err := w.Write(part); err != nil { // a frame of its own
					r.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				r.Fatal(err)
			}
			p.hears(200)
		}
		if err := c.Ping(r.Context()); err != nil {
			r.Errorf("a ping is not answered: %v", err)
		}
		p.write([]byte("\r\n\r\n"))
		if m := p.next(); m != nil {
			r.Errorf("got %v, want a pong", m)
		}
		p.write([]byte("\r\n"))
		p.hearsNothing()
	}, withWeb)
}

func TestAWebSocketMessageThatIsTooLongEndsIt(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.browser("phone", "203.0.113.20")
		p.write([]byte(strings.Repeat("x", maxMessage+1)))
		<-p.ended
	}, withWeb)
}

func TestAStrangersWebSocketEndsAndAPhonesStands(t *testing.T) {
	bubble(t, func(r *rig) {
		ana := r.browser("ana", "203.0.113.20")
		ana.registers("ana")
		for name, c := range map[string]struct {
			first bool
			want  time.Duration
		}{"silent": {false, messageTime}, "after a question": {true, strangerTime}} {
			p := r.browser("stranger", "203.0.113.66")
			began := time.Now()
			if c.first {
				p.write([]byte(optionsText(p, 1)))
				p.hears(200)
			}
			<-p.ended
			if took := time.Since(began); took < c.want || took > c.want+2*messageTime {
				r.Errorf("%s: closed after %v, want about %v", name, took, c.want)
			}
		}
		r.pass(30 * time.Minute)
		r.do(toAna)
		ana.asked("INVITE")
	}, withWeb)
}

func TestAPhonesWebSocketThatAnswersNoPingEnds(t *testing.T) {
	bubble(t, func(r *rig) {
		c, raw, _, err := r.page("203.0.113.20", websocket.DialOptions{OnPingReceived: func(context.Context, []byte) bool { return false }})
		if err != nil {
			r.Fatal(err)
		}
		p := r.webPeer("ana", "WS", c, raw.LocalAddr())
		p.registers("ana")
		began := time.Now()
		<-p.ended
		if took := time.Since(began); took > webPing+webPong+messageTime {
			r.Errorf("it stood for %v", took)
		}
		r.reported(call.Missed{Sign: call.Flow, AOR: "ana"})
		r.reported(call.Unbound{AOR: "ana"})
	}, withWeb)
}

func TestAWebSocketWhosePeerNeverReadsEndsAndNobodyElseNotices(t *testing.T) {
	bubble(t, func(r *rig) {
		k := talking(r)
		c, raw, _, err := r.page("203.0.113.66", websocket.DialOptions{})
		if err != nil {
			r.Fatal(err)
		}
		mute := &peer{r: r, addr: addrPortOf(raw.LocalAddr())}
		n := 0
		for ; n < 3*writeQueue; n++ {
			if err := c.Write(context.Background(), websocket.MessageText, []byte(optionsText(mute, n))); err != nil {
				break
			}
		}
		if n >= 3*writeQueue {
			r.Error("the connection stayed open")
		}
		k.ask("OPTIONS", "")
		k.hears(200)
		_ = c.CloseNow()
	}, withWeb)
}

func TestOnlyPagesThatMayOpenAWebSocket(t *testing.T) {
	bubble(t, func(r *rig) {
		for origin, want := range map[string]int{
			"": 101, "http://192.0.2.1": 101, "https://192.0.2.1:8443": 101, "https://phone.example.com": 101, "HTTPS://Phone.Example.com": 101,
			"http://phone.example.com": 403, "https://evil.example": 403, "https://192.0.2.1.evil.example": 403, "null": 403, "file://": 403,
		} {
			c, _, res, err := r.page("203.0.113.20", websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
			if res == nil || res.StatusCode != want {
				r.Errorf("origin %q: %v, %v, want %d", origin, res, err, want)
			}
			if c != nil {
				_ = c.CloseNow()
			}
		}
	}, withWeb, func(o *Options) { o.Origins = []string{"https://phone.example.com"} })
}

func TestAWebSocketWithoutTheSubprotocolOfSIPIsRefused(t *testing.T) {
	bubble(t, func(r *rig) {
		for _, protocols := range [][]string{{}, {"chat"}, {"sipx", "msrp"}} {
			_, _, res, err := r.page("203.0.113.20", websocket.DialOptions{Subprotocols: protocols})
			if err == nil || res == nil || res.StatusCode != http.StatusBadRequest {
				r.Errorf("%v: %v, %v", protocols, res, err)
			}
		}
		c, _, _, err := r.page("203.0.113.20", websocket.DialOptions{Subprotocols: []string{"msrp", "sip"}})
		if err != nil || c.Subprotocol() != "sip" {
			r.Fatalf("got %v", err)
		}
		_ = c.CloseNow()
	}, withWeb)
}

func TestWhoIsSilentBeforeAWebSocketKeepsNobodyWaitingAndLosesHisConnection(t *testing.T) {
	bubble(t, func(r *rig) {
		r.closesWhoIsSilent(gatewayWeb, func() { r.browser("ana", "203.0.113.20").registers("ana") })
	}, withWeb)
}

func TestABrowserOverWSSOnRealSocketsRegistersAndIsRung(t *testing.T) {
	a := authorityOf(t)
	loopback(t, func(r *rig) {
		roots := x509.NewCertPool()
		roots.AddCert(a.cert)
		at := strings.TrimPrefix(r.w.Addrs()[2], "wss:")
		var raw net.Conn
		dial := func(ctx context.Context, network, to string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, network, to)
			raw = c
			return c, err
		}
		client := &http.Client{Transport: &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: roots}}}
		c, _, err := websocket.Dial(r.Context(), "wss://"+at, &websocket.DialOptions{HTTPClient: client, Subprotocols: []string{"sip"}})
		if err != nil {
			r.Fatal(err)
		}
		p := r.webPeer("ana", "WSS", c, raw.LocalAddr())
		p.registers("ana")
		r.do(toAna)
		in := p.asked("INVITE")
		if got := in.Via().Value(); !strings.HasPrefix(got, "SIP/2.0/WSS "+at) {
			r.Errorf("Via: %s", got)
		}
		p.answer(in, 200, "a", withSDP)
		p.asked("ACK")
		r.reported(call.Answered{Leg: "out"})
		r.do(call.Hangup{Leg: "out", Cause: call.Normal})
		p.answer(p.asked("BYE"), 200, "", "")
		r.reported(call.Ended{Leg: "out", How: call.HungUp, Cause: call.Normal})
	}, func(o *Options) {
		o.Listen = append(o.Listen, "wss:127.0.0.1:0")
		o.TLS.Certificates = []KeyPair{a.paper("gw", "127.0.0.1")}
	})
}
