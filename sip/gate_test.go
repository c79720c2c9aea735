package sip

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/zap"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

var strict = Security{After: 3, Within: time.Minute, For: 10 * time.Minute, Longest: time.Hour}

// ledger is a store for bans.
type ledger map[netip.Prefix]call.Ban

func (l ledger) KeepBan(b call.Ban)          { l[b.Source] = b }
func (l ledger) DropBan(source netip.Prefix) { delete(l, source) }

// doorway is a gate under a clock of the test's own.
func doorway(s Security) (*gate, *clock) {
	c := newClock()
	return newGate(s, zap.NewNop(), c.now), c
}

func TestABanComesAfterEnoughFaultsAndEachFurtherOneLastsTwiceAsLong(t *testing.T) {
	g, c := doorway(strict)
	bad := netip.MustParseAddr("192.0.2.7")
	for i, want := range []time.Duration{10 * time.Minute, 20 * time.Minute, 40 * time.Minute, time.Hour, time.Hour} {
		for range 3 {
			if !g.hears(bad) {
				t.Fatalf("ban %d came too early", i)
			}
			g.blame(bad, wholeFault, "x")
		}
		if g.hears(bad) {
			t.Fatalf("ban %d did not come", i)
		}
		if b := g.bans.all(c.now())[0]; b.Until.Sub(c.now()) != want || b.Times != i+1 {
			t.Errorf("ban %d is %+v, want %v", i, b, want)
		}
		c.pass(want)
	}
	c.pass(time.Hour + time.Second) // what is over for the longest time is forgotten by the next ban
	g.blame(netip.MustParseAddr("192.0.2.8"), 3*wholeFault, "x")
	g.blame(bad, 3*wholeFault, "x")
	if i := slices.IndexFunc(g.bans.all(c.now()), func(b call.Ban) bool { return b.Source == sourceOf(bad) && b.Times == 1 }); i < 0 {
		t.Errorf("bans are %+v", g.bans.all(c.now()))
	}
}

func TestFaultsThatAreFarApartBanNobody(t *testing.T) {
	g, c := doorway(strict)
	bad := netip.MustParseAddr("192.0.2.7")
	for range 10 {
		g.blame(bad, wholeFault, "x")
		g.blame(bad, wholeFault, "x")
		c.pass(time.Minute + time.Second)
	}
	if !g.hears(bad) {
		t.Error("banned")
	}
}

func TestAnIPv6SourceIsItsWholeNetwork(t *testing.T) {
	g, _ := doorway(strict)
	for i := range 3 {
		g.blame(netip.MustParseAddr(fmt.Sprintf("2001:db8:1:2::%d", i)), wholeFault, "x")
	}
	for text, want := range map[string]bool{"2001:db8:1:2:3::4": false, "2001:db8:1:3::1": true, "::ffff:192.0.2.7": true} {
		if got := g.hears(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s is heard: %t", text, got)
		}
	}
	for range 3 {
		g.blame(netip.MustParseAddr("::ffff:192.0.2.7"), wholeFault, "x")
	}
	if g.hears(netip.MustParseAddr("192.0.2.7")) {
		t.Error("an IPv4 address written as IPv6 is another source")
	}
}

func TestWhoIsAllowedIsNeverBannedNorBoundedNorIsWhereAPhoneIsRegistered(t *testing.T) {
	claims.Proven(t, "trunks, registered phones and allowed networks are never banned")
	s := strict
	s.Allow, s.PerHost, s.InAll = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}, 1, 1
	g, _ := doorway(s)
	g.phone = func(source netip.Prefix) bool { return source.Addr() == netip.MustParseAddr("192.0.2.7") }
	for _, text := range []string{"198.51.100.9", "192.0.2.7"} {
		for range 100 {
			g.blame(netip.MustParseAddr(text), wholeFault, "x")
		}
	}
	if held := g.bans.all(g.now()); len(held) > 0 {
		t.Errorf("banned: %+v", held)
	}
	for range 1000 {
		if !g.hears(netip.MustParseAddr("198.51.100.9")) {
			t.Fatal("the allowed network is bounded")
		}
	}
}

