package sip

import (
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// eventPackage is one kind of state that can be watched.
type eventPackage struct {
	name  string
	media string // type of the body that tells it
	news  news
	// RFC 6665 §5.4.10: as often as this in the long run, and burst times at once so that a lamp follows a call closely.
	every time.Duration
	body  func(b *board, s *watch, p person) []byte
}

const burst = 10

// eventPackages are those that we serve.
//
// RFC 3856 §6.10: not more often than once in five seconds; RFC 4235 §3.10: once in a second
var eventPackages = []*eventPackage{
	{name: "presence", media: pidfType, news: newPresence, every: 5 * time.Second, body: (*board).pidf},
	{name: "dialog", media: "application/dialog-info+xml", news: newDialog, every: time.Second, body: (*board).dialogInfo},
}

// allowEvents lists the event packages that we serve.
//
// RFC 6665 §4.4.4, §8.2.2
func allowEvents() sip.Header {
	names := make([]string, 0, len(eventPackages))
	for _, e := range eventPackages {
		names = append(names, e.name)
	}
	return sip.NewHeader("Allow-Events", strings.Join(names, ", "))
}

// badEvent refuses an event package that we do not serve.
//
// RFC 6665 §8.3.2
func badEvent() *refusal {
	return &refusal{status: 489, reason: "Bad Event", headers: []sip.Header{allowEvents()}}
}

// longestID bounds what a watcher may call his subscription.
const longestID = 64

// readEvent reads the Event header: the package, and what the watcher calls his subscription.
//
// RFC 6665 §8.2.1; todo RFC 4235 §3.2: call-id, from-tag and to-tag, a watch over one dialog alone
func readEvent(req *sip.Request) (event *eventPackage, id string, r *refusal) {
	lines := values(req, "Event")
	if len(lines) > 1 {
		return nil, "", bad("Two Event Headers")
	}
	if len(lines) == 0 {
		return nil, "", badEvent()
	}
	name, rest, _ := strings.Cut(lines[0], ";")
	params, err := parseParams(rest)
	if err != nil {
		return nil, "", bad("Bad Event")
	}
	if id = params.GetOr("id", ""); len(id) > longestID || params.Has("id") && !isToken(id) {
		return nil, "", bad("Bad Event")
	}
	for _, e := range eventPackages {
		if strings.EqualFold(strings.TrimSpace(name), e.name) {
			return e, id, nil
		}
	}
	return nil, "", badEvent()
}

// accepts says whether the watcher can read the package's body. Who says nothing can.
//
// RFC 6665 §4.1.2.1, RFC 3856 §6.5, RFC 4235 §3.5
func (e *eventPackage) accepts(req *sip.Request) bool {
	if _, has := value(req, "Accept"); !has {
		return true
	}
	for _, text := range values(req, "Accept") {
		switch mediaType(text) {
		case e.media, "application/*", "*/*":
			return true
		}
	}
	return false
}

// readGrant reads how long a subscription or publication is to last, within our bounds. 0 ends it.
//
// RFC 6665 §4.2.1.1, RFC 3903 §6
func readGrant(req *sip.Request) (time.Duration, *refusal) {
	asked, _ := readExpires(req)
	if asked > 0 && asked < leastExpires {
		return 0, tooBrief()
	}
	return min(asked, mostExpires), nil
}
