package sip

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// ana registers from her phone again, without a proof: who is not turned away is asked for one.
func (c *caller) refreshes(extra string) int {
	c.ask("REGISTER", "Contact: <sip:ana@"+c.host()+";transport=udp>\n"+extra)
	return statusOfMessage(c.next())
}

// anotherCall is a new call of a peer whose lot is even, or odd.
func anotherCall(r *rig, p *peer, number string, lot uint32) *caller {
	c := p.caller(number)
	for n := 0; ; n++ {
		c.id = fmt.Sprintf("another-%s-%d-%d", number, lot, n)
		req := sip.NewRequest(sip.INVITE, sip.Uri{})
		id := sip.CallIDHeader(c.id)
		req.AppendHeader(&id)
		req.AppendHeader(&sip.CSeqHeader{SeqNo: 1, MethodName: sip.INVITE})
		if r.w.lot(req)&1 == lot {
			return c
		}
	}
}

// asks sends one request of a new dialog and returns what it is answered first.
func (p *peer) asks(method, number, extra string) int {
	c := p.caller(number)
	c.ask(method, extra)
	return statusOfMessage(c.next())
}

// offered is a new call of a trunk and returns what it is answered first. Once it is let in, so are its copies.
func offered(r *rig, carrier *peer, lot uint32) int {
	c := anotherCall(r, carrier, "+18005550100", lot)
	c.ask("INVITE", withSDP)
	status := statusOfMessage(c.next())
	if status == 100 {
		c.hears(180)
		c.repeat("INVITE", withSDP)
		c.hears(180)
	}
	return status
}

// siege asks for one of everything under a burden.
func siege(r *rig, b Burden, carrier *peer) {
	ana := r.peer("ana", "203.0.113.20:5062")
	phone := ana.caller("")
	phone.target, phone.to, phone.from = "sip:"+realm, "<sip:ana@"+realm+">", "<sip:ana@"+realm+">;tag=r"
	phone.prove("REGISTER", "Contact: <sip:ana@"+phone.host()+";transport=udp>\nExpires: 3600\n", "ana")
	phone.hears(200)
	r.w.Bear(b)
	stranger := r.peer("stranger", "203.0.113.66:5060")
	const never = NoCalls + 1
	for _, one := range []struct {
		what   string
		status int
		from   Burden // at which it is turned away
		free   int    // what it is answered before
	}{
		{"a stranger's OPTIONS", stranger.asks("OPTIONS", "anybody", ""), NoQuestions, 200},
		{"SUBSCRIBE", stranger.asks("SUBSCRIBE", "ana", "Event: presence\n"), NoWatching, 401},
		{"PUBLISH", stranger.asks("PUBLISH", "ana", "Event: presence\n"), NoWatching, 401},
		{"a refresh before half of the time", phone.refreshes("Expires: 3600\n"), NoRefreshes, 401},
		{"a trunk's OPTIONS", carrier.asks("OPTIONS", "anybody", ""), HalfTheCalls, 200},
		{"a trunk's call of the one half", offered(r, carrier, 0), HalfTheCalls, 100},
		{"a trunk's call of the other half", offered(r, carrier, 1), NoTrunkCalls, 100},
		{"a phone's call", ana.asks("INVITE", "+49301", withSDP), NoCalls, 401},
		{"a call for help", ana.asks("INVITE", "112", withSDP), never, 401},
		{"a call that replaces another", ana.asks("INVITE", "+49301", "Replaces: x;to-tag=1;from-tag=2\n"+withSDP), never, 401},
		{"a first registration", stranger.asks("REGISTER", "ben", "Contact: <sip:ben@203.0.113.66>\n"), never, 401},
		{"a sign-off", phone.refreshes("Expires: 0\n"), never, 401},
	} {
		want := one.free
		if b >= one.from {
			want = 503
		}
		if one.status != want {
			r.Errorf("burden %d: %s is answered %d, want %d", b, one.what, one.status, want)
		}
	}
}

