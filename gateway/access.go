package gateway

import (
	"context"

	"telagent-gateway/config"
	"telagent-gateway/console"
	"telagent-gateway/directory"
	"telagent-gateway/store"
	"telagent-gateway/telagent"
)

// AuditVerdict says whether the audit trail is as it was written, AuditLink names a line of it.
type (
	AuditVerdict = console.AuditVerdict
	AuditLink    = console.AuditLink
)

// keyring lets the console remember sessions, tokens and second factors in the store.
type keyring struct{ *store.Store }

// Keep remembers a key.
func (k keyring) Keep(one console.Key) { k.KeepKey(store.Key(one)) }

// Drop forgets a key.
func (k keyring) Drop(kind, id string) { k.DropKey(kind, id) }

// Keys returns all that are remembered.
func (k keyring) Keys(ctx context.Context) ([]console.Key, error) {
	kept, err := k.Store.Keys(ctx)
	all := make([]console.Key, len(kept))
	for i, one := range kept {
		all[i] = console.Key(one)
	}
	return all, err
}

// verifyAudit says whether the audit trail is as it was written.
func verifyAudit(ctx context.Context, s *store.Store, known console.AuditLink) (console.AuditVerdict, error) {
	v, err := s.Verify(ctx, store.Link(known))
	return console.AuditVerdict{
		Lines: v.Lines, Unchained: v.Unchained, Missing: v.Missing, Tail: console.AuditLink(v.Tail), Broken: v.Broken, Time: v.Time, Why: v.Why,
	}, err
}

// newProof makes what proves a user of his password, at the console and at his phones. What he has besides stays.
func newProof(hash directory.Hasher, u telagent.User, deskPhone, password string) (c telagent.Credentials, err error) {
	c = u.Credentials
	if c.Password, err = hash.Hash(password); err != nil {
		return c, err
	}
	c.HA1MD5, c.HA1SHA = hash.HA1(u.Name, password)
	c.DeskMD5, c.DeskSHA = "", ""
	if deskPhone != "" {
		c.DeskMD5, c.DeskSHA = hash.HA1(deskPhone, password)
	}
	return c, nil
}

func oidcOptions(o config.OIDC) console.OIDC {
	return console.OIDC{
		Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: o.ClientSecret.Reveal(), Redirect: o.Redirect, UserClaim: o.UserClaim, Name: o.Name, Scopes: o.Scopes,
	}
}

// admitting adds to the console's options how people get in.
func (g *Gateway) admitting(o console.Options) console.Options {
	hash := hasher(g.config.SIP.Domain)
	o.Keyring = keyring{g.store}
	o.Credentials = func(u telagent.User, deskPhone, password string) (telagent.Credentials, error) {
		return newProof(hash, u, deskPhone, password)
	}
	o.Verify = func(ctx context.Context, known console.AuditLink) (console.AuditVerdict, error) {
		return verifyAudit(ctx, g.store, known)
	}
	o.SecondFactor = g.config.Console.SecondFactor == "required"
	o.SessionIdle, o.SessionLife = g.config.Console.SessionIdle, g.config.Console.SessionLife
	o.OIDC = oidcOptions(g.config.OIDC)
	return o
}
