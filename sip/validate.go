package sip

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// supportedTags are the option tags that a Require of the far side may name.
//
// RFC 3262 §7, RFC 4028 §12, RFC 3327 §5.3, RFC 5626 §11.5, RFC 3891 §6.2, RFC 4488 §4
var supportedTags = []string{"100rel", "timer", "path", "outbound", "replaces", "norefersub"}

const (
	mostHeaders = 200 // header lines of one message
	mostVias    = 70  // RFC 3261 §20.22: as many hops as a request may take
)

// refusal is why a request is not served. Status 0 means that it gets no answer at all.
type refusal struct {
	status  int
	reason  string
	headers []sip.Header // what the answer says beside the usual
}

func bad(reason string) *refusal { return &refusal{status: sip.StatusBadRequest, reason: reason} }

// validateRequest says what is wrong with a request that the parser took; nil: nothing. It knows no dialogs: whether
// the request belongs somewhere is judged later. After it To, From, CSeq, Call-ID and Via can be relied upon.
//
// RFC 3261 §8.2
func validateRequest(req *sip.Request) *refusal {
	r := syntax(req)
	if r == nil {
		r = semantics(req)
	}
	if r != nil && req.IsAck() {
		// RFC 3261 §17: an ACK is never answered.
		return &refusal{}
	}
	return r
}

// validateResponse says whether a response makes sense. One that does not is dropped: nobody answers a response.
//
// RFC 3261 §8.1.3.3: more than one Via means that it is not for us; §18.1.2
func validateResponse(res *sip.Response) bool {
	via := res.Via()
	if via == nil || !isVia(via) || !strings.EqualFold(res.SipVersion, "SIP/2.0") || res.StatusCode < 100 || res.StatusCode > 699 {
		return false
	}
	fault, vias := headerFault(res, res.Headers())
	return fault == "" && vias == 1 && isToken(res.CSeq().MethodName.String()) && !controls(res.Reason)
}

// syntax checks what every request must have.
//
// RFC 3261 §8.1.1, §20
func syntax(req *sip.Request) *refusal {
	via := req.Via()
	if via == nil || !strings.EqualFold(via.ProtocolName, "SIP") || via.Host == "" {
		return &refusal{} // nobody who could be answered
	}
	// RFC 3261 §21.5.6
	if !strings.EqualFold(req.SipVersion, "SIP/2.0") {
		return &refusal{status: sip.StatusVersionNotSupported, reason: "Version Not Supported"}
	}
	if fault, vias := headerFault(req, req.Headers()); fault != "" {
		return bad(fault)
	} else if vias > mostVias {
		return bad("Too Many Via Headers")
	}
	if !isVia(via) {
		return bad("Bad Via")
	}
	// sipgo writes every request's method in capitals and leaves the one of CSeq as it is; RFC 3261 §7.1 tells them apart
	// by case. For a method of mixed case (RFC 4475 §3.1.1.2) both must not count.
	if !strings.EqualFold(req.CSeq().MethodName.String(), req.Method.String()) || !isToken(req.Method.String()) {
		return bad("CSeq For Another Method")
	}
	// RFC 3261 §20.22
	if hops := req.MaxForwards(); hops != nil && hops.Val() > 255 {
		return bad("Bad Max-Forwards")
	}
	return nil
}

// isVia says whether a topmost Via is ours to understand.
//
// RFC 3261 §8.1.1.7; §17.2.3: a branch without the cookie is one of RFC 2543, the cookie alone is nothing
func isVia(via *sip.ViaHeader) bool {
	branch, has := via.Params.Get("branch")
	if has && (!isToken(branch) || strings.EqualFold(branch, sip.RFC3261BranchMagicCookie)) {
		return false
	}
	return strings.EqualFold(via.ProtocolName, "SIP") && via.ProtocolVersion == "2.0" && via.Host != ""
}

// headerFault says in a reason phrase what is wrong with a message's headers, "" for nothing, and how many Via there are.
//
// RFC 3261 §7.3.1, §8.1.1: To, From, CSeq and Call-ID once; the others at most once
func headerFault(m sip.Message, headers []sip.Header) (fault string, vias int) {
	if len(headers) > mostHeaders {
		return "Too Many Headers", 0
	}
	var to, from, callID, cseq, hops, length, kind int
	for _, h := range headers {
		switch h := h.(type) {
		case *sip.ViaHeader:
			vias++
		case *sip.ToHeader:
			to++
		case *sip.FromHeader:
			from++
		case *sip.CallIDHeader:
			callID++
		case *sip.CSeqHeader:
			cseq++
		case *sip.MaxForwardsHeader:
			hops++
		case *sip.ContentLengthHeader:
			length++
		case *sip.ContentTypeHeader:
			kind++
		default:
			if !isToken(h.Name()) || controls(h.Value()) {
				return "Bad Header", vias
			}
		}
	}
	switch {
	case to != 1 || badTag(m.To().Params):
		return "Bad To", vias
	case from != 1 || badTag(m.From().Params):
		return "Bad From", vias
	case callID != 1 || strings.ContainsAny(m.CallID().Value(), " \t"):
		return "Bad Call-ID", vias
	case cseq != 1:
		return "Bad CSeq", vias
	case hops > 1:
		return "Bad Max-Forwards", vias
	case length > 1: // that it is as long as the body is the parser's work
		return "Bad Content-Length", vias
	case kind > 1:
		return "Bad Content-Type", vias
	}
	return "", vias
}

