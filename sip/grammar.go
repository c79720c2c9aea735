package sip

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// What sipgo v1.7.2 reads wrongly and we therefore read ourselves; grammar_test.go holds each as a test:
//   - white space around "/", ";", "=" and ":" in a Via loses its transport, host, port or branch; around a parameter
//     it becomes part of the name, so that a tag is not found (RFC 4475 §3.1.1.1);
//   - names of parameters are compared with their case (RFC 3261 §7.3.1 says without);
//   - a quoted parameter that holds ";", "=" or a space is torn apart or written back with quotes around quotes;
//   - a Via without parameters swallows the one behind its comma;
//   - a bare LF in a value stays in it and is written back as it is, which begins a header of its own;
//   - a display name that needs quotes and has none, and an address with headers but no "<", are taken (RFC 4475
//     §3.1.2.13, §3.1.2.15);
//   - the method of CSeq keeps the white space in front of it;
//   - Referred-By is taken with two addresses in it, and Refer-To with headers and no "<"; neither comes back as it was;
//   - k, x, r, b, o, u, s, e and d are not known as compact forms (value and values look them up).

// newParser returns sipgo's parser with our own reading of the headers that sipgo misreads. It may be shared.
func newParser() *sip.Parser {
	parsers := make(map[string]sip.HeaderParser)
	for name, parse := range sip.DefaultHeadersParser() {
		parsers[name] = onCleanText(parse)
	}
	maps.Copy(parsers, map[string]sip.HeaderParser{
		"via": onCleanText(viaParser), "v": onCleanText(viaParser),
		"from": onCleanText(fromParser), "f": onCleanText(fromParser),
		"to": onCleanText(toParser), "t": onCleanText(toParser),
		"contact": onCleanText(contactParser), "m": onCleanText(contactParser),
		"cseq": onCleanText(cseqParser(parsers["cseq"])),
	})
	delete(parsers, "refer-to") // read as text, see readRefer
	delete(parsers, "referred-by")
	return sip.NewParser(sip.WithHeadersParsers(parsers))
}

// onCleanText refuses a header that holds a control character before parse sees it.
func onCleanText(parse sip.HeaderParser) sip.HeaderParser {
	return func(name []byte, text string) (sip.Header, error) {
		if controls(text) {
			return nil, errors.New("control character in a header")
		}
		return parse(name, text)
	}
}

// controls says that a header's text holds what no header may hold: a control character other than TAB, unless a
// backslash stands before it in a quoted string. A line break is never allowed.
//
// RFC 3261 §25.1: quoted-pair; RFC 4475 §3.1.1.2 has some
func controls(text string) bool {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted && i+1 < len(text) && text[i+1] != '\r' && text[i+1] != '\n':
			i++
		case c < ' ' && c != '\t' || c == 0x7f:
			return true
		}
	}
	return false
}

func cseqParser(parse sip.HeaderParser) sip.HeaderParser {
	return func(name []byte, text string) (sip.Header, error) {
		if words := strings.Fields(text); len(words) == 2 {
			text = words[0] + " " + words[1]
		}
		return parse(name, text)
	}
}

func fromParser(_ []byte, text string) (sip.Header, error) {
	a, err := oneAddress(text)
	return &sip.FromHeader{DisplayName: a.name, Address: a.uri, Params: a.params}, err
}

func toParser(_ []byte, text string) (sip.Header, error) {
	a, err := oneAddress(text)
	return &sip.ToHeader{DisplayName: a.name, Address: a.uri, Params: a.params}, err
}

func contactParser(_ []byte, text string) (sip.Header, error) {
	a, comma, err := parseAddress(text)
	if err == nil && comma >= 0 {
		err = commaAt(comma)
	}
	return &sip.ContactHeader{DisplayName: a.name, Address: a.uri, Params: a.params}, err
}

func viaParser(_ []byte, text string) (sip.Header, error) {
	comma := outsideQuotes(text, ",")
	if comma < 0 {
		return parseVia(text)
	}
	via, err := parseVia(text[:comma])
	if err == nil {
		err = commaAt(comma)
	}
	return via, err
}

// sipgo's header parsers tell by an error of an unexported type that a comma follows and where: we learn the type from
// one such error.
var commaType = func() reflect.Type {
	_, err := sip.DefaultHeadersParser()["contact"](nil, "<sip:a@b>,<sip:c@d>")
	return reflect.TypeOf(err)
}()

// commaAt is the error by which sipgo hears that the next value of a list begins after the byte at.
func commaAt(at int) error {
	v := reflect.New(commaType).Elem()
	v.SetInt(int64(at))
	err, ok := v.Interface().(error)
	if !ok {
		return errors.New("sipgo's sign for a comma is no error any more")
	}
	return err
}

// parseParams reads *( SEMI name [ EQUAL value ] ). Names become lower case. A quoted value keeps its quotes, but for
// one that holds white space: sipgo puts quotes around that one itself when it writes it.
//
// RFC 3261 §25.1: generic-param
func parseParams(text string) (sip.HeaderParams, error) {
	var params sip.HeaderParams
	for text != "" {
		piece := text
		if i := outsideQuotes(text, ";"); i >= 0 {
			piece, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		if piece = strings.TrimSpace(piece); piece == "" {
			continue
		}
		name, value, _ := strings.Cut(piece, "=")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if !isToken(name) || params.Has(name) {
			return nil, fmt.Errorf("broken or repeated parameter %q", name)
		}
		quoted := strings.HasPrefix(value, `"`)
		if quoted && quoteEnd(value) != len(value)-1 {
			return nil, fmt.Errorf("broken quotes in parameter %q", name)
		}
		if strings.ContainsAny(value, " \t") {
			if !quoted {
				return nil, fmt.Errorf("white space in parameter %q", name)
			}
			value = value[1 : len(value)-1]
		}
		params = append(params, sip.HeaderKV{K: name, V: value})
	}
	return params, nil
}

// quoteEnd returns where the quoted string ends that v begins with; -1: nowhere.
func quoteEnd(v string) int {
	for i := 1; i < len(v); i++ {
		switch v[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// outsideQuotes returns where the first of the characters stands that is in no quoted string and in no brackets; -1:
// nowhere.
func outsideQuotes(v, chars string) int {
	bracket := false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '"' && !bracket:
			end := quoteEnd(v[i:])
			if end < 0 {
				return -1
			}
			i += end
		case c == '<':
			bracket = true
		case c == '>':
			bracket = false
		case !bracket && strings.IndexByte(chars, c) >= 0:
			return i
		}
	}
	return -1
}
