package crowd

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// RFC 3261 §17.1.1.1
const (
	t1       = 500 * time.Millisecond
	t2       = 4 * time.Second
	lifetime = 64 * t1
)

// errNoAnswer is a request that got none in 32 s.
var errNoAnswer = errors.New("no answer within 32 s")

func token() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

func (p *Peer) gotResponse(r *sip.Response) {
	via, cseq := r.Via(), r.CSeq()
	if via == nil || cseq == nil {
		p.fault("got a response without Via or CSeq")
		return
	}
	branch, _ := via.Params.Get("branch")
	p.mu.Lock()
	ask := p.asked[string(cseq.MethodName)+" "+branch]
	p.mu.Unlock()
	if ask != nil {
		select {
		case ask <- r:
		default: // more than anybody reads
		}
		return
	}
	// RFC 3261 §13.2.2.4: a 200 that is repeated gets its ACK again.
	if cseq.MethodName == sip.INVITE && r.StatusCode/100 == 2 {
		if l := p.legWith(r.CallID().Value()); l != nil {
			l.acknowledgeAgain()
		}
	}
}

// ask sends a request and repeats it until a final response came (RFC 3261 §17.1). provisional is told of others; ctx ends
// it, and gives up nothing.
func (p *Peer) ask(ctx context.Context, method, branch string, b []byte, to netip.AddrPort, provisional func(*sip.Response)) (*sip.Response, error) {
	got, key := make(chan *sip.Response, 16), method+" "+branch
	p.mu.Lock()
	p.asked[key] = got
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.asked, key)
		p.mu.Unlock()
	}()
	p.send(b, to)
	wait := t1
	again, late := time.NewTimer(wait), time.NewTimer(lifetime)
	defer again.Stop()
	defer late.Stop()
	if p.Network != "UDP" {
		again.Stop() // RFC 3261 §17.1.2.2
	}
	for {
		select {
		case r := <-got:
			if r.StatusCode >= 200 {
				return r, nil
			}
			if method == "INVITE" {
				again.Stop()
				late.Stop()
			}
			if provisional != nil {
				provisional(r)
			}
		case <-again.C:
			p.send(b, to)
			wait *= 2
			if method != "INVITE" {
				wait = min(wait, t2)
			}
			again.Reset(wait)
		case <-late.C:
			return nil, fmt.Errorf("%s: %s: %w", p.Name, method, errNoAnswer)
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-p.ctx.Done():
			return nil, errGone
		}
	}
}

// registrationTime is what phones ask for.
const registrationTime = 60 * time.Second

// Register registers the phone, and keeps it registered until it vanishes: again at half the time, and after a failure with
// a back-off as RFC 5626 §4.5 has it, from 1 s to 30 s.
func (p *Peer) Register(ctx context.Context) error {
	next, err := p.registerOnce(ctx, registrationTime)
	if err != nil {
		return err
	}
	p.work.Go(func() { p.keepRegistered(next) })
	return nil
}

// KeepRegistered is Register of a phone that does not give up when it fails at first.
func (p *Peer) KeepRegistered() { p.work.Go(func() { p.keepRegistered(0) }) }

func (p *Peer) keepRegistered(next time.Duration) {
	for failures := 0; ; {
		select {
		case <-time.After(next):
		case <-p.ctx.Done():
			return
		}
		wait, err := p.registerOnce(p.ctx, registrationTime)
		if err == nil {
			next, failures = wait, 0
			continue
		}
		next = max(wait, time.Second<<min(failures, 5))
		next = min(next, 30*time.Second)
		failures++
	}
}

// Registered says since when the registrar has known the phone; zero: it never said so.
func (p *Peer) Registered() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bound
}

// registerOnce registers and says when to do so again (RFC 3261 §10.2, §22.2).
func (p *Peer) registerOnce(ctx context.Context, expires time.Duration) (next time.Duration, err error) {
	got, err := p.proven(ctx, "REGISTER", "sip:"+p.Domain, "sip:"+p.User+"@"+p.Domain, p.callID, fmt.Sprintf("Expires: %d\r\n", int(expires.Seconds())))
	if err != nil {
		return 0, err
	}
	if got.StatusCode/100 != 2 {
		p.refused(got)
		return retryAfter(got), fmt.Errorf("%s: REGISTER: %d %s", p.Name, got.StatusCode, got.Reason)
	}
	p.mu.Lock()
	p.bound = time.Now()
	p.ring()
	p.mu.Unlock()
	return granted(got, expires) / 2, nil
}

