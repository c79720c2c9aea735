package sip

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"time"
)

const (
	nonceLife  = 5 * time.Minute  // a challenge can be answered for so long
	nonceSlot  = 15 * time.Second // nonces are remembered and forgotten in groups of this age
	nonceLimit = 1 << 17          // most nonces remembered; beyond it the oldest group turns stale early
	nonceSize  = 32               // bytes before base64: 8 time, 4 chance, 4 whom it was sent to, 16 proof
	nonceText  = (nonceSize*8 + 5) / 6
)

// nonces makes the nonces of our challenges and knows them again. Making one keeps nothing: the nonce carries its time
// and a proof that we made it. Only a nonce that was answered with a right password is remembered, with the counts that
// were used, so that only who knows a password can make us remember anything.
type nonces struct {
	key [sha256.Size]byte
	now func() time.Time

	mu    sync.Mutex
	slots map[int64]map[string]*counts // by time of making, then by nonce
	size  int
	floor time.Time // older nonces are stale: what was used of them is forgotten
}

// counts are the nonce counts seen, as a window that slides: messages over UDP overtake each other.
type counts struct {
	top  uint32
	seen uint64 // bit n: top-n was used
}

func newNonces(now func() time.Time) *nonces {
	n := &nonces{now: now, slots: make(map[int64]map[string]*counts)}
	// crypto/rand.Read never fails.
	_, _ = rand.Read(n.key[:])
	return n
}

// make returns a new nonce, for who has that address and port.
//
// RFC 7616 §5.4: a time stamp and a keyed hash of it; RFC 3261 §22.4
func (n *nonces) make(asker string) string {
	var raw [nonceSize]byte
	binary.BigEndian.PutUint64(raw[:8], uint64(n.now().UnixMicro()))
	_, _ = rand.Read(raw[8:12])
	copy(raw[12:16], n.proof([]byte(asker)))
	copy(raw[16:], n.proof(raw[:16]))
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func (n *nonces) proof(of []byte) []byte {
	mac := hmac.New(sha256.New, n.key[:])
	mac.Write(of)
	var sum [sha256.Size]byte
	return mac.Sum(sum[:0])[:nonceSize-16]
}

// made tells when we made a nonce; false: we did not.
func (n *nonces) made(nonce string) (time.Time, bool) {
	var raw [nonceSize]byte
	if len(nonce) != nonceText {
		return time.Time{}, false
	}
	if _, err := base64.RawURLEncoding.Strict().Decode(raw[:], []byte(nonce)); err != nil {
		return time.Time{}, false
	}
	at := time.UnixMicro(int64(binary.BigEndian.Uint64(raw[:8])))
	return at, hmac.Equal(raw[16:], n.proof(raw[:16]))
}

// sent says whether a nonce of ours was made for who has that address and port: who answers it was there to read it.
func (n *nonces) sent(nonce, asker string) bool {
	if _, ours := n.made(nonce); !ours {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(nonce)
	return err == nil && hmac.Equal(raw[12:16], n.proof([]byte(asker))[:4])
}

// use takes a nonce and its count out of a right answer; false: we did not make it, it is too old, it was used with
// that count, or we cannot know any more.
//
// RFC 7616 §3.4.3, §5.12: the server keeps its own copy of nc to see replays
func (n *nonces) use(nonce string, count uint32) bool {
	at, ours := n.made(nonce)
	if !ours || n.now().Sub(at) > nonceLife {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !at.After(n.floor) {
		return false
	}
	n.forget()
	slot := at.UnixMicro() / nonceSlot.Microseconds()
	group := n.slots[slot]
	if c, ok := group[nonce]; ok {
		return c.use(count)
	}
	for n.size >= nonceLimit {
		n.drop()
		if !at.After(n.floor) {
			return false
		}
		group = n.slots[slot]
	}
	if group == nil {
		group = make(map[string]*counts)
		n.slots[slot] = group
	}
	group[nonce] = &counts{top: count, seen: 1}
	n.size++
	return true
}

// forget lets go of the groups whose nonces are all stale.
func (n *nonces) forget() {
	oldest := n.now().Add(-nonceLife).UnixMicro()/nonceSlot.Microseconds() - 1
	if len(n.slots) <= int(nonceLife/nonceSlot) {
		return
	}
	for slot, group := range n.slots {
		if slot < oldest {
			n.size -= len(group)
			delete(n.slots, slot)
		}
	}
}

// drop makes room: the oldest group is forgotten and every nonce that it could have held is stale from now on.
func (n *nonces) drop() {
	first := true
	var oldest int64
	for slot := range n.slots {
		if first || slot < oldest {
			oldest, first = slot, false
		}
	}
	n.size -= len(n.slots[oldest])
	delete(n.slots, oldest)
	n.floor = time.UnixMicro((oldest + 1) * nonceSlot.Microseconds())
	if now := n.now(); n.floor.After(now) {
		n.floor = now
	}
}

// use marks a count as used; false: it was, or it is so old that we cannot know.
func (c *counts) use(count uint32) bool {
	if count > c.top {
		c.seen = c.seen<<min(count-c.top, 64) | 1
		c.top = count
		return true
	}
	bit := uint64(1) << min(c.top-count, 64) // beyond the window: 0
	if bit == 0 || c.seen&bit != 0 {
		return false
	}
	c.seen |= bit
	return true
}
