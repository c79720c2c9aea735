package sip

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// asked is what the RFC asks of who receives a message: in which section, in our words, and the answers that do it.
// Where it leaves a choice, the choice that we took is the only one here.
type asked struct {
	section, words string
	stranger       string                             // what a stranger must be answered
	trunk          string                             // what a trunk must be answered; empty: the same
	meaning        func(t *testing.T, m *sip.Request) // what must have been understood; nil: nothing is left of it
}

// asked4475 are the messages of RFC 4475. A registrar and callee answers strangers 401 where the request itself is well.
var asked4475 = map[string]asked{
	"wsinv":      {"3.1.1.1", "folding and odd spacing is read; there is no such dialog", "481", "", nil},
	"intmeth":    {"3.1.1.2", "the whole range of characters is read; the method is unknown", "501", "", means(method("!interesting-Method0123456789_*+`.%indeed'~"))},
	"esc01":      {"3.1.1.3", "escapes are undone once, when compared", "401", "100 486", means(toUser("user"), uriUser("sips%3Auser%40example.com"))},
	"escnull":    {"3.1.1.4", "an escaped NUL shortens no name; two contacts", "401", "", means(toUser("null-%00-null"), contacts(2))},
	"esc02":      {"3.1.1.5", "a percent sign that escapes nothing; the method is not REGISTER", "501", "", means(method("RE%47IST%45R"))},
	"lwsdisp":    {"3.1.1.6", "no space is needed before <", "200", "", means(fromName("caller"))},
	"longreq":    {"3.1.1.7", "long values are read", "401", "100 486", means(vias(34))},
	"dblreq":     {"3.1.1.8", "what follows in the datagram is no request", "401", "", means(method("REGISTER"))},
	"semiuri":    {"3.1.1.9", "a semicolon belongs to the user", "200", "", means(uriUser("user;par=u%40example.net"))},
	"transports": {"3.1.1.10", "known and unknown transports in Via", "200", "", means(vias(5))},
	"mpart01":    {"3.1.1.11", "a body of several parts, binary ones too, kept as it is", "405", "", means(bodyLength(553))},
	"unreason":   {"3.1.1.12", "a reason phrase in UTF-8 is read; nobody waits for the answer", "nothing", "", nil},
	"noreason":   {"3.1.1.13", "an empty reason phrase is read; nobody waits for the answer", "nothing", "", nil},
	"badinv01":   {"3.1.2.1", "extraneous separators are refused", "400", "", nil},
	"clerr":      {"3.1.2.2", "a body shorter than its length is refused", "400", "", nil},
	"ncl":        {"3.1.2.3", "a negative length is refused", "400", "", nil},
	"scalar02":   {"3.1.2.4", "numbers out of range are refused", "400", "", nil},
	"scalarlg":   {"3.1.2.5", "an answer with numbers out of range is dropped", "nothing", "", nil},
	"quotbal":    {"3.1.2.6", "an open quote is refused", "400", "", nil},
	"ltgtruri":   {"3.1.2.7", "a Request-URI in <> is refused", "400", "", nil},
	"lwsruri":    {"3.1.2.8", "white space in the Request-URI is refused", "400", "", nil},
	"lwsstart":   {"3.1.2.9", "two spaces in the first line are refused", "400", "", nil},
	"trws":       {"3.1.2.10", "white space after the version is refused", "400", "", nil},
	"escruri":    {"3.1.2.11", "headers in the Request-URI are refused", "400", "", nil},
	"baddate":    {"3.1.2.12", "a Date that is not GMT is passed over", "401", "100 486", nil},
	"regbadct":   {"3.1.2.13", "a Contact with headers and no <> is refused", "400", "", nil},
	"badaspec":   {"3.1.2.14", "white space within an address is refused", "400", "", nil},
	"baddn":      {"3.1.2.15", "a display name that needs quotes and has none is refused", "400", "", nil},
	"badvers":    {"3.1.2.16", "an unknown version is not supported", "505", "", nil},
	"mismatch01": {"3.1.2.17", "a method that CSeq contradicts is refused", "400", "", nil},
	"mismatch02": {"3.1.2.18", "the same with an unknown method", "400", "", nil},
	"bigcode":    {"3.1.2.19", "an answer with an overlarge code is dropped", "nothing", "", nil},
	"badbranch":  {"3.2.1", "a branch that is the cookie alone is refused", "400", "", nil},
	"insuf":      {"3.3.1", "without To, From or Call-ID: 400 as far as that can be made", "400", "", nil},
	"unkscm":     {"3.3.2", "an unknown scheme in the Request-URI is not supported", "416", "", nil},
	"novelsc":    {"3.3.3", "a known scheme that leads nowhere here is not supported", "416", "", nil},
	"unksm2":     {"3.3.4", "a registrar refuses a To that is no SIP URI", "400", "", nil},
	"bext01":     {"3.3.5", "extensions that are required and unknown are named", "420", "", nil},
	"invut":      {"3.3.6", "a body of an unknown type is refused, and a known one named", "415", "", nil},
	"regaut01":   {"3.3.7", "credentials of an unknown scheme are none", "401", "", nil},
	"multi01":    {"3.3.8", "two values where one belongs are refused", "400", "", nil},
	"mcl01":      {"3.3.9", "two lengths are refused", "400", "", nil},
	"bcast":      {"3.3.10", "an answer with another Via is dropped", "nothing", "", nil},
	"zeromf":     {"3.3.11", "no hop is left and none is needed: we are meant", "200", "", nil},
	"cparam01":   {"3.3.12", "a parameter outside of <> belongs to Contact", "401", "", means(contactParam("unknownparam", false))},
	"cparam02":   {"3.3.13", "a parameter within <> belongs to the URI", "401", "", means(contactParam("unknownparam", true))},
	"regescrt":   {"3.3.14", "headers within a Contact's URI are kept with it", "401", "", means(contactHeader("Route"))},
	"sdp01":      {"3.3.15", "who accepts no description that we can make is told so", "406", "", nil},
	"inv2543":    {"3.4.1", "an INVITE as RFC 2543 had it is well", "401", "100 486", nil},
}

