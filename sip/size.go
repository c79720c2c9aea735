package sip

import "github.com/emiago/sipgo/sip"

// amplifies bounds what a datagram of a stranger is answered with: three bytes for two. Whoever forges an address to have us flood
// it gains no more than that, and there is one answer for each datagram: what has no transaction is not repeated.
func amplifies(in, out int) bool { return out*2 > in*3 }

// spare is what an answer can do without, the most dispensable first. Of two challenges MD5 stays, which everybody knows: who
// sends so little is no phone of today.
var spare = []string{"User-Agent", "Accept", "Allow-Events", "Supported", "Allow", "Unsupported", "WWW-Authenticate"}

// fit takes from an answer to a stranger over UDP what makes it larger than it may be; false: not even the rest fits. Real phones and
// carriers send requests that everything fits to.
func (w *Wire) fit(res *sip.Response, from source) bool {
	if from.network != "UDP" || w.gate.allowed(from.remote.Addr()) {
		return true
	}
	for _, name := range spare {
		for amplifies(from.size, len(res.String())) {
			all := res.GetHeaders(name)
			if len(all) == 0 || name == "WWW-Authenticate" && len(all) == 1 {
				break
			}
			for res.RemoveHeader(name) {
			}
			for _, h := range all[1:] {
				res.AppendHeader(h)
			}
		}
	}
	return !amplifies(from.size, len(res.String()))
}
