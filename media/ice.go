package media

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/pion/stun/v3"
)

// ice is a leg's side of ICE, as a lite agent: it has one candidate, asks nothing, answers who knows its password, and
// sends audio to the address that the far side nominates. It is as pure as a table: it is given the time and datagrams.
//
// RFC 8445 §2.5
type ice struct {
	ours   iceUser
	theirs iceUser // zero: the far side did not describe its own yet, or speaks no ICE

	nominated netip.AddrPort // where audio goes; invalid: nowhere yet
	by        string         // the fragment of who nominated it
	checked   [4]checked     // addresses that asked with our password, the last ones
	next      int            // the place in checked that is used next
	asked     time.Time      // the last valid request; zero: none came
	refused   uint64         // requests from who does not know the password, or broken ones
}

// checked is an address that asked with our password, and the fragment of who asked there.
type checked struct {
	at netip.AddrPort
	by string
}

// iceUser is one side's user fragment and password.
type iceUser struct{ fragment, password string }

// iceLines are the attributes by which a side describes its ICE.
const (
	iceFragmentLine = "ice-ufrag"
	icePasswordLine = "ice-pwd"
	iceLiteLine     = "ice-lite"
)

// consentKept is how long after the last valid request audio is sent on to a far side that asks no more.
//
// RFC 7675 §5.1
const consentKept = 30 * time.Second

// newICEUser draws a user fragment of 48 bits and a password of 192.
//
// RFC 8445 §5.3: at least 24 and 128 bits
func newICEUser() iceUser {
	random := make([]byte, 30)
	_, _ = rand.Read(random) // it never fails, says its documentation
	text := base64.RawStdEncoding.EncodeToString(random)
	return iceUser{fragment: text[:8], password: text[8:]}
}

// readICE returns what a line says of its side's ICE; zero: it speaks none that we could answer. A lite agent asks
// nothing, and two of them would wait for each other: with it audio goes where its description says.
//
// RFC 8839 §5.4, §5.3; todo RFC 8445 §6.1.1: two lite agents
func readICE(m *mediaLine) iceUser {
	u := iceUser{m.attribute(iceFragmentLine), m.attribute(icePasswordLine)}
	if slices.Contains(m.attributes, iceLiteLine) || !iceText(u.fragment, 4) || !iceText(u.password, 22) {
		return iceUser{}
	}
	return u
}

// iceText says whether a text is made of so many of the characters that ICE allows, up to 256.
func iceText(s string, least int) bool {
	const marks = "+/"
	return len(s) >= least && len(s) <= 256 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune(marks, r)
	})
}

// lines describes our side: a lite agent with one candidate for audio and RTCP together. There will be no others, and a
// far side's would be ignored as those in its description are.
//
// RFC 8839 §4.2.2, §5.1; todo RFC 8840 §4.4
func (u iceUser) lines(at netip.AddrPort) []string {
	return []string{
		iceFragmentLine + ":" + u.fragment, icePasswordLine + ":" + u.password,
		fmt.Sprintf("candidate:1 1 udp %d %s %d typ host", hostPriority, at.Addr(), at.Port()),
		"end-of-candidates",
	}
}

// hostPriority is that of the only candidate.
//
// RFC 8445 §5.1.2.1
const hostPriority = 126<<24 + 65535<<8 + 255

// meet takes what the far side says of its ICE. A side that comes with another fragment and password starts anew: it gets
// new ones of ours if it asks us to, and audio goes on to where it went until it nominates another address.
//
// RFC 8445 §9; RFC 8839 §4.4.1.1.1
func (i *ice) meet(theirs iceUser, offered bool) {
	if i.theirs != theirs && !offered {
		i.forget(theirs.fragment)
	}
	if i.theirs != (iceUser{}) && i.theirs != theirs && offered {
		i.ours = newICEUser()
	}
	if i.ours == (iceUser{}) {
		i.ours = newICEUser()
	}
	i.theirs = theirs
}

// forget drops the addresses of all but one: where a leg rings at several browsers they all know its password, and the one
// whose answer counts is another one than the first that asked.
func (i *ice) forget(but string) {
	if i.by != but {
		i.nominated, i.by = netip.AddrPort{}, ""
	}
	for n := range i.checked {
		if i.checked[n].by != but {
			i.checked[n] = checked{}
		}
	}
}

// speaks says whether the far side speaks ICE.
func (i *ice) speaks() bool { return i.theirs != (iceUser{}) }

// knows says whether an address has shown that it knows our password.
func (i *ice) knows(from netip.AddrPort) bool {
	return from.IsValid() && (from == i.nominated || slices.ContainsFunc(i.checked[:], func(c checked) bool { return c.at == from }))
}

// consents says whether the far side still wants what we send.
func (i *ice) consents(now time.Time) bool { return now.Sub(i.asked) < consentKept }