// asked5118 are the messages of RFC 5118.
var asked5118 = map[string]asked{
	"ipv6-good":                     {"4.1", "a reference in brackets is read", "401", "", means(uriHost("[2001:db8::10]", 0))},
	"ipv6-bad":                      {"4.2", "an address without brackets is refused", "400", "", nil},
	"port-ambiguous":                {"4.3", "what is within the brackets is no port", "401", "", means(uriHost("[2001:db8::10:5070]", 0))},
	"port-unambiguous":              {"4.4", "what follows the brackets is the port", "401", "", means(uriHost("[2001:db8::10]", 5070))},
	"via-received-param-with-delim": {"4.5", "received may have brackets", "481", "", means(vias(1))},
	"via-received-param-no-delim":   {"4.5", "received need not have brackets", "200", "", means(vias(1))},
	"ipv6-in-sdp":                   {"4.6", "addresses of IPv6 in a description are well", "401", "100 486", means(bodyLength(241))},
	"mult-ip-in-header":             {"4.7", "both kinds of addresses may be in one message", "481", "", means(vias(3))},
	"mult-ip-in-sdp":                {"4.8", "both kinds of addresses may be in one description", "401", "100 486", means(bodyLength(181))},
	"ipv4-mapped-ipv6":              {"4.9", "a mapped address is read", "401", "100 486", means(vias(2))},
	"ipv6-bug-abnf-3-colons":        {"4.10", "three colons, as RFC 3261's grammar has them by mistake, are tolerated", "200", "", nil},
	"ipv6-correct-abnf-2-colons":    {"4.10", "two colons before an IPv4 address are read", "200", "", means(uriHost("[2001:db8::192.0.2.1]", 0))},
}

// judgeTorture compares what was answered with what is asked, and returns the table of both.
func judgeTorture(t *testing.T, rules map[string]asked, names []string, columns [2]map[string]string, messages map[string][]byte) string {
	t.Helper()
	table := "message\tsection\tthe RFC asks\tto a stranger\tto a trunk\n"
	for _, name := range names {
		r, ruled := rules[name]
		if !ruled {
			t.Errorf("%s: nothing says what is asked", name)
			continue
		}
		if r.trunk == "" {
			r.trunk = r.stranger
		}
		if columns[0][name] != r.stranger || columns[1][name] != r.trunk {
			t.Errorf("%s (§%s, %s): a stranger is answered %q, want %q; a trunk %q, want %q",
				name, r.section, r.words, columns[0][name], r.stranger, columns[1][name], r.trunk)
		}
		if r.meaning != nil {
			t.Run(name, func(t *testing.T) {
				m, err := newParser().ParseSIP(messages[name])
				if err != nil {
					t.Fatal(err)
				}
				r.meaning(t, m.(*sip.Request))
			})
		}
		table += fmt.Sprintf("%s\t%s\t%s\t%s\t%s\n", name, r.section, r.words, columns[0][name], columns[1][name])
	}
	return table
}

// meant is one thing that a message must have been understood as: what it is, and what it has to be.
type meant func(m *sip.Request) (got, want any)

func means(all ...meant) func(*testing.T, *sip.Request) {
	return func(t *testing.T, m *sip.Request) {
		for _, one := range all {
			if got, want := one(m); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		}
	}
}

func method(want string) meant {
	return func(m *sip.Request) (any, any) { return string(m.CSeq().MethodName), want }
}

func toUser(want string) meant {
	return func(m *sip.Request) (any, any) { return plainUser(m.To().Address.User), plainUser(want) }
}

func uriUser(want string) meant {
	return func(m *sip.Request) (any, any) { return m.Recipient.User, want }
}

func uriHost(host string, port int) meant {
	return func(m *sip.Request) (any, any) {
		return fmt.Sprint(strings.Trim(m.Recipient.Host, "[]"), " ", m.Recipient.Port), fmt.Sprint(strings.Trim(host, "[]"), " ", port)
	}
}

func fromName(want string) meant {
	return func(m *sip.Request) (any, any) { return plainName(m.From().DisplayName), want }
}

func vias(want int) meant {
	return func(m *sip.Request) (any, any) { return len(m.GetHeaders("Via")), want }
}

func contacts(want int) meant {
	return func(m *sip.Request) (any, any) { return len(m.GetHeaders("Contact")), want }
}

func bodyLength(want int) meant {
	return func(m *sip.Request) (any, any) { return len(m.Body()), want }
}

func contactParam(name string, within bool) meant {
	return func(m *sip.Request) (any, any) {
		c := m.Contact()
		return fmt.Sprint(c.Address.UriParams.Has(name), c.Params.Has(name)), fmt.Sprint(within, !within)
	}
}

func contactHeader(name string) meant {
	return func(m *sip.Request) (any, any) { return m.Contact().Address.Headers.Has(name), true }
}

// namesOf returns the names of rules, in order of their sections.
func namesOf(rules map[string]asked) []string {
	var names []string
	for name := range rules {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
