package sip

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Most bytes of one value that we put into a header. What peers and people write by hand is far shorter.
const maxValue = 512

// scrub makes a value safe to be written into a header or a log line: no CR, LF, NUL or other control character, valid
// UTF-8, at most maxValue bytes. sipgo writes header values as they are, so a line break in a display name or an API
// field would become a header of its own (RFC 3261 §7.3.1). A clean value comes back as it is.
func scrub(v string) string {
	if len(v) <= maxValue && clean(v) {
		return v
	}
	var b strings.Builder
	for _, r := range v {
		if unsafeRune(r) {
			continue
		}
		if b.Len()+utf8.RuneLen(r) > maxValue {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}

// clean says that scrub would take nothing out of v, its length apart.
func clean(v string) bool {
	for _, r := range v {
		if unsafeRune(r) {
			return false
		}
	}
	return true
}

// unsafeRune says whether a rune must not go into a header: the controls of ASCII and Latin-1, the line and paragraph
// separators of Unicode, and whatever is no UTF-8.
func unsafeRune(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
}

// scrubUser writes a name or number as the user part of a SIP URI: everything that the grammar does not allow there is
// escaped, an escape that v seems to hold already included.
//
// RFC 3261 §25.1: user = 1*( unreserved / escaped / user-unreserved )
func scrubUser(v string) string {
	v = scrub(v)
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(v) {
		c := v[i]
		if alphanumeric(c) || strings.IndexByte("-_.!~*'()&=+$,;?/", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

// plainUser is the user part of a received URI with its escapes undone, once (RFC 3261 §19.1.2). A percent sign that
// begins no escape stays.
func plainUser(v string) string {
	if strings.IndexByte(v, '%') < 0 {
		return v
	}
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		if v[i] == '%' && i+2 < len(v) {
			high, low := unhex(v[i+1]), unhex(v[i+2])
			if high < 16 && low < 16 {
				b.WriteByte(high<<4 | low)
				i += 2
				continue
			}
		}
		b.WriteByte(v[i])
	}
	return b.String()
}

// scrubName writes a display name as the inside of a quoted string, which is what sipgo puts it into.
//
// RFC 3261 §25.1: quoted-string
func scrubName(v string) string {
	v = scrub(v)
	if !strings.ContainsAny(v, `"\`) {
		return v
	}
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v)
}

// plainName undoes the quoting of a received display name, as sipgo hands it over: without its quotes, with its escapes.
func plainName(v string) string { return unescape(scrub(v)) }

// unescape undoes the escapes of a quoted string whose quotes are gone.
//
// RFC 3261 §25.1: quoted-pair
func unescape(v string) string {
	if strings.IndexByte(v, '\\') < 0 {
		return v
	}
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		if v[i] == '\\' && i+1 < len(v) {
			i++
		}
		b.WriteByte(v[i])
	}
	return b.String()
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// isToken says that v is one token (RFC 3261 §25.1).
func isToken(v string) bool {
	for i := range len(v) {
		if !alphanumeric(v[i]) && strings.IndexByte("-.!%*_+`'~", v[i]) < 0 {
			return false
		}
	}
	return v != ""
}

// unhex is the value of a hexadecimal digit, 16 and more for anything else.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
