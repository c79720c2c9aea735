package config

import (
	"fmt"
	"io"
	"net/url"
	"strings"
)

const mask = "********"

// Secret is a value that is never printed, logged or encoded; Reveal gives it to whom it is for. The zero value is no
// secret and prints as nothing.
type Secret string

// Reveal returns the value itself.
func (s Secret) Reveal() string { return string(s) }

// String returns stars, or nothing when there is no secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return mask
}

// Format implements fmt.Formatter, so that no verb gives the value away.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText implements encoding.TextMarshaler with stars, which covers JSON too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// DSN names a store, sqlite:FILE or postgres://…. It prints without its password; Reveal gives it whole.
type DSN string

// Reveal returns the name with its password.
func (d DSN) Reveal() string { return string(d) }

// String returns the name with stars for a password, and for everything that might hide one.
func (d DSN) String() string {
	if strings.HasPrefix(string(d), "sqlite:") || d == "" {
		return string(d)
	}
	u, err := url.Parse(string(d))
	if err != nil || u.Opaque != "" {
		return mask
	}
	if _, set := u.User.Password(); set {
		u.User = url.UserPassword(u.User.Username(), mask)
	}
	if u.RawQuery != "" { // may hold password=…
		u.RawQuery = mask
	}
	return u.String()
}

// Format implements fmt.Formatter, so that no verb gives the password away.
func (d DSN) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.String()) }

// MarshalText implements encoding.TextMarshaler as String prints it.
func (d DSN) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
