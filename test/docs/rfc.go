package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// titles are the short names of the RFCs that a gateway like this one meets.
var titles = map[int]string{
	1035: "DNS messages",
	2069: "HTTP digest (obsolete)",
	2119: "Key words for requirement levels",
	2308: "Negative caching of DNS",
	2543: "SIP (obsolete)",
	2617: "HTTP authentication: basic and digest",
	2782: "DNS SRV",
	2833: "RTP payload for DTMF (obsolete)",
	3261: "SIP: Session Initiation Protocol",
	3262: "Reliability of provisional responses (PRACK)",
	3263: "Locating SIP servers",
	3264: "Offer/answer model with SDP",
	3265: "SIP event notification (obsolete)",
	3311: "SIP UPDATE",
	3312: "Preconditions",
	3323: "Privacy",
	3325: "P-Asserted-Identity",
	3326: "Reason header",
	3327: "Path header",
	3339: "Date and time on the Internet",
	3389: "RTP payload for comfort noise",
	3403: "DNS NAPTR",
	3420: "message/sipfrag",
	3428: "SIP MESSAGE",
	3489: "STUN (obsolete)",
	3515: "SIP REFER",
	3550: "RTP",
	3551: "RTP profile for audio and video",
	3555: "MIME types of RTP payloads",
	3581: "Symmetric response routing (rport)",
	3605: "RTCP attribute in SDP",
	3711: "SRTP",
	3830: "MIKEY",
	3841: "Caller preferences",
	3842: "Message waiting indication",
	3856: "Presence event package",
	3863: "PIDF",
	3891: "Replaces header",
	3892: "Referred-By",
	3903: "SIP PUBLISH (event state publication)",
	3911: "Join header",
	3960: "Early media and ringing tone",
	3966: "tel URI",
	3986: "URI syntax",
	4028: "Session timers",
	4145: "TCP-based media in SDP",
	4180: "CSV",
	4235: "Dialog event package",
	4320: "Non-INVITE transaction corrections",
	4321: "Problems of non-INVITE transactions",
	4412: "Resource priority",
	4458: "SIP URIs for voicemail",
	4475: "SIP torture tests",
	4479: "Presence data model",
	4480: "RPID (rich presence)",
	4488: "REFER without its subscription",
	4566: "SDP (obsolete)",
	4568: "SDP security descriptions",
	4585: "RTP/AVPF profile",
	4662: "Event notification for lists",
	4733: "RTP payload for DTMF digits",
	4787: "NAT behaviour for UDP",
	4961: "Symmetric RTP and RTCP",
	5031: "Service URNs: emergency calls",
	5057: "Several usages of one dialog",
	5118: "SIP torture tests for IPv6",
	5124: "RTP/SAVPF profile",
	5245: "ICE (obsolete)",
	5393: "Amplification vulnerability of forking proxies",
	5576: "Attributes of sources in SDP",
	5589: "Call control: transfer",
	5621: "Message body handling in SIP",
	5626: "Client-initiated connections (outbound)",
	5627: "GRUU",
	5630: "SIPS URIs",
	5761: "RTP and RTCP on one port",
	5763: "DTLS-SRTP framework",
	5764: "DTLS-SRTP",
	5806: "Diversion header",
	5888: "Grouping of lines in SDP",
	5922: "Domain certificates in SIP",
	5923: "Connection reuse",
	5939: "Capabilities in SDP",
	5954: "IPv6 grammar corrections",
	6026: "Correct transaction handling of 2xx to INVITE",
	6086: "SIP INFO",
	6141: "Re-INVITE and target refresh",
	6188: "AES-192 and AES-256 for SRTP",
	6263: "Keep-alive of RTP flows",
	6337: "Use of offer/answer",
	6347: "DTLS 1.2",
	6432: "Reason header in responses",
	6665: "SIP event notification",
	7022: "RTCP CNAMEs",
	7044: "History-Info",
	7118: "WebSocket transport for SIP",
	7232: "HTTP conditional requests (obsolete)",
	7235: "HTTP authentication (obsolete)",
	7332: "Loop detection for B2BUAs",
	7614: "Explicit subscriptions for REFER",
	7616: "HTTP digest access authentication",
	7675: "STUN consent freshness",
	7714: "AES-GCM for SRTP",
	7766: "DNS over TCP",
	7983: "Telling STUN, DTLS and RTP on one port apart",
	8122: "Fingerprints of certificates in SDP",
	8224: "Authenticated identity (STIR)",
	8445: "ICE",
	8489: "STUN",
	8588: "PASSporT for SHAKEN",
	8643: "Opportunistic SRTP",
	8760: "Digest algorithms for SIP",
	8767: "Stale DNS answers",
	8827: "Security of WebRTC",
	8830: "Streams in SDP (msid)",
	8838: "Trickle ICE",
	8839: "SDP offer/answer for ICE",
	8840: "Trickle ICE in SIP",
	8842: "DTLS in offers and answers",
	8866: "SDP",
	8898: "Third-party authentication for SIP",
	8946: "PASSporT for diversion",
	9106: "Argon2",
	9110: "HTTP semantics",
	9143: "BUNDLE",
	9147: "DTLS 1.3",
	9457: "Problem details for HTTP APIs",
}

