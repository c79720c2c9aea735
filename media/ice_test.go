package media

import (
	"bytes"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v3"

	"telagent-gateway/test/claims"
)

// asker is a far side of ICE: a full agent that asks for an address.
type asker struct {
	ours, theirs iceUser // as it sees them
	more         []stun.Setter
}

var browserAt = netip.MustParseAddrPort("192.0.2.7:50000")

// request is a binding request as a browser sends it, with the changes of a test.
func (a asker) request(t *testing.T) []byte {
	t.Helper()
	setters := []stun.Setter{
		stun.TransactionID, stun.BindingRequest,
		stun.NewUsername(a.theirs.fragment + ":" + a.ours.fragment),
	}
	setters = append(setters, a.more...)
	setters = append(setters, stun.RawAttribute{Type: stun.AttrPriority, Value: []byte{110, 127, 30, 255}})
	m, err := stun.Build(append(setters, stun.NewShortTermIntegrity(a.theirs.password), stun.Fingerprint)...)
	if err != nil {
		t.Fatal(err)
	}
	return m.Raw
}

var (
	controlling  = stun.RawAttribute{Type: stun.AttrICEControlling, Value: make([]byte, 8)}
	controlled   = stun.RawAttribute{Type: stun.AttrICEControlled, Value: make([]byte, 8)}
	useCandidate = stun.RawAttribute{Type: stun.AttrUseCandidate}
)

// met is our side after it met a browser, and that browser.
func met() (*ice, asker) {
	browser := iceUser{"EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"}
	i := &ice{}
	i.meet(browser, true)
	return i, asker{ours: browser, theirs: i.ours, more: []stun.Setter{controlling}}
}

