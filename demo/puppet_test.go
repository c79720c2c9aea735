package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// puppet plays the gateway: it relays nothing, but says to each party the tone that a gateway would let him hear. So the
// play can be tested without a gateway, and with one that does things wrong.
type puppet struct {
	t     *testing.T
	robot *Robot
	api   *httptest.Server
	flaw  string
	work  sync.WaitGroup
	ctx   context.Context
	phone string // URI of the agent's phone

	changed bell
	mu      sync.Mutex
	contact string // of the softphone
	agent   Agent
	events  []string

	customer, softphone *Leg
}

func newPuppet(t *testing.T, phone, flaw string) *puppet {
	t.Helper()
	p := &puppet{t: t, flaw: flaw, phone: phone, agent: Agent{ID: "ana", Status: "not_ready", Reach: "softphone"}}
	var stop context.CancelFunc
	p.ctx, stop = context.WithCancel(context.Background())
	var err error
	p.robot, err = NewRobot(Part{
		Name: "puppet", Address: "127.0.50.1", Tone: MachineTone, bound: func(contact string) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.contact = contact
		},
	})
	must(t, err)
	p.robot.Phone("+18005550100", Script{})
	mux := http.NewServeMux()
	shown := func() Agent {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.agent
	}
	answer := func(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) } // the client sees it missing
	mux.HandleFunc("POST /api/v1/sign-in", func(w http.ResponseWriter, _ *http.Request) { answer(w, map[string]string{"token": "t"}) })
	mux.HandleFunc("GET /api/v1/events", p.stream)
	mux.HandleFunc("PUT /api/v1/agents/ana/status", func(w http.ResponseWriter, _ *http.Request) {
		p.become("available", "idle")
		answer(w, shown())
	})
	mux.HandleFunc("GET /api/v1/agents/ana", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, shown())
	})
	mux.HandleFunc("POST /api/v1/switch", func(w http.ResponseWriter, r *http.Request) {
		var ask struct{ To string }
		_ = json.NewDecoder(r.Body).Decode(&ask) // an empty To is refused below
		if flaw == "refuse" {
			w.WriteHeader(http.StatusConflict)
			answer(w, map[string]string{"code": "no_number", "detail": "There is no number."})
			return
		}
		p.switchTo(ask.To)
		answer(w, map[string]any{"results": []map[string]any{{"agent": "ana", "ok": true}}})
	})
	p.api = httptest.NewServer(mux)
	p.work.Go(p.serve)
	t.Cleanup(func() {
		stop()
		p.changed.ring()
		p.robot.Kill()
		p.api.Close()
		p.work.Wait()
	})
	return p
}

func (p *puppet) become(status, activity string) {
	p.mu.Lock()
	p.agent.Status, p.agent.Activity = status, activity
	p.agent.CountdownS = 0
	if status == "acw" {
		p.agent.CountdownS = 1
	}
	b, _ := json.Marshal(p.agent) // a plain struct
	p.events = append(p.events, "event: agent.changed\ndata: "+string(b)+"\n\n")
	p.mu.Unlock()
	p.changed.ring()
}

func (p *puppet) stream(w http.ResponseWriter, r *http.Request) {
	_, _ = fmt.Fprint(w, ": hello\n\nid: 1\nevent: ready\ndata: {}\n\n") // a reader that is gone needs nothing
	sent := 0
	for {
		w.(http.Flusher).Flush()
		ctx, stop := context.WithCancel(r.Context())
		release := context.AfterFunc(p.ctx, stop)
		err := p.changed.wait(ctx, func() bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			return len(p.events) > sent
		})
		release()
		stop()
		if err != nil {
			return
		}
		p.mu.Lock()
		for ; sent < len(p.events); sent++ {
			_, _ = fmt.Fprint(w, p.events[sent])
		}
		p.mu.Unlock()
	}
}