// citation is what a page says of one RFC.
type citation struct {
	places  map[string]bool // files that cite it as done
	missing map[string]bool // "§n (file)" that the file says it lacks
}

var cited = regexp.MustCompile(`(todo )?RFC ([1-9][0-9]{2,3})((?:,? (?:and )?§[0-9A-Z]+(?:\.[0-9A-Z]+)*)*)`)

// rfcPage lists the RFCs that the comments of production code cite.
func rfcPage(tree fs.FS) (string, error) {
	all := map[int]*citation{}
	err := walk(tree, func(name string, data []byte) error {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "test/") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, group := range f.Comments {
			for _, c := range group.List {
				note(all, name, c.Text)
			}
		}
		return nil
	}, ".go")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("# RFCs in the sources\n\n" + generated)
	b.WriteString("What the code cites where it does what an RFC says (a citation claims that place, not the whole RFC), and what of an RFC it says it lacks (`todo`).\n\n")
	b.WriteString("| RFC | title | status | cited in |\n|---|---|---|---|\n")
	for _, n := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "| [%d](https://www.rfc-editor.org/rfc/rfc%d) | %s | %s | %s |\n", n, n, titles[n], status(all[n]), places(all[n]))
	}
	return b.String(), nil
}

// note takes the citations of one comment.
func note(all map[int]*citation, file, comment string) {
	for _, m := range cited.FindAllStringSubmatch(comment, -1) {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			continue
		}
		if all[n] == nil {
			all[n] = &citation{places: map[string]bool{}, missing: map[string]bool{}}
		}
		if m[1] == "" {
			all[n].places[file] = true
		} else {
			all[n].missing[strings.TrimLeft(m[3], " ,")+" ("+file+")"] = true
		}
	}
}

func status(c *citation) string {
	if len(c.missing) == 0 {
		return "cited"
	}
	todo := "todo " + strings.Join(slices.Sorted(maps.Keys(c.missing)), ", ")
	if len(c.places) == 0 {
		return todo
	}
	return "cited; " + todo
}

// places groups files by package: "sip: dispatch, udp; media: rtp".
func places(c *citation) string {
	byDir := map[string][]string{}
	for _, f := range slices.Sorted(maps.Keys(c.places)) {
		byDir[path.Dir(f)] = append(byDir[path.Dir(f)], strings.TrimSuffix(path.Base(f), ".go"))
	}
	var parts []string
	for _, dir := range slices.Sorted(maps.Keys(byDir)) {
		parts = append(parts, "`"+dir+"`: "+strings.Join(byDir[dir], ", "))
	}
	return strings.Join(parts, "; ")
}
