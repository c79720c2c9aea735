package demo

import "strings"

// judgeRequest notes what a request lacks. RFC 3261 §8.1.1 names the six headers that all of them have.
func (r *Robot) judgeRequest(m *message) {
	for _, name := range []string{"Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq"} {
		if m.get(name) == "" {
			r.fault("%s without %s", m.method, name)
		}
	}
	if _, method := m.cseq(); method != m.method {
		r.fault("%s with CSeq %q", m.method, m.get("CSeq"))
	}
	if !strings.HasPrefix(m.branch(), "z9hG4bK") { // RFC 3261 §8.1.1.7
		r.fault("%s with branch %q", m.method, m.branch())
	}
	if param(m.get("From"), "tag") == "" { // RFC 3261 §8.1.1.3
		r.fault("%s without a From tag", m.method)
	}
	if m.method == "INVITE" && m.get("Contact") == "" { // RFC 3261 §8.1.1.8
		r.fault("INVITE without Contact")
	}
	if len(m.body) > 0 && m.get("Content-Type") == "" { // RFC 3261 §20.15
		r.fault("%s with a body without Content-Type", m.method)
	}
}

// judgeResponse notes where a response does not fit its request (RFC 3261 §8.2.6.2).
func (r *Robot) judgeResponse(request, m *message) {
	for _, name := range []string{"From", "Call-ID", "CSeq"} {
		if m.get(name) != request.get(name) {
			r.fault("%d to %s with %s %q for %q", m.status, request.method, name, m.get(name), request.get(name))
		}
	}
	if n := len(m.all("Via")); n != 1 {
		r.fault("%d to %s with %d Via", m.status, request.method, n)
	}
	if m.status > 100 && param(m.get("To"), "tag") == "" {
		r.fault("%d to %s without a To tag", m.status, request.method)
	}
	if request.method == "INVITE" && m.status/100 == 2 && m.get("Contact") == "" { // RFC 3261 §12.1.1
		r.fault("%d to INVITE without Contact", m.status)
	}
}

// judgeDialog notes a request within a dialog that is out of order. RFC 3261 §12.2.2: its CSeq is higher than the last.
func (l *Leg) judgeDialog(m *message) {
	n, _ := m.cseq()
	l.robot.mu.Lock()
	last, tag := l.remoteSeq, l.remoteTag
	l.remoteSeq = max(last, n)
	l.robot.mu.Unlock()
	if n <= last {
		l.robot.fault("%s with CSeq %d after %d", m.method, n, last)
	}
	if got := param(m.get("From"), "tag"); got != tag {
		l.robot.fault("%s with From tag %q in the dialog of %q", m.method, got, tag)
	}
}