// serve takes one customer after the other.
func (p *puppet) serve() {
	for {
		customer, err := p.robot.Next(p.ctx)
		if err != nil {
			return
		}
		customer.Say(Other)
		p.become("ringing", "offered")
		p.mu.Lock()
		contact := p.contact
		p.mu.Unlock()
		softphone, err := p.robot.Call("x", contact)
		if err != nil || softphone.Wait(p.ctx, Up) != nil {
			return
		}
		customer.Say(SoftphoneTone)
		softphone.Say(CustomerTone)
		p.mu.Lock()
		p.customer, p.softphone = customer, softphone
		p.mu.Unlock()
		p.work.Go(func() { p.guard(customer, softphone) })
		p.become("in_line", "talking")
		if customer.Wait(p.ctx, Over) != nil {
			return
		}
		p.become("acw", "wrap_up")
		p.become("available", "idle")
	}
}

// guard looks after a softphone that dies.
func (p *puppet) guard(customer, softphone *Leg) {
	for customer.State() < Over && softphone.State() < Over {
		if pass(p.ctx, 100*time.Millisecond) != nil {
			return
		}
		if gone(softphone) {
			customer.Say(Other)
			p.become("in_line", "cut_off")
			return
		}
	}
}

// gone says whether the socket at the far end of a leg is closed. Silence says less: a busy machine makes it too.
func gone(l *Leg) bool {
	conn, err := net.ListenUDP("udp4", l.peer())
	if err != nil {
		return false
	}
	_ = conn.Close() // nothing was sent
	return true
}

func (p *puppet) switchTo(to string) {
	p.mu.Lock()
	customer, softphone := p.customer, p.softphone
	p.mu.Unlock()
	if to != "telagent" {
		p.mu.Lock()
		p.agent.Reach = "softphone"
		p.mu.Unlock()
		p.become("available", "idle")
		return
	}
	phone, err := p.robot.Call("y", p.phone)
	if err != nil {
		return
	}
	if p.flaw == "leak" {
		phone.Say(CustomerTone)
	} else {
		phone.Say(Other)
	}
	p.work.Go(func() {
		err := p.robot.news.wait(p.ctx, func() bool { return phone.Trace().Keys(epoch, time.Now()) > 0 })
		if err != nil {
			return
		}
		p.swap(customer, softphone, phone)
		if customer.Wait(p.ctx, Over) == nil {
			_ = phone.Hangup(p.ctx) // may be over already
		}
	})
}

func (p *puppet) swap(customer, softphone, phone *Leg) {
	switch p.flaw {
	case "re-INVITE":
		if err := customer.Resume(p.ctx); err != nil {
			p.t.Errorf("re-INVITE the customer: %v", err)
		}
	case "gap":
		customer.Mute(true)
		if pass(p.ctx, 300*time.Millisecond) != nil {
			return
		}
		customer.Mute(false)
	}
	phone.Say(CustomerTone)
	customer.Say(PhoneTone)
	if p.flaw != "no BYE" && !gone(softphone) {
		_ = softphone.Hangup(p.ctx) // a test that ends in between needs no BYE
	}
	p.mu.Lock()
	p.agent.Reach = "phone"
	p.mu.Unlock()
	p.become("in_line", "talking")
}

func TestASoftphoneIsGoneWhenItIsKilledAndNotWhenNothingIsHeardFromIt(t *testing.T) {
	softphone, err := NewRobot(Part{Name: "softphone", Address: "127.0.30.1", Tone: SoftphoneTone, Script: &Script{}})
	must(t, err)
	t.Cleanup(softphone.Kill)
	gateway, err := NewRobot(Part{Name: "gateway", Address: "127.0.50.1", Tone: MachineTone})
	must(t, err)
	t.Cleanup(gateway.Kill)
	l, err := gateway.Call("x", "sip:ana@"+softphone.Addr())
	must(t, err)
	silent, err := softphone.Next(within(t))
	must(t, err)
	silent.Mute(true)
	must(t, l.Wait(within(t), Up))
	if gone(l) {
		t.Error("a softphone that is silent is taken for dead")
	}
	softphone.Kill()
	if !gone(l) {
		t.Error("a softphone that is dead is taken for alive")
	}
}
