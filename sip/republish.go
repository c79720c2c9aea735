package sip

import (
	"encoding/json"
	"strings"
	"time"

	"go.uber.org/zap"
)

// saidKey begins the keys in Options.Contacts of publications, by address of record.
const saidKey = "said:"

// keptSayings are the publications of an address of record. A phone refreshes its own by the tag that it got; without them it had to
// say everything anew.
//
// RFC 3903 §4.3
type keptSayings struct {
	Version int // of this struct: 1
	Said    []keptSaying
}

type keptSaying struct {
	Tag            string
	Expires        time.Time
	Status, Reason string
}

// keepSaid lets be kept what phones say of an address of record now.
func (b *board) keepSaid(aor string) {
	if b.w.o.KeepContact == nil {
		return
	}
	if len(b.said[aor]) == 0 {
		b.w.o.forget(saidKey + aor)
		return
	}
	k := keptSayings{Version: 1}
	for _, p := range b.said[aor] {
		k.Said = append(k.Said, keptSaying{Tag: p.tag, Expires: p.expires.Round(0).UTC(), Status: p.claim.status, Reason: p.claim.reason})
	}
	raw, err := json.Marshal(k)
	if err != nil {
		b.w.log.Error("a publication cannot be kept", zap.String("aor", aor), zap.Error(err))
		return
	}
	b.w.o.KeepContact(saidKey+aor, raw)
}

// recallSaid goes on with what phones said to a process that is gone.
func (b *board) recallSaid(kept map[string][]byte) {
	now := time.Now()
	for key, raw := range kept {
		aor, is := strings.CutPrefix(key, saidKey)
		if !is {
			continue
		}
		k := keptSayings{}
		if _, known := b.find(aor); known && json.Unmarshal(raw, &k) == nil && k.Version == 1 && len(k.Said) <= publishesOfA {
			for _, p := range k.Said {
				lasts := min(p.Expires.Sub(now), mostExpires)
				b.said[aor] = append(b.said[aor], &publication{tag: p.Tag, expires: now.Add(lasts), claim: claim{p.Status, p.Reason}})
			}
			b.forgetSaid(aor, now)
		}
		if b.said[aor] == nil {
			b.w.o.forget(key)
		}
	}
}
