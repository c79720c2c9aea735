package sip

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"sync/atomic"

	"github.com/emiago/sipgo/sip"
)

// Burden says what a gateway that has too much to do turns away: each word what the ones before it do, and something more.
// Whatever belongs to a call that is there is never turned away, nor are a phone's first registration and its last
// moments, nor calls for help.
type Burden uint8

const (
	Unburdened   Burden = iota // nothing is turned away
	NoQuestions                // OPTIONS outside of calls: strangers', and a proxy's whether we are there
	NoWatching                 // new subscriptions, and PUBLISH
	NoRefreshes                // a REGISTER that comes before half of the time is over
	HalfTheCalls               // every second call that a trunk brings, which its proxy sends elsewhere
	NoTrunkCalls               // all of them
	NoCalls                    // calls that phones begin, too
)

// burden is what is turned away now, and how often that happened, by Burden.
type burden struct {
	now  atomic.Uint32
	shed [NoCalls + 1]atomic.Uint64
}

// Bear sets what is turned away from now on. It never blocks.
func (w *Wire) Bear(b Burden) { w.burden.now.Store(uint32(b)) }

// Shed returns how many requests were turned away since the start, by the least Burden that does.
func (w *Wire) Shed() (by [NoCalls + 1]uint64) {
	for b := range by {
		by[b] = w.burden.shed[b].Load()
	}
	return by
}

// Crowding says how full the fullest of the queues is that many share, from 0 to 1.
func (w *Wire) Crowding() float64 {
	return max(w.desk.in.crowding(), w.board.in.crowding())
}

func (in *inbox) crowding() float64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return float64(in.messages) / float64(in.limit)
}

// sheds says whether a request is turned away before anything is done for it: no proof is looked at, no transaction is made
// and nothing is kept.
//
// RFC 3261 §21.5.4: the client tries elsewhere, and leaves us alone for a while
func (w *Wire) sheds(req *sip.Request, from source) bool {
	now := Burden(w.burden.now.Load())
	if now == Unburdened {
		return false
	}
	least := w.shedFrom(req, from)
	if least == Unburdened || least > now || least == NoCalls && w.o.Emergency != nil && w.o.Emergency(numberOf(&req.Recipient)) {
		return false
	}
	w.burden.shed[least].Add(1)
	return true
}

// shedFrom returns the least burden at which a request is turned away that does not call for help; Unburdened: it never is.
func (w *Wire) shedFrom(req *sip.Request, from source) Burden {
	if tag(req.To().Params) != "" {
		return Unburdened // of something that stands
	}
	switch req.Method {
	case sip.OPTIONS:
		if w.trunkCalling(req, from) != nil {
			return HalfTheCalls // as long as its calls are taken it must not think that we are gone
		}
		return NoQuestions
	case sip.SUBSCRIBE, sip.PUBLISH:
		return NoWatching
	case sip.REGISTER:
		if w.desk.registrar.isFresh(req, from) {
			return NoRefreshes
		}
	case sip.INVITE:
		return w.shedCall(req, from)
	default:
	}
	return Unburdened
}

// shedCall is shedFrom for a new call. One that takes the place of another goes on with that.
func (w *Wire) shedCall(req *sip.Request, from source) Burden {
	_, replaces := value(req, "Replaces")
	switch trunk := w.trunkCalling(req, from); {
	case replaces:
		return Unburdened
	case trunk == nil:
		return NoCalls
	case w.lot(req)&1 == 0:
		return HalfTheCalls
	}
	return NoTrunkCalls
}

// lot draws a number for a request that nobody can foresee, the same for each of its copies.
func (w *Wire) lot(req *sip.Request) uint32 {
	callID, _ := value(req, "Call-ID") // a refused request may have none
	cseq, _ := value(req, "CSeq")
	sum := sha256.Sum256([]byte(w.salt + "lot" + callID + cseq))
	return binary.BigEndian.Uint32(sum[:])
}

// The shortest and the longest time that we ask to be left alone for. It is spread, or who was turned away together would
// come back together.
//
// RFC 3261 §20.33
const (
	leastRetry = 3
	mostRetry  = 15
)

// overload is the answer of a gateway that has reached a limit.
//
// RFC 3261 §21.5.4
func (w *Wire) overload(req *sip.Request) *refusal {
	return &refusal{
		status: sip.StatusServiceUnavailable, reason: "Service Unavailable", headers: []sip.Header{w.retryAfter(req)},
	}
}

func (w *Wire) retryAfter(req *sip.Request) sip.Header {
	return sip.NewHeader("Retry-After", strconv.Itoa(leastRetry+int(w.lot(req)%(mostRetry-leastRetry+1))))
}
