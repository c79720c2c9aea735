package sip

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

const (
	longestPIDF  = 16 << 10 // bytes of a published document: longer ones get 413
	publishesOfA = 10       // most publications of one address of record: one more takes the place of the first to end
)

// publication is what one phone says of its user, until it expires. Then nothing is reported: the person said it, and
// it stays so until he says something else.
//
// RFC 3903 §6
type publication struct {
	tag     string // SIP-ETag
	expires time.Time
	claim   claim
}

// claim is what a document says of its person.
type claim struct{ status, reason string }

// published takes a PUBLISH of a known user.
//
// RFC 3903 §6
func (b *board) published(m *message) *refusal {
	req, at := m.req, time.Now()
	aor, r := b.own(m)
	if r != nil {
		return r
	}
	if event, _, r := readEvent(req); r != nil || event.news != newPresence {
		return publishedEvent(r)
	}
	b.forgetSaid(aor, at)
	p, r := b.publication(aor, req)
	if r != nil {
		return r
	}
	granted, r := readGrant(req)
	if r != nil {
		return r
	}
	said, has, r := readClaim(req)
	switch {
	case r != nil:
		return r
	case p == nil && (!has || granted == 0):
		// RFC 3903 §4.2: the first publication has a document, and there is nothing yet that could be removed
		return bad("Missing Document")
	}
	req.SetBody(nil) // it was read, and the request is kept for a while
	tx, err := b.tx.serve(m)
	if err != nil {
		return nil // the phone asks again
	}
	changed := has && granted > 0 && (p == nil || p.claim != said)
	if p != nil {
		b.said[aor] = slices.DeleteFunc(b.said[aor], func(o *publication) bool { return o == p })
		if !has {
			said = p.claim
		}
	}
	etag := rand.Text()
	if granted > 0 {
		b.say(aor, &publication{tag: etag, expires: at.Add(granted), claim: said})
	} else if len(b.said[aor]) == 0 {
		delete(b.said, aor)
	}
	b.keepSaid(aor)
	res := reply(req, sip.StatusOK, "OK")
	res.AppendHeader(sip.NewHeader("SIP-ETag", etag))
	res.AppendHeader(sip.NewHeader("Expires", seconds(granted)))
	res.AppendHeader(sip.NewHeader("User-Agent", product))
	tx.answer(res)
	if changed && said.status != "" {
		b.w.report(call.Published{AOR: aor, Status: said.status, Reason: said.reason})
	}
	return nil
}

// own returns whose presence a PUBLISH is about: the user himself, under his user name or his desk phone's AOR.
//
// RFC 3903 §6, §14.1
func (b *board) own(m *message) (aor string, r *refusal) {
	aor = numberOf(&m.req.Recipient)
	whom, known := b.find(aor)
	who, _ := b.find(m.caller.AOR)
	switch {
	case tag(m.req.To().Params) != "":
		return "", noDialog
	case !known:
		return "", &refusal{status: sip.StatusNotFound, reason: "Not Found"}
	case aor != m.caller.AOR && (who.User == "" || who.User != whom.User):
		return "", &refusal{status: sip.StatusForbidden, reason: "Not Your Presence"}
	}
	return aor, nil
}

// publishedEvent refuses an event package that nobody can publish for.
//
// RFC 3903 §6
func publishedEvent(r *refusal) *refusal {
	if r != nil && r.status != badEvent().status {
		return r
	}
	return &refusal{status: badEvent().status, reason: "Bad Event", headers: []sip.Header{sip.NewHeader("Allow-Events", "presence")}}
}

// publication returns the one that a PUBLISH goes on with; nil: it begins one.
//
// RFC 3903 §6
func (b *board) publication(aor string, req *sip.Request) (*publication, *refusal) {
	tags := values(req, "SIP-If-Match")
	if len(tags) == 0 {
		return nil, nil
	}
	for _, p := range b.said[aor] {
		if len(tags) == 1 && p.tag == tags[0] {
			return p, nil
		}
	}
	return nil, &refusal{status: 412, reason: "Conditional Request Failed"}
}

// say keeps a publication.
func (b *board) say(aor string, p *publication) {
	all := append(b.said[aor], p)
	if len(all) > publishesOfA {
		first := slices.MinFunc(all, func(a, b *publication) int { return a.expires.Compare(b.expires) })
		all = slices.DeleteFunc(all, func(o *publication) bool { return o == first })
	}
	b.said[aor] = all
}

// forgetSaid forgets the publications that are over.
func (b *board) forgetSaid(aor string, at time.Time) {
	b.said[aor] = slices.DeleteFunc(b.said[aor], func(p *publication) bool { return !p.expires.After(at) })
	if len(b.said[aor]) == 0 {
		delete(b.said, aor)
	}
}

// readClaim reads the document of a PUBLISH; has says whether there is one.
//
// RFC 3903 §6, RFC 3856 §6.5
func readClaim(req *sip.Request) (said claim, has bool, r *refusal) {
	body := req.Body()
	if len(body) == 0 {
		return claim{}, false, nil
	}
	kind := req.ContentType()
	if kind == nil {
		return claim{}, true, bad("Missing Content-Type")
	}
	if mediaType(kind.Value()) != pidfType {
		return claim{}, true, unsupported("Unsupported Media Type", "Accept", pidfType)
	}
	for _, coding := range values(req, "Content-Encoding") {
		if !strings.EqualFold(coding, "identity") {
			return claim{}, true, unsupported("Unsupported Content Encoding", "Accept-Encoding", "identity")
		}
	}
	if len(body) > longestPIDF {
		return claim{}, true, &refusal{status: sip.StatusRequestEntityTooLarge, reason: "Request Entity Too Large"}
	}
	said, err := readPIDF(body)
	if err != nil {
		return claim{}, true, bad("Bad Presence Document")
	}
	return said, true, nil
}

func unsupported(reason, header, accepted string) *refusal {
	return &refusal{
		status: sip.StatusUnsupportedMediaType, reason: reason, headers: []sip.Header{sip.NewHeader(header, accepted)},
	}
}
