package console

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"go.uber.org/zap"
)

// Key is one thing by which a user gets in besides his password: a session, a token for scripts, a second factor. Sessions
// and tokens are named by the hash of what their holder shows, so that whoever reads them cannot use them.
type Key struct {
	Kind, ID, User string
	Entry          []byte // JSON
}

// Keyring remembers Keys. Its methods may be called from many goroutines at once.
type Keyring interface {
	// Keep remembers a key until Drop; it returns at once.
	Keep(k Key)
	Drop(kind, id string)
	// Keys returns all that are remembered.
	Keys(ctx context.Context) ([]Key, error)
}

// Kinds of keys.
const (
	sessionKind = "session"
	tokenKind   = "token"
	factorKind  = "second_factor"
)

// noKeyring forgets everything.
type noKeyring struct{}

// Keep does nothing.
func (noKeyring) Keep(Key) {}

// Drop does nothing.
func (noKeyring) Drop(string, string) {}

// Keys returns none.
func (noKeyring) Keys(context.Context) ([]Key, error) { return nil, nil }

// keep remembers a key with its entry.
func keep(ring Keyring, kind, id, user string, entry any) {
	data, err := json.Marshal(entry)
	if err != nil {
		panic(err) // our own structs always encode
	}
	ring.Keep(Key{Kind: kind, ID: id, User: user, Entry: data})
}

// Recall takes up the sessions, tokens and second factors that are remembered: a restart signs nobody out. Call it before the
// first request is served.
func (c *Console) Recall(ctx context.Context) error {
	keys, err := c.ring.Keys(ctx)
	if err != nil {
		return fmt.Errorf("recall who is signed in: %w", err)
	}
	for _, k := range keys {
		if err := c.recall(k); err != nil {
			c.log.Error("a key cannot be read and is forgotten", zap.String("kind", k.Kind), zap.String("user", k.User), zap.Error(err))
			c.ring.Drop(k.Kind, k.ID)
		}
	}
	c.sessions.sweep()
	c.tokens.sweep()
	return nil
}

func (c *Console) recall(k Key) error {
	if k.Kind == factorKind {
		return c.factors.recall(k)
	}
	h, err := parseHash(k.ID)
	if err != nil {
		return err
	}
	if k.Kind == tokenKind {
		return c.tokens.recall(h, k)
	}
	return c.sessions.recall(h, k)
}

func parseHash(id string) (h tokenHash, err error) {
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != len(h) {
		return h, fmt.Errorf("%q is not the name of a key", id)
	}
	copy(h[:], raw)
	return h, nil
}

func (h tokenHash) String() string { return hex.EncodeToString(h[:]) }

// public names a session or token on pages: nothing can be done with it but end it.
func (h tokenHash) public() string { return hex.EncodeToString(h[:8]) }