func TestBansSurviveARestartAndALiftedOneDoesNot(t *testing.T) {
	claims.Proven(t, "bans survive a restart")
	kept := ledger{}
	s := strict
	s.Ledger = kept
	g, c := doorway(s)
	one, two := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("192.0.2.8")
	g.blame(one, 3*wholeFault, "guessing")
	g.blame(two, 3*wholeFault, "guessing")
	if !g.lift(sourceOf(two)) || g.lift(sourceOf(two)) || !g.hears(two) {
		t.Error("a ban cannot be lifted once")
	}
	for _, b := range kept {
		s.Banned = append(s.Banned, b)
	}
	g = newGate(s, zap.NewNop(), c.now)
	if g.hears(one) || !g.hears(two) {
		t.Error("what was remembered does not hold")
	}
	c.pass(10 * time.Minute)
	g.blame(one, 3*wholeFault, "guessing")
	if b := kept[sourceOf(one)]; b.Times != 2 || b.Reason != "guessing" {
		t.Errorf("remembered is %+v", b)
	}
}

func TestAStrangerIsHeardAtItsPaceAFriendAtTenTimesIt(t *testing.T) {
	s := Security{PerHost: 10}
	g, c := doorway(s)
	heard := func(a string) (n int) {
		for range 1000 {
			if g.hears(netip.MustParseAddr(a)) {
				n++
			}
		}
		return n
	}
	if n := heard("192.0.2.7"); n != 20 {
		t.Errorf("%d at once", n)
	}
	c.pass(time.Second)
	if n := heard("192.0.2.7"); n != 10 {
		t.Errorf("%d after a second", n)
	}
	g.befriend(netip.MustParseAddr("192.0.2.9"))
	if n := heard("192.0.2.9"); n != 200 {
		t.Errorf("%d of a friend", n)
	}
}

func TestAFloodOfForgedSourcesLeavesRoomForThoseWhoAreKnown(t *testing.T) {
	claims.Proven(t, "a flood from forged sources starves no phone that is registered and no trunk", "17.3.1")
	g, _ := doorway(Security{PerHost: 50, InAll: 100, Allow: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}})
	phone := netip.MustParseAddr("203.0.113.9")
	g.befriend(phone)
	n := 0
	for i := range 100_000 {
		if g.hears(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})) {
			n++
		}
	}
	if n != 200 {
		t.Errorf("%d strangers were heard, want two seconds' worth: 200", n)
	}
	for range 50 {
		if !g.hears(phone) || !g.hears(netip.MustParseAddr("198.51.100.7")) {
			t.Fatal("the phone or the trunk is not heard")
		}
	}
	if _, _, crowded := g.banned.Load(), g.hurried.Load(), g.crowded.Load(); crowded == 0 {
		t.Error("nothing was counted")
	}
}

