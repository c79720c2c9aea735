package sip

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

// watchKey begins the keys in Options.Contacts of subscriptions.
const watchKey = "watch:"

// rewatchEach is how far apart the first NOTIFYs of subscriptions that were taken up are, on average.
const rewatchEach = 5 * time.Millisecond

// keptWatch is what is kept of a subscription.
type keptWatch struct {
	Version int     // of this struct: 1
	Dialog  *Dialog // with the CSeq that ours stay above, see spareSeq
	User    string
	AOR     string
	Event   string
	ID      string `json:",omitempty"`
	Expires time.Time
	Told    int // the version that dialog-infos stay above
}

// keep lets a subscription be kept as it is now. One over the connection of a proxy is not.
func (b *board) keep(s *watch) {
	if b.w.o.KeepContact == nil || !s.dialog.isReached() {
		return
	}
	s.ceiling = s.dialog.LocalSeq + spareSeq
	d := *s.dialog
	d.LocalSeq = s.ceiling
	raw, err := json.Marshal(keptWatch{
		Version: 1, Dialog: &d, User: s.user, AOR: s.aor, Event: s.event.name, ID: s.id, Expires: s.expires.Round(0).UTC(), Told: s.version + spareSeq,
	})
	if err != nil {
		b.w.log.Error("a subscription cannot be kept", zap.String("user", s.user), zap.Error(err))
		return
	}
	b.w.o.KeepContact(watchKey+s.dialog.LocalTag, raw)
}

// unkeep lets a subscription that is over be forgotten.
func (b *board) unkeep(s *watch) {
	if b.w.o.KeepContact != nil && s.ceiling > 0 {
		b.w.o.KeepContact(watchKey+s.dialog.LocalTag, nil)
	}
}

// recall goes on with the subscriptions of a process that is gone. Each is told how things are, in a while.
func (b *board) recall(kept map[string][]byte) {
	for key, raw := range kept {
		if !strings.HasPrefix(key, watchKey) {
			continue
		}
		s, err := b.rewatch(raw)
		if err != nil {
			b.w.log.Info("a subscription is forgotten", zap.Error(err))
			b.w.o.forget(key)
			continue
		}
		b.add(s)
		s.expiry.Reset(time.Until(s.expires))
	}
	spread := time.Second + time.Duration(len(b.watches))*rewatchEach
	for _, s := range b.watches {
		s.wants(whenDue)
		b.later(s, rand.N(spread))
	}
}

// rewatch reads the stored form of a subscription.
func (b *board) rewatch(raw []byte) (*watch, error) {
	k := keptWatch{}
	switch err := json.Unmarshal(raw, &k); {
	case err != nil:
		return nil, errors.New("what was kept of it cannot be read")
	case k.Version != 1:
		return nil, fmt.Errorf("what was kept of it is of version %d; this program knows version 1", k.Version)
	case k.Dialog == nil || k.Dialog.check() != nil || !k.Dialog.isReached():
		return nil, errors.New("its dialog was not kept")
	case !k.Expires.After(time.Now()):
		return nil, errors.New("its time is over")
	}
	i := slices.IndexFunc(eventPackages, func(e *eventPackage) bool { return e.name == k.Event })
	_, known := b.find(k.AOR)
	if i < 0 || !known || len(b.watches) >= watchesTotal || b.watches[k.Dialog.LocalTag] != nil {
		return nil, errors.New("there is nothing to watch")
	}
	expires := time.Now().Add(min(time.Until(k.Expires), mostExpires))
	return &watch{
		dialog: k.Dialog, user: k.User, aor: k.AOR, event: eventPackages[i], id: k.ID, expires: expires, version: k.Told, ceiling: k.Dialog.LocalSeq,
		unsure: k.Dialog.Network != "UDP",
	}, nil
}

// isReached says that the far side can be found without the connection that it is at: over UDP, or because it registers again.
func (d *Dialog) isReached() bool {
	return d.Network == "UDP" || isNetwork(d.Network) && d.AOR != "" && len(d.Routes) == 0
}

// awayLook is how often we look whether a watcher is back.
const awayLook = 5 * time.Second

// isAway says that the watcher of a subscription that was taken up is not connected again, and waited for. Who is back is told over
// his new connection: a connection that ends does not end what he subscribed to, and many a phone asks again only when its time
// would be over.
//
// RFC 6665 §4.1.2.2, RFC 5626 §5.3
func (b *board) isAway(s *watch) bool {
	d := s.dialog
	if !s.unsure || b.closing || s.phase != watching || b.w.flowAt(d.Network, d.Local, d.Remote) != nil {
		return false
	}
	if at, back := b.w.desk.registrar.cameBack(d); back {
		d.follow(at)
		b.keep(s)
		return false
	}
	if s.away.IsZero() {
		s.away = time.Now()
	}
	return time.Since(s.away) < b.w.desk.registrar.longest
}

// supersede forgets subscriptions that were taken up and that the same phone begins anew: it knows of the old ones no more.
func (b *board) supersede(by *watch, at *sip.Uri) {
	for _, s := range slices.Clone(b.watched[by.aor]) {
		if target, err := parseURI(s.dialog.Target); s.unsure && s.user == by.user && s.event == by.event && s.id == by.id && err == nil &&
			target.User == at.User && strings.EqualFold(target.Host, at.Host) {
			b.drop(s)
		}
	}
}

// forget drops what is kept under a key.
func (o *Options) forget(key string) {
	if o.KeepContact != nil {
		o.KeepContact(key, nil)
	}
}
