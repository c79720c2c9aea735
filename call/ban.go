package call

import (
	"net/netip"
	"time"
)

// Ban keeps a source of signalling away for a while.
type Ban struct {
	Source       netip.Prefix // one IPv4 address, or the /64 of an IPv6 one
	Since, Until time.Time
	Times        int    // how often it was banned, as far as anybody remembers; at least 1
	Reason       string // what it did, in words
}