func TestWhatTheGateKeepsDoesNotGrowWithTheSources(t *testing.T) {
	claims.Proven(t, "what is kept of attackers does not grow with their number")
	kept := ledger{}
	s := strict
	s.Ledger = kept
	g, _ := doorway(s)
	for i := range 3 * mostBans {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		g.blame(a, wholeFault, "x")
		g.befriend(netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	for i := range mostBans + 100 {
		g.blame(netip.AddrFrom4([4]byte{12, byte(i >> 16), byte(i >> 8), byte(i)}), 3*wholeFault, "x")
	}
	if n := len(g.suspect.young) + len(g.suspect.old); n > 2*generation {
		t.Errorf("%d suspects", n)
	}
	if n := len(g.friends.young) + len(g.friends.old); n > 2*generation {
		t.Errorf("%d friends", n)
	}
	if n := len(g.bans.records); n != mostBans || len(kept) != n {
		t.Errorf("%d bans, %d remembered", n, len(kept))
	}
}

// nonce asks for a challenge and returns its nonce.
func (p *raw) nonce(id string) string {
	p.g.Helper()
	p.say(p.words("REGISTER", "ana", id, ""))
	_, rest, _ := strings.Cut(p.answered(id), `nonce="`)
	nonce, _, _ := strings.Cut(rest, `"`)
	return nonce
}

// guess sends a wrong password for a nonce.
func (p *raw) guess(nonce, id string) {
	line := proof{"ana", "wrong", realm, nonce, "sip:ana@" + realm, "SHA-256", "00000001", "abc", "auth", "REGISTER"}.line()
	p.say(p.words("REGISTER", "ana", id, line))
}

// limited is a gateway that bans after three wrong passwords.
func limited(o *Options) { o.Security = strict }

func TestWhoGuessesPasswordsIsBannedAndNobodyElseIs(t *testing.T) {
	claims.Proven(t, "who guesses passwords or user names is banned by source")
	g := newWild(t, limited)
	quiet := g.callQuietly()
	bad := g.from("127.0.0.9")
	for i := range 3 {
		id := fmt.Sprint("guess-", i)
		bad.guess(bad.nonce("ask-"+id), id)
		if m := bad.answered(id); status(m) != 401 {
			t.Fatalf("guess %d: %s", i, m)
		}
	}
	held := g.w.Bans()
	if len(held) != 1 || held[0].Source != netip.MustParsePrefix("127.0.0.9/32") {
		t.Fatalf("bans: %+v", held)
	}
	bad.say(bad.words("OPTIONS", "ana", "unheard", ""))
	g.from(stranger).fence()
	if banned, _, _ := g.w.Unheard(); banned != 1 {
		t.Errorf("%d messages of the banned source were not heard, want 1", banned)
	}
	s := g.stream("127.0.0.9")
	if _, open := s.hears(); open {
		t.Error("a connection of the banned source is served")
	}
	quiet.undisturbed()
	if !g.w.Lift(netip.MustParseAddr("127.0.0.9")) {
		t.Error("the ban cannot be lifted")
	}
	bad.fence()
}

func TestForgedAddressesBanNobody(t *testing.T) {
	claims.Proven(t, "spoofable evidence alone bans no one")
	g := newWild(t, limited)
	// The attacker has nonces of his own, and writes the victim's address above his guesses.
	nonce, victim := g.from("127.0.0.9").nonce("ask"), g.from("127.0.0.10")
	for i := range 20 {
		id := fmt.Sprint("guess-", i)
		victim.guess(nonce, id)
		victim.answered(id)
		for _, method := range []string{"OPTIONS", "REGISTER", "INVITE", "SUBSCRIBE"} {
			victim.say(victim.words(method, fmt.Sprint("user-", i), method+id, ""))
			victim.answered(method + id)
		}
		victim.send([]byte("\x00\x01 junk"))
	}
	victim.fence()
	if held := g.w.Bans(); len(held) > 0 {
		t.Errorf("banned: %+v", held)
	}
}

func TestOverAConnectionEverythingIsEvidence(t *testing.T) {
	claims.Proven(t, "sweeps without a proof and bytes that are no SIP ban who sends them over connections")
	g := newWild(t, limited)
	sweeping := g.stream("127.0.0.9")
	for i := range 3 * wholeFault {
		sweeping.say(sweeping.words("REGISTER", fmt.Sprint("user-", i), fmt.Sprint("sweep-", i), ""))
	}
	for open := true; open; {
		_, open = sweeping.hears()
	}
	for range 3 {
		junk := g.stream("127.0.0.10")
		junk.send([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
		if _, open := junk.hears(); open {
			t.Fatal("the connection is open")
		}
	}
	g.eventually("two sources are banned", func() bool { return len(g.w.Bans()) == 2 })
	for _, b := range g.w.Bans() {
		if b.Reason == "" || !slices.Contains([]string{"127.0.0.9/32", "127.0.0.10/32"}, b.Source.String()) {
			t.Errorf("banned: %+v", b)
		}
	}
}

func TestWhoProvesHimselfIsForgivenHisFaults(t *testing.T) {
	g := newWild(t, limited)
	p := g.from("127.0.0.9")
	for round := range 3 {
		for i := range 2 {
			id := fmt.Sprintf("guess-%d-%d", round, i)
			p.guess(p.nonce("ask-"+id), id)
			p.answered(id)
		}
		id := fmt.Sprint("right-", round)
		line := proof{"ana", "secret", realm, p.nonce("ask-" + id), "sip:ana@" + realm, "SHA-256", "00000001", "abc", "auth", "REGISTER"}.line()
		p.say(p.words("REGISTER", "ana", id, line))
		if m := p.answered(id); status(m) != 200 {
			t.Fatalf("%s", m)
		}
	}
	if held := g.w.Bans(); len(held) > 0 {
		t.Errorf("banned: %+v", held)
	}
}

func TestWhatIsNoSIPOverAWebSocketBansWhoSendsIt(t *testing.T) {
	claims.Proven(t, "sweeps without a proof and bytes that are no SIP ban who sends them over connections")
	bubble(t, func(r *rig) {
		p := r.browser("page", "203.0.113.77")
		for range 3 {
			p.write([]byte("junk"))
		}
		r.settle()
		if held := r.w.Bans(); len(held) != 1 || held[0].Source != netip.MustParsePrefix("203.0.113.77/32") {
			t.Errorf("bans: %+v", held)
		}
		if _, _, res, err := r.page("203.0.113.77", websocket.DialOptions{}); err == nil {
			t.Errorf("the banned page is let in: %v", res)
		}
	}, withWeb, limited)
}