func decoded(t *testing.T, datagram []byte) *stun.Message {
	t.Helper()
	m := &stun.Message{Raw: datagram}
	if err := m.Decode(); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWhoKnowsOurPasswordIsToldHisAddressAndMayNominateIt(t *testing.T) {
	for _, at := range []netip.AddrPort{browserAt, netip.MustParseAddrPort("[2001:db8::7]:50000")} {
		i, browser := met()
		request := browser.request(t)
		reply, valid := i.answer(start, at, request)
		m := decoded(t, reply)
		var mapped stun.XORMappedAddress
		if err := mapped.GetFrom(m); err != nil || !valid || m.Type != stun.BindingSuccess {
			t.Fatalf("%s, valid %v: %v", m, valid, err)
		}
		if !mapped.IP.Equal(net.IP(at.Addr().AsSlice())) || mapped.Port != int(at.Port()) {
			t.Errorf("told %s that it is at %s", at, mapped)
		}
		if stun.NewShortTermIntegrity(i.ours.password).Check(m) != nil || stun.Fingerprint.Check(m) != nil {
			t.Error("the reply is not protected")
		}
		if i.nominated.IsValid() || !i.knows(at) {
			t.Errorf("nominated %s without a word of it, known %v", i.nominated, i.knows(at))
		}
		browser.more = append(browser.more, useCandidate)
		i.answer(start.Add(time.Second), at, browser.request(t))
		if i.nominated != at || !i.consents(start.Add(30*time.Second)) || i.consents(start.Add(31*time.Second)) {
			t.Errorf("nominated %s, consent until %s and 30 s", i.nominated, i.asked)
		}
	}
}

func TestABrowserThatRoamsNominatesItsNewAddress(t *testing.T) {
	i, browser := met()
	browser.more = append(browser.more, useCandidate)
	i.answer(start, browserAt, browser.request(t))
	other := netip.MustParseAddrPort("198.51.100.3:61000")
	i.answer(start, other, browser.request(t))
	if i.nominated != other || !i.knows(browserAt) {
		t.Errorf("nominated %s; the old address is known: %v", i.nominated, i.knows(browserAt))
	}
}

func TestWhoLacksThePasswordGetsNoAnswerAndChangesNothing(t *testing.T) {
	claims.Proven(t, "who lacks the password of a leg gets no answer to STUN")
	whole := func(d []byte) []byte { return d }
	knowing := func(*asker) {}
	for name, spoilt := range map[string]struct {
		asker    func(a *asker)
		datagram func(d []byte) []byte
	}{
		"another password":     {func(a *asker) { a.theirs.password = strings.Repeat("x", 32) }, whole},
		"another fragment":     {func(a *asker) { a.theirs.fragment = "xxxxxxxx" }, whole},
		"another far side":     {func(a *asker) { a.ours.fragment = "EsAx" }, whole},
		"a fragment cut short": {func(a *asker) { a.theirs.fragment = a.theirs.fragment[:4] }, whole},
		"no password":          {func(a *asker) { a.theirs.password = "" }, whole},
		"a changed byte":       {knowing, func(d []byte) []byte { d[30] ^= 1; return d }},
		"no fingerprint":       {knowing, func(d []byte) []byte { d[3] -= 8; return d[:len(d)-8] }},
		"no integrity":         {knowing, func(d []byte) []byte { d[3] -= 32; return d[:len(d)-32] }},
		"cut off":              {knowing, func(d []byte) []byte { return d[:len(d)-1] }},
		"an indication":        {knowing, func(d []byte) []byte { d[1] = 0x11; return d }},
		"a response":           {knowing, func(d []byte) []byte { d[0] = 1; return d }},
		"a header alone":       {knowing, func(d []byte) []byte { d[2], d[3] = 0, 0; return d[:20] }},
		"one byte":             {knowing, func(d []byte) []byte { return d[:1] }},
	} {
		i, browser := met()
		browser.more = append(browser.more, useCandidate)
		spoilt.asker(&browser)
		datagram := spoilt.datagram(browser.request(t))
		if reply, valid := i.answer(start, browserAt, datagram); reply != nil || valid || i.nominated.IsValid() || i.knows(browserAt) || i.refused != 1 {
			t.Errorf("%s: answered % x, nominated %s, refused %d", name, reply, i.nominated, i.refused)
		}
	}
}

func TestAnAnswerIsNotMuchLongerThanWhatAskedForIt(t *testing.T) {
	i, browser := met()
	v6 := netip.MustParseAddrPort("[2001:db8::7]:50000")
	unknown := stun.RawAttribute{Type: 0x7f01}
	for name, more := range map[string][]stun.Setter{
		"plain": nil, "role conflict": {controlled}, "unknown attribute": {unknown}, "many unknown": {unknown, unknown, unknown, unknown, unknown, unknown, unknown},
	} {
		browser.more = more
		request := browser.request(t)
		if reply, _ := i.answer(start, v6, request); 2*len(reply) > 3*len(request) || reply == nil {
			t.Errorf("%s: %d bytes for %d", name, len(reply), len(request))
		}
	}
}

func TestWhoWantsToBeControlledIsToldThatWeAre(t *testing.T) {
	i, browser := met()
	browser.more = []stun.Setter{controlled, useCandidate}
	reply, valid := i.answer(start, browserAt, browser.request(t))
	var code stun.ErrorCodeAttribute
	if err := code.GetFrom(decoded(t, reply)); err != nil || code.Code != stun.CodeRoleConflict || valid || i.nominated.IsValid() {
		t.Errorf("%v %v, nominated %s", code, err, i.nominated)
	}
}

func TestAnAttributeThatMustBeUnderstoodAndIsNotIsNamedInTheAnswer(t *testing.T) {
	i, browser := met()
	browser.more = []stun.Setter{stun.RawAttribute{Type: 0x7f01}, useCandidate}
	reply, valid := i.answer(start, browserAt, browser.request(t))
	m := decoded(t, reply)
	var code stun.ErrorCodeAttribute
	var unknown stun.UnknownAttributes
	if code.GetFrom(m) != nil || unknown.GetFrom(m) != nil || code.Code != stun.CodeUnknownAttribute || len(unknown) != 1 || unknown[0] != 0x7f01 || valid {
		t.Errorf("%v, unknown %v", code, unknown)
	}
}

func TestABrowserMayAskBeforeItsAnswerToOurOfferIsHere(t *testing.T) {
	i := &ice{}
	i.meet(iceUser{}, false)
	browser := asker{ours: iceUser{fragment: "EsAw"}, theirs: i.ours, more: []stun.Setter{useCandidate}}
	if _, valid := i.answer(start, browserAt, browser.request(t)); !valid || i.nominated != browserAt {
		t.Error("refused")
	}
	was := i.ours
	i.meet(iceUser{"EsAw", strings.Repeat("p", 22)}, false)
	if i.ours != was {
		t.Error("its answer drew a new password of ours")
	}
}

func TestOfSeveralBrowsersThatAskTheOneWhoseAnswerCountsIsKnown(t *testing.T) {
	i := &ice{ours: newICEUser()}
	second := netip.MustParseAddrPort("192.0.2.8:50000")
	for at, fragment := range map[netip.AddrPort]string{browserAt: "EsAw", second: "late"} {
		browser := asker{ours: iceUser{fragment: fragment}, theirs: i.ours, more: []stun.Setter{useCandidate}}
		i.answer(start, at, browser.request(t))
	}
	i.nominated, i.by = second, "late" // whichever came last
	i.meet(iceUser{"EsAw", strings.Repeat("p", 22)}, false)
	if i.knows(second) || !i.knows(browserAt) || i.nominated.IsValid() {
		t.Errorf("audio goes to %s; the other browser is known: %v", i.nominated, i.knows(second))
	}
	i.meet(iceUser{"late", strings.Repeat("p", 22)}, false) // an early answer, and then that of another one
	if i.knows(browserAt) {
		t.Error("who answered first is still known")
	}
}

func TestARestartDrawsANewPasswordAndKeepsTheAddressUntilAnotherIsNominated(t *testing.T) {
	i, browser := met()
	browser.more = append(browser.more, useCandidate)
	i.answer(start, browserAt, browser.request(t))
	was := i.ours
	i.meet(browser.ours, true)
	if i.ours != was {
		t.Fatal("the same description again is no restart")
	}
	i.meet(iceUser{"next", strings.Repeat("q", 22)}, true)
	if i.ours.fragment == was.fragment || i.ours.password == was.password || i.nominated != browserAt {
		t.Errorf("ours %v after %v, nominated %s", i.ours, was, i.nominated)
	}
	if _, valid := i.answer(start, browserAt, browser.request(t)); valid {
		t.Error("the old password still opens")
	}
}

func TestOurICEUserIsLongEnoughAndDrawnAnew(t *testing.T) {
	one, two := newICEUser(), newICEUser()
	if one.fragment == two.fragment || one.password == two.password || !iceText(one.fragment, 8) || !iceText(one.password, 32) {
		t.Errorf("%v and %v", one, two)
	}
}

// FuzzSTUN: whatever asks, an answer goes to who knows the password alone, and is not much longer than what asked for it.
func FuzzSTUN(f *testing.F) {
	i, browser := met()
	i.ours = iceUser{"telagent", strings.Repeat("t", 32)} // the corpus knows it
	browser.theirs = i.ours
	f.Add(browser.request(&testing.T{}))
	browser.more = append(browser.more, useCandidate, controlled)
	f.Add(browser.request(&testing.T{}))
	f.Add([]byte{0, 1, 0, 0})
	f.Fuzz(func(t *testing.T, datagram []byte) {
		was := slices.Clone(datagram)
		reply, _ := i.answer(start, browserAt, datagram)
		if !bytes.Equal(was, datagram) || 2*len(reply) > 3*len(datagram) {
			t.Fatalf("answered % x", reply)
		}
		if reply == nil {
			return
		}
		if _, authentic := i.authentic(decoded(t, datagram)); !authentic {
			t.Fatalf("answered % x", reply)
		}
	})
}