// badTag says that there is a tag and it is none. A missing one is a matter of dialogs (RFC 2543 knew none in From).
func badTag(params sip.HeaderParams) bool {
	tag, has := params.Get("tag")
	return has && !isToken(tag)
}

// semantics checks whether a well-formed request asks for something that we can do at all.
//
// RFC 3261 §8.2.2, §8.2.3
func semantics(req *sip.Request) *refusal {
	uri := &req.Recipient
	// RFC 3261 §8.2.2.1; RFC 3966 §5.1: a phone may dial a tel URI; todo RFC 5031 §4.2: or urn:service:sos
	if !isSIP(uri) && !(uri.Scheme == "tel" && begins(req)) {
		return &refusal{status: 416, reason: "Unsupported URI Scheme"}
	}
	// RFC 3261 §19.1.1, table 1: no headers in a Request-URI
	text := uri.String()
	if read, err := parseURI(text); err != nil || len(uri.Headers) > 0 || len(read.Headers) > 0 || controls(text) {
		return bad("Bad Request-URI")
	}
	// RFC 3261 §10.3 step 5: an address of record is a SIP URI, whoever asks (RFC 4475 §3.3.4)
	if req.Method == sip.REGISTER && !isSIP(&req.To().Address) {
		return bad("Bad To")
	}
	// RFC 7332 §4: a B2BUA that would pass the request on refuses it. What ends here is served (RFC 3261 §8.2 does not
	// look at Max-Forwards), and so is what belongs to a dialog.
	if hops := req.MaxForwards(); req.IsInvite() && hops != nil && hops.Val() == 0 && !req.To().Params.Has("tag") {
		return &refusal{status: sip.StatusTooManyHops, reason: "Too Many Hops"}
	}
	if r := misplaced(req); r != nil {
		return r
	}
	if r := extensions(req); r != nil {
		return r
	}
	return content(req)
}

// extensions checks Require. Proxy-Require is for proxies, which we are not.
//
// RFC 3261 §8.2.2.3: not in ACK and CANCEL
func extensions(req *sip.Request) *refusal {
	if req.IsAck() || req.IsCancel() {
		return nil
	}
	var unknown []string
	for _, tag := range values(req, "Require") {
		if !knows(supportedTags, tag) {
			unknown = append(unknown, tag)
		}
	}
	if unknown == nil {
		return nil
	}
	return &refusal{
		status: sip.StatusBadExtension, reason: "Bad Extension",
		headers: []sip.Header{sip.NewHeader("Unsupported", scrub(strings.Join(unknown, ", ")))},
	}
}

func knows(list []string, v string) bool {
	for _, known := range list {
		if strings.EqualFold(known, v) {
			return true
		}
	}
	return false
}

// content checks the body of requests whose body describes a session. Of the others we read no body.
//
// RFC 3261 §8.2.3; todo RFC 3261 §20.11: handling=optional; todo RFC 5621 §3.1: multipart
func content(req *sip.Request) *refusal {
	if req.Method != sip.INVITE && req.Method != sip.UPDATE && req.Method != sip.PRACK {
		return nil
	}
	if len(req.Body()) > 0 {
		kind := req.ContentType()
		if kind == nil {
			// RFC 3261 §20.15
			return bad("Missing Content-Type")
		}
		if mediaType(kind.Value()) != "application/sdp" {
			return &refusal{
				status: sip.StatusUnsupportedMediaType, reason: "Unsupported Media Type",
				headers: []sip.Header{sip.NewHeader("Accept", "application/sdp")},
			}
		}
		for _, coding := range values(req, "Content-Encoding") {
			if !strings.EqualFold(coding, "identity") {
				return &refusal{
					status: sip.StatusUnsupportedMediaType, reason: "Unsupported Content Encoding",
					headers: []sip.Header{sip.NewHeader("Accept-Encoding", "identity")},
				}
			}
		}
	}
	// RFC 3261 §20.1: without the header, application/sdp is accepted
	if _, has := value(req, "Accept"); !has || req.Method != sip.INVITE {
		return nil
	}
	for _, accepted := range values(req, "Accept") {
		switch mediaType(accepted) {
		case "application/sdp", "application/*", "*/*":
			return nil
		}
	}
	return &refusal{status: sip.StatusNotAcceptable, reason: "Not Acceptable"}
}

// mediaType returns type "/" subtype of a header value, in lower case and without parameters.
func mediaType(v string) string {
	v, _, _ = strings.Cut(v, ";")
	kind, sub, _ := strings.Cut(strings.ToLower(v), "/")
	return strings.TrimSpace(kind) + "/" + strings.TrimSpace(sub)
}
