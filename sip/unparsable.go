package sip

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"strings"
)

const longestEcho = 4096 // bytes of a header that answerUnparsable repeats

// answerUnparsable makes the answer to a request that the parser refused, from what can be told of it: 400, or 416 where
// it was the scheme of its URI. nil: it was no request, an ACK, or too little is left of it to answer.
//
// RFC 3261 §8.2.6.2, §21.4.1, §21.4.14
func answerUnparsable(raw []byte) []byte {
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	lines := strings.Split(string(head), "\r\n")
	if !isRequestLine(lines[0]) {
		return nil
	}
	echo := map[string][]string{}
	vias := 0
	for _, h := range unfold(lines[1:]) {
		name, text, ok := strings.Cut(h, ":")
		if !ok {
			continue
		}
		name = echoed[strings.ToLower(strings.TrimSpace(name))]
		text = strings.TrimSpace(strings.Map(withoutControls, text))
		if name == "" || text == "" || name != "Via" && echo[name] != nil {
			continue
		}
		if vias++; vias > mostVias || len(text) > longestEcho {
			return nil
		}
		echo[name] = append(echo[name], text)
	}
	for _, name := range echoOrder {
		if echo[name] == nil {
			return nil
		}
	}
	if strings.HasSuffix(strings.ToUpper(echo["CSeq"][0]), "ACK") {
		return nil
	}
	if to := echo["To"][0]; !strings.Contains(strings.ToLower(strings.ReplaceAll(to, " ", "")), ";tag=") {
		// RFC 3261 §8.2.7: the same tag for each copy of the request
		h := fnv.New64a()
		_, _ = h.Write(head)
		echo["To"][0] = fmt.Sprintf("%s;tag=%x", to, h.Sum64())
	}
	var b bytes.Buffer
	b.WriteString("SIP/2.0 " + faultOf(lines[0]) + "\r\n")
	for _, name := range echoOrder {
		for _, text := range echo[name] {
			b.WriteString(name + ": " + text + "\r\n")
		}
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return b.Bytes()
}

// echoed are the headers that an answer repeats, by the names that they have in a request.
//
// RFC 3261 §8.2.6.2
var echoed = map[string]string{
	"via": "Via", "v": "Via", "from": "From", "f": "From", "to": "To", "t": "To", "call-id": "Call-ID", "i": "Call-ID", "cseq": "CSeq",
}

var echoOrder = []string{"Via", "From", "To", "Call-ID", "CSeq"}

// isRequestLine says that a line begins a request other than ACK, be it broken or not.
func isRequestLine(line string) bool {
	words := strings.Fields(line)
	if len(words) < 2 || len(line) > longestEcho {
		return false
	}
	return isToken(words[0]) && !strings.EqualFold(words[0], "ACK") && strings.HasPrefix(strings.ToUpper(words[len(words)-1]), "SIP/")
}

// faultOf is the status for a request with that first line. sipgo v1.7.2 takes no scheme with a digit, "+", "-" or "."
// in it (RFC 4475 §3.3.3).
//
// RFC 3986 §3.1
func faultOf(line string) string {
	if words := strings.Split(line, " "); len(words) == 3 {
		scheme, _, ok := strings.Cut(words[1], ":")
		if ok && isToken(scheme) && strings.ContainsAny(scheme, "0123456789+-.") && !strings.ContainsAny(scheme, "_!%*`'~") {
			return "416 Unsupported URI Scheme"
		}
	}
	return "400 Bad Request"
}

// unfold joins header lines that go on in the next one.
//
// RFC 3261 §7.3.1
func unfold(lines []string) []string {
	var whole []string
	for i := 0; i < len(lines); {
		end := i + 1
		for end < len(lines) && (strings.HasPrefix(lines[end], " ") || strings.HasPrefix(lines[end], "\t")) {
			end++
		}
		whole = append(whole, strings.Join(lines[i:end], " "))
		i = end
	}
	return whole
}

// withoutControls takes control characters out of a text, for strings.Map.
func withoutControls(r rune) rune {
	if unsafeRune(r) && r != '\t' {
		return -1
	}
	return r
}