// proven sends a request that is in no dialog, and answers the registrar's challenges (RFC 3261 §22.2).
func (p *Peer) proven(ctx context.Context, method, uri, to, callID, lines string) (*sip.Response, error) {
	for range 3 { // the first, the answer to the challenge, and one more for a nonce gone stale
		branch := "z9hG4bK" + token()
		p.mu.Lock()
		p.cseq++
		text := fmt.Sprintf("%s %s SIP/2.0\r\n%sMax-Forwards: 70\r\nFrom: <sip:%s@%s>;tag=%s\r\nTo: <%s>\r\nCall-ID: %s\r\nCSeq: %d %[1]s\r\n%[10]s%[11]s%[12]sContent-Length: 0\r\n\r\n",
			method, uri, p.via(branch), p.User, p.Domain, token(), to, callID, p.cseq, p.contact(p.User), lines, p.nonces.answer(p.User, p.Password, method, uri))
		p.mu.Unlock()
		got, err := p.ask(ctx, method, branch, []byte(text), p.Gateway, nil)
		if err != nil || got.StatusCode != 401 {
			return got, err
		}
		p.mu.Lock()
		p.nonces = readChallenge(header(got, "WWW-Authenticate"))
		p.mu.Unlock()
	}
	return nil, fmt.Errorf("%s: %s: challenged again and again", p.Name, method)
}

// via and contact are the lines that say where a request comes from, and where the next may go. The caller holds mu.
func (p *Peer) via(branch string) string {
	return fmt.Sprintf("Via: SIP/2.0/%s %s;rport;branch=%s\r\n", p.Network, p.at, branch)
}

func (p *Peer) contact(user string) string {
	over := ""
	if p.Network != "UDP" {
		over = ";transport=" + strings.ToLower(p.Network)
	}
	return fmt.Sprintf("Contact: <sip:%s@%s%s>\r\n", user, p.at, over)
}

func (p *Peer) refused(r *sip.Response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.statuses[r.StatusCode]++
}

func granted(r *sip.Response, asked time.Duration) time.Duration {
	for _, text := range []string{after(header(r, "Contact"), ";expires="), header(r, "Expires")} {
		if n, err := strconv.Atoi(text); err == nil && n > 0 {
			return min(asked, time.Duration(n)*time.Second)
		}
	}
	return asked
}

func retryAfter(r *sip.Response) time.Duration {
	var n int
	_, _ = fmt.Sscan(header(r, "Retry-After"), &n) // 0 where there is none
	return time.Duration(n) * time.Second
}

// header returns a header's value, or "".
func header(m interface{ GetHeader(string) sip.Header }, name string) string {
	if h := m.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// after returns the digits behind a mark.
func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	return strings.TrimRight(rest, "; \t")
}

// challenge is what a registrar asks (RFC 7616 §3.3).
type challenge struct {
	realm, nonce, algorithm string
	count                   uint32
}

var parameter = regexp.MustCompile(`(\w+)="?([^",]*)"?`)

func readChallenge(value string) (c challenge) {
	for _, m := range parameter.FindAllStringSubmatch(value, -1) {
		switch strings.ToLower(m[1]) {
		case "realm":
			c.realm = m[2]
		case "nonce":
			c.nonce = m[2]
		case "algorithm":
			c.algorithm = m[2]
		}
	}
	return c
}

// answer returns the Authorization line (RFC 7616 §3.4); empty: nobody asked.
func (c *challenge) answer(user, password, method, uri string) string {
	if c.nonce == "" {
		return ""
	}
	c.count++
	sum := func(s string) string {
		var h hash.Hash = md5.New()
		if strings.EqualFold(c.algorithm, "SHA-256") {
			h = sha256.New()
		}
		_, _ = h.Write([]byte(s)) // a hash takes everything
		return hex.EncodeToString(h.Sum(nil))
	}
	cnonce := token()
	response := sum(fmt.Sprintf("%s:%s:%08x:%s:auth:%s", sum(user+":"+c.realm+":"+password), c.nonce, c.count, cnonce, sum(method+":"+uri)))
	algorithm := ""
	if c.algorithm != "" {
		algorithm = ", algorithm=" + c.algorithm
	}
	return fmt.Sprintf("Authorization: Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", response=\"%s\", cnonce=\"%s\", qop=auth, nc=%08x%s\r\n",
		user, c.realm, c.nonce, uri, response, cnonce, c.count, algorithm)
}
