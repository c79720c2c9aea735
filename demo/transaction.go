package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// RFC 3261 §17.1.1.1: estimate of the round trip, longest interval, and how long anything is repeated (64*T1).
const (
	t1       = 500 * time.Millisecond
	t2       = 4 * time.Second
	lifetime = 64 * t1
)

// transaction is one request of a robot on its way to a final response.
type transaction struct {
	robot     *Robot
	request   *message
	to        *net.UDPAddr
	responses chan *message
	answered  bool // something came: an INVITE is repeated no more (RFC 3261 §17.1.1.2)
	pause     time.Duration
}

// begin sends a request. end has to be called.
func (r *Robot) begin(m *message, to *net.UDPAddr) *transaction {
	t := &transaction{robot: r, request: m, to: to, responses: make(chan *message, 16), pause: t1}
	r.mu.Lock()
	r.asked[answerKey(m)] = t.responses
	r.mu.Unlock()
	r.send(m.bytes(), to)
	return t
}

func (t *transaction) end() {
	t.robot.mu.Lock()
	defer t.robot.mu.Unlock()
	delete(t.robot.asked, answerKey(t.request))
}

// errGaveUp says that somebody wants the request taken back.
var errGaveUp = errors.New("given up")

// next returns the next response, and repeats the request meanwhile. It returns errGaveUp when giveUp is closed.
func (t *transaction) next(ctx context.Context, giveUp <-chan struct{}) (*message, error) {
	timer := time.NewTimer(t.pause)
	defer timer.Stop()
	for {
		select {
		case m := <-t.responses:
			t.answered = true
			t.robot.judgeResponse(t.request, m)
			return m, nil
		case <-timer.C:
			if !t.answered || t.request.method != "INVITE" {
				t.robot.send(t.request.bytes(), t.to)
			}
			t.pause = min(2*t.pause, t2)
			timer.Reset(t.pause)
		case <-giveUp:
			return nil, errGaveUp
		case <-ctx.Done():
			return nil, fmt.Errorf("%s waits for an answer to %s: %w", t.robot.o.Name, t.request.method, context.Cause(ctx))
		case <-t.robot.ctx.Done():
			return nil, fmt.Errorf("%s waits for an answer to %s: %w", t.robot.o.Name, t.request.method, errClosed)
		}
	}
}

// ask sends a request that is no INVITE and returns its final response.
func (r *Robot) ask(ctx context.Context, m *message, to *net.UDPAddr) (*message, error) {
	t := r.begin(m, to)
	defer t.end()
	ctx, cancel := context.WithTimeout(ctx, lifetime)
	defer cancel()
	for {
		got, err := t.next(ctx, nil)
		if err != nil {
			return nil, err
		}
		if got.status >= 200 {
			return got, nil
		}
	}
}

// gotResponse hands a response to its transaction; a repeated 200 to an INVITE is acknowledged again.
func (r *Robot) gotResponse(m *message) {
	r.mu.Lock()
	waits := r.asked[answerKey(m)]
	l := r.legs[m.get("Call-ID")]
	var ack []byte
	var far *net.UDPAddr
	if l != nil {
		ack, far = l.ack, l.far
	}
	r.mu.Unlock()
	if waits != nil {
		select {
		case waits <- m:
		default: // full: the far side repeats what matters
		}
		return
	}
	if _, method := m.cseq(); method == "INVITE" && m.status/100 == 2 && ack != nil {
		r.send(ack, far)
	}
}

// newRequest returns a request with what all of them have (RFC 3261 §8.1.1), but for From, To, Call-ID and CSeq.
func (r *Robot) newRequest(method, uri string) *message {
	m := &message{method: method, uri: uri}
	m.add("Via", fmt.Sprintf("SIP/2.0/UDP %s;rport;branch=z9hG4bK%s", r.at, newToken()))
	m.add("Max-Forwards", "70")
	return m
}

// reply sends a response to a request and keeps it for when the request is repeated. Headers beyond those that every
// response copies (RFC 3261 §8.2.6.2) are added by more; tag is put into To unless one is there.
func (r *Robot) reply(to *message, from *net.UDPAddr, status int, tag string, more func(*message)) []byte {
	m := &message{status: status, reason: reasons[status]}
	for _, h := range to.headers {
		switch strings.ToLower(h.name) {
		case "via", "from", "call-id", "cseq", "record-route":
			m.add(h.name, h.value)
		case "to":
			if tag != "" && param(h.value, "tag") == "" {
				h.value += ";tag=" + tag
			}
			m.add("To", h.value)
		}
	}
	if more != nil {
		more(m)
	}
	b := m.bytes()
	r.mu.Lock()
	key := transactionKey(to)
	if _, known := r.replies[key]; !known {
		if len(r.order) == maxReplies {
			delete(r.replies, r.order[0])
			r.order = r.order[1:]
		}
		r.order = append(r.order, key)
	}
	r.replies[key] = b
	r.mu.Unlock()
	r.send(b, from)
	return b
}

// reasons are the phrases of the statuses that robots send (RFC 3261 §21).
var reasons = map[int]string{
	100: "Trying", 180: "Ringing", 200: "OK", 404: "Not Found", 405: "Method Not Allowed", 407: "Proxy Authentication Required",
	480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated",
	488: "Not Acceptable Here", 500: "Server Internal Error", 503: "Service Unavailable", 603: "Decline",
}

// repeated answers a request that was answered before with the same response; false: it is new.
func (r *Robot) repeated(m *message, from *net.UDPAddr) bool {
	r.mu.Lock()
	b, known := r.replies[transactionKey(m)]
	r.mu.Unlock()
	if known {
		r.send(b, from)
	}
	return known
}

// answerKey matches a response to its request: branch and method of CSeq (RFC 3261 §17.1.3), since a CANCEL has the
// branch of its INVITE.
func answerKey(m *message) string {
	_, method := m.cseq()
	return method + " " + m.branch()
}

func transactionKey(m *message) string { return m.method + " " + m.get("Via") }