func TestWhatIsTurnedAwayGrowsInItsOrderAndNothingOfACallThatIsThere(t *testing.T) {
	for b := Unburdened; b <= NoCalls; b++ {
		bubble(t, func(r *rig) {
			standing := talking(r)
			siege(r, b, standing.peer)
			shed := r.w.Shed()
			sum := uint64(0)
			for i, n := range shed {
				if sum += n; n > 0 && Burden(i) > b {
					t.Errorf("burden %d: %d were turned away that burden %d is for", b, n, i)
				}
			}
			if want := [NoCalls + 1]uint64{0, 1, 3, 4, 6, 7, 8}[b]; sum != want {
				t.Errorf("burden %d: %d were turned away, want %d", b, sum, want)
			}
			standing.ask("INFO", "Content-Type: application/dtmf-relay\n\nSignal=5\r\n")
			standing.hears(200)
			standing.ask("INVITE", withSDP)
			standing.hears(200)
			standing.ask("ACK", "")
			standing.ask("OPTIONS", "")
			standing.hears(200)
			standing.ask("BYE", "")
			standing.hears(200)
		}, func(o *Options) { o.Emergency = func(number string) bool { return number == "112" } })
	}
}

func TestARefreshIsTurnedAwayOnlyWhileHalfOfTheTimeIsLeftAndByWhoIsThere(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("ana", "203.0.113.20:5062")
		phone := p.caller("")
		phone.target, phone.to, phone.from = "sip:"+realm, "<sip:ana@"+realm+">", "<sip:ana@"+realm+">;tag=r"
		phone.prove("REGISTER", "Contact: <sip:ana@"+phone.host()+";transport=udp>\nExpires: 600\n", "ana")
		phone.hears(200)
		r.w.Bear(NoCalls)
		if got := phone.refreshes("Expires: 600\n"); got != 503 {
			t.Errorf("an early refresh is answered %d", got)
		}
		moved := *phone
		moved.peer = r.peer("ana", "203.0.113.21:5062")
		moved.ask("REGISTER", "Contact: <sip:ana@"+phone.host()+";transport=udp>\nExpires: 600\n")
		if got := statusOfMessage(moved.next()); got != 401 {
			t.Errorf("a refresh from another address is answered %d", got)
		}
		guessed := *phone
		guessed.id = "of-somebody-else"
		if got := guessed.refreshes("Expires: 600\n"); got != 401 {
			t.Errorf("a stranger learns by %d that there is a phone", got)
		}
		r.pass(301 * time.Second)
		if got := phone.refreshes("Expires: 600\n"); got != 401 {
			t.Errorf("a refresh in the second half is answered %d", got)
		}
	})
}

func TestWhoIsTurnedAwayIsSpreadAndHearsTheSameAgain(t *testing.T) {
	bubble(t, func(r *rig) {
		r.w.Bear(NoTrunkCalls)
		p := r.peer("carrier", carrierAddr)
		waits := map[int]int{}
		for range 100 {
			c := p.caller("+18005550100")
			var first string
			for copies := range 2 {
				if copies == 0 {
					c.ask("INVITE", withSDP)
				} else {
					c.repeat("INVITE", withSDP)
				}
				h := c.hears(503).GetHeader("Retry-After")
				if h == nil {
					t.Fatal("no Retry-After")
				}
				if copies > 0 && h.Value() != first {
					t.Errorf("a copy is told %s, the first was told %s", h.Value(), first)
				}
				first = h.Value()
			}
			n, err := strconv.Atoi(first)
			if err != nil || n < leastRetry || n > mostRetry {
				t.Errorf("Retry-After: %s", first)
			}
			waits[n]++
		}
		if len(waits) < 8 {
			t.Errorf("a hundred callers come back in %d different seconds: %v", len(waits), waits)
		}
		if n := len(r.w.queues); n != 0 {
			t.Errorf("%d queues are kept", n)
		}
	})
}

func TestTheFullestQueueSaysHowCrowdedItIs(t *testing.T) {
	bubble(t, func(r *rig) {
		if got := r.w.Crowding(); got != 0 {
			t.Errorf("an idle wire is crowded by %v", got)
		}
		in := newInbox(4)
		in.offer(&message{})
		in.put("from inside")
		if got := in.crowding(); got != 0.25 {
			t.Errorf("one of four is %v", got)
		}
	})
}
