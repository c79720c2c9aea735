package sip

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// sealKey is the key in Options.Contacts of the seal: no address of record is kept under it, see contactKey.
const sealKey = "seal"

// seal signs the names of our calls, so that we know them when nothing else is known of them any more. It outlives the
// process by Options.KeepContact.
type seal [32]byte

// newSeal returns the seal that was kept, or a new one.
func newSeal(o *Options) (m seal) {
	if old := o.Contacts[sealKey]; len(old) == 2*len(m) {
		if _, err := hex.Decode(m[:], old); err == nil {
			return m
		}
	}
	_, _ = rand.Read(m[:]) // never fails, see crypto/rand
	if o.KeepContact != nil {
		o.KeepContact(sealKey, []byte(hex.EncodeToString(m[:])))
	}
	return m
}

// of returns the signature of a name.
func (m *seal) of(name string) string {
	sum := hmac.New(sha256.New, m[:])
	_, _ = sum.Write([]byte(name)) // never fails
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// made says whether a Call-ID is one of ours.
func (m *seal) made(callID string) bool {
	name, signature, ok := strings.Cut(callID, "-")
	return ok && hmac.Equal([]byte(signature), []byte(m.of(name)))
}