// isSTUN says whether a datagram on an RTP port is STUN, isDTLS whether it is DTLS; what is neither may be RTP or RTCP.
//
// RFC 7983 §7
func isSTUN(datagram []byte) bool { return len(datagram) > 0 && datagram[0] <= 3 }

func isDTLS(datagram []byte) bool { return len(datagram) > 0 && datagram[0] >= 20 && datagram[0] <= 63 }

// answer returns the reply to a datagram of STUN; nil: none is owed. valid says that it came from who knows our password,
// and who therefore is at that address. Others get no answer, not even that they are wrong: nobody learns that somebody
// is here, and nobody is sent what he did not ask for.
//
// RFC 8445 §7.3, RFC 8489 §6.3; against RFC 8489 §9.1.3, which would have us say 400 or 401
func (i *ice) answer(now time.Time, from netip.AddrPort, datagram []byte) (reply []byte, valid bool) {
	m := &stun.Message{Raw: slices.Clone(datagram)}
	if m.Decode() != nil || m.Type != stun.BindingRequest {
		i.refused++
		return nil, false
	}
	by, authentic := i.authentic(m)
	if !authentic {
		i.refused++
		return nil, false
	}
	if wrong := unknownAttributes(m); wrong != nil {
		return i.reply(m, stun.BindingError, stun.CodeUnknownAttribute, wrong), false
	}
	// RFC 8445 §7.3.1.1: a lite agent is controlled by whoever is not, and never the other way round.
	if m.Contains(stun.AttrICEControlled) {
		return i.reply(m, stun.BindingError, stun.CodeRoleConflict), false
	}
	i.asked = now
	i.note(checked{at: from, by: by})
	// RFC 8445 §7.3.1.5, §7.3.2
	if m.Contains(stun.AttrUseCandidate) {
		i.nominated, i.by = from, by
	}
	return i.reply(m, stun.BindingSuccess, &stun.XORMappedAddress{IP: net.IP(from.Addr().AsSlice()), Port: int(from.Port())}), true
}

// note keeps an address that asked.
func (i *ice) note(c checked) {
	at := slices.IndexFunc(i.checked[:], func(known checked) bool { return known.at == c.at })
	if at < 0 {
		at, i.next = i.next, (i.next+1)%len(i.checked)
	}
	i.checked[at] = c
}

// authentic says whether a message was made by who knows our password, for us and the far side that we know, and with what
// fragment. Nothing stands behind its integrity but its fingerprint, and that is the end.
//
// RFC 8489 §9.1.3, §14.5, §14.7; RFC 8445 §7.1: USERNAME, MESSAGE-INTEGRITY and FINGERPRINT must be there
func (i *ice) authentic(m *stun.Message) (by string, is bool) {
	n := len(m.Attributes)
	if i.ours == (iceUser{}) || n < 3 || m.Attributes[n-2].Type != stun.AttrMessageIntegrity || m.Attributes[n-1].Type != stun.AttrFingerprint {
		return "", false
	}
	name, err := m.Get(stun.AttrUsername)
	if err != nil || stun.Fingerprint.Check(m) != nil {
		return "", false
	}
	_, by, _ = strings.Cut(string(name), ":")
	// Before its answer the far side's fragment is not known yet, and it may ask already.
	want, got := i.ours.fragment+":"+i.theirs.fragment, string(name)
	if i.theirs == (iceUser{}) {
		got = got[:min(len(got), len(want))]
	}
	known := subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
	return by, known && stun.NewShortTermIntegrity(i.ours.password).Check(m) == nil // which compares in constant time
}

// unknownAttributes returns the attributes that a request wants understood and we do not know; nil: there are none.
//
// RFC 8489 §6.3.1: those below 0x8000
func unknownAttributes(m *stun.Message) stun.Setter {
	var unknown stun.UnknownAttributes
	for _, a := range m.Attributes {
		switch a.Type {
		case stun.AttrUsername, stun.AttrMessageIntegrity, stun.AttrPriority, stun.AttrUseCandidate:
		default:
			if a.Type.Required() && len(unknown) < 4 { // so many fit into a reply that is no longer than what was asked
				unknown = append(unknown, a.Type)
			}
		}
	}
	if unknown == nil {
		return nil
	}
	return unknown
}

// reply builds a response, which our password protects as it did the request.
//
// RFC 8489 §6.3, §9.1.4
func (i *ice) reply(to *stun.Message, setters ...stun.Setter) []byte {
	setters = append([]stun.Setter{stun.NewTransactionIDSetter(to.TransactionID)}, setters...)
	m, err := stun.Build(append(setters, stun.NewShortTermIntegrity(i.ours.password), stun.Fingerprint)...)
	if err != nil {
		return nil // what we write ourselves can be written
	}
	return m.Raw
}
