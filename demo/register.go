package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// Register puts the robot's contact into the registrar for that long, and renews it at half time until Unregister,
// Close or Kill.
func (r *Robot) Register(ctx context.Context, expires time.Duration) error {
	if err := r.register(ctx, expires); err != nil {
		return err
	}
	renewing, cancel := context.WithCancel(r.ctx)
	r.mu.Lock()
	if r.renew != nil {
		r.renew()
	}
	r.renew = cancel
	r.mu.Unlock()
	r.start(func() {
		tick := time.NewTicker(max(expires/2, time.Second))
		defer tick.Stop()
		for {
			select {
			case <-renewing.Done():
				return
			case <-tick.C:
				if err := r.register(renewing, expires); err != nil && renewing.Err() == nil {
					r.fault("registration not renewed: %v", err)
				}
			}
		}
	})
	return nil
}

// Unregister takes the contact out again.
func (r *Robot) Unregister(ctx context.Context) error {
	r.mu.Lock()
	if r.renew != nil {
		r.renew()
		r.renew = nil
	}
	r.mu.Unlock()
	return r.register(ctx, 0)
}

// register sends one REGISTER, and a second one with the answer to the challenge (RFC 3261 §10.2, §22.2).
func (r *Robot) register(ctx context.Context, expires time.Duration) error {
	to, err := net.ResolveUDPAddr("udp4", r.o.Registrar)
	if err != nil || r.o.User == "" {
		return errors.Join(fmt.Errorf("register %s: no usable account", r.o.Name), err)
	}
	authorization := ""
	for range 3 { // the first, the answer to the challenge, and one more for a nonce gone stale
		m := r.newRequest("REGISTER", "sip:"+r.o.Domain)
		aor := fmt.Sprintf("<sip:%s@%s>", r.o.User, r.o.Domain)
		r.mu.Lock()
		r.cseq++
		cseq := r.cseq
		r.mu.Unlock()
		m.add("From", aor+";tag="+newToken())
		m.add("To", aor)
		m.add("Call-ID", r.callID)
		m.add("CSeq", fmt.Sprintf("%d REGISTER", cseq))
		m.add("Contact", r.contact(r.o.User))
		m.add("Expires", fmt.Sprint(int(expires.Seconds())))
		if authorization != "" {
			m.add("Authorization", authorization)
		}
		got, err := r.ask(ctx, m, to)
		if err != nil {
			return fmt.Errorf("register %s: %w", r.o.Name, err)
		}
		if got.status/100 == 2 {
			return nil
		}
		if got.status != 401 || !r.hasAccount() {
			return fmt.Errorf("register %s: %d %s", r.o.Name, got.status, got.reason)
		}
		if authorization, err = r.account().answer(whole(got, "WWW-Authenticate"), "REGISTER", m.uri); err != nil {
			return fmt.Errorf("register %s: %w", r.o.Name, err)
		}
	}
	return fmt.Errorf("register %s: 401 again with our credentials", r.o.Name)
}

func (r *Robot) hasAccount() bool { return r.o.User != "" && r.o.Password != "" }

func (r *Robot) account() credentials {
	return credentials{user: r.o.User, password: r.o.Password, algorithm: r.o.Algorithm}
}

func (r *Robot) contact(user string) string { return fmt.Sprintf("<sip:%s@%s>", user, r.at) }

// whole returns the values of a header that may not be split at commas: a challenge.
func whole(m *message, name string) (values []string) {
	for _, h := range m.headers {
		if strings.EqualFold(h.name, name) {
			values = append(values, h.value)
		}
	}
	return values
}
