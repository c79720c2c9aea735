package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Ports is a range of UDP ports, both ends included. The zero value is no range.
type Ports struct{ First, Last int }

// String prints the range as the file writes it, FIRST-LAST.
func (p Ports) String() string { return fmt.Sprintf("%d-%d", p.First, p.Last) }

// UnmarshalText reads FIRST-LAST. RTP takes the even port of a pair and RTCP the odd one above it (RFC 3550 §11), so
// FIRST must be even and LAST odd.
func (p *Ports) UnmarshalText(text []byte) error {
	first, last, dash := strings.Cut(string(text), "-")
	low, err1 := strconv.Atoi(strings.TrimSpace(first))
	high, err2 := strconv.Atoi(strings.TrimSpace(last))
	switch {
	case !dash || err1 != nil || err2 != nil:
		return fmt.Errorf("%q is not a range of ports; write FIRST-LAST, like 20000-29999", text)
	case low < 1024 || high > 65535 || low > high:
		return fmt.Errorf("%q is not a usable range of ports; write FIRST-LAST within 1024-65535, like 20000-29999", text)
	case low%2 != 0 || high%2 != 1:
		return fmt.Errorf("%q cuts a pair of RTP and RTCP in two; FIRST must be even and LAST odd, like %d-%d",
			text, low+low%2, high-1+high%2)
	}
	*p = Ports{First: low, Last: high}
	return nil
}
