package console

import (
	"fmt"
	"hash/maphash"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bounds of requests to the API, generous for pages: what they need at once when they open, and what a busy supervisor
// clicks. An event stream is one request, and is bounded by how many are open. Sign-in has bounds of its own besides.
const (
	sessionBurst, sessionRate = 600, 100   // of one session: at once, and in each second after that
	addressBurst, addressRate = 6000, 1000 // of one address, behind which a whole site may be
	paceBuckets               = 1 << 14    // callers share one by a keyed hash
)

// pace bounds requests by the generic cell rate algorithm (ITU-T I.371): of each bucket one time is kept, the one until
// which what was asked for so far is paid off. Safe for concurrent use.
type pace struct {
	burst int
	every time.Duration // in which one request is paid off
	now   func() time.Time
	seed  maphash.Seed // nobody outside can choose whose bucket he shares

	mu   sync.Mutex
	owed [paceBuckets]int64 // Unix time in nanoseconds
}

func newPace(burst, rate int, now func() time.Time) *pace {
	return &pace{burst: burst, every: time.Second / time.Duration(rate), now: now, seed: maphash.MakeSeed()}
}

// take counts a request; wait > 0: there were too many and this one is not counted. left is how many more may follow at
// once.
func (p *pace) take(key string) (left int, wait time.Duration) {
	i := maphash.String(p.seed, key) % paceBuckets
	now := p.now().UnixNano()
	p.mu.Lock()
	defer p.mu.Unlock()
	owed := max(p.owed[i], now) + int64(p.every)
	over := owed - now - int64(p.burst)*int64(p.every)
	if over > 0 {
		return 0, time.Duration(over)
	}
	p.owed[i] = owed
	return int(-over / int64(p.every)), 0
}

// paced counts a request of the API and says in its answer how many more may follow
// (draft-ietf-httpapi-ratelimit-headers); false: it was one too many and is answered.
func (c *Console) paced(w http.ResponseWriter, r *http.Request) bool {
	if !strings.HasPrefix(r.URL.Path, "/api/") || r.URL.Path == prefix+"/events" {
		return true
	}
	host := addressOf(r)
	if at, err := netip.ParseAddr(host); err == nil {
		host = hostOf(at)
	}
	name, of := "address", c.byAddress
	left, wait := of.take(host)
	if token := tokenOf(r); wait == 0 && token != "" {
		name, of = "session", c.bySession
		hash := hashToken(token)
		left, wait = of.take(string(hash[:]))
	}
	h := w.Header()
	window := int(math.Ceil(float64(of.burst) * of.every.Seconds()))
	h.Set("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", name, of.burst, window))
	h.Set("RateLimit", fmt.Sprintf("%q;r=%d;t=%d", name, left, window))
	if wait == 0 {
		return true
	}
	h.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	writeProblem(w, problem("too_many_requests", "Too many requests came from this %s at once; wait a moment.", name))
	return false
}

// requestCodes are why a request is not carried out whatever it asks, by HTTP status.
var requestCodes = map[int]string{
	http.StatusBadRequest:          "bad_key",
	http.StatusConflict:            "in_flight",
	http.StatusUnprocessableEntity: "key_reused bad_cursor",
	http.StatusTooManyRequests:     "too_many_requests",
}
