package sip

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
)

// TLS says by what we prove who we are over TLS and WSS, and whom we believe. The files are read again when they change;
// connections that stand are not touched by that.
type TLS struct {
	Certificates []KeyPair // the first one is for who asks for no name (SNI), or for one that none of them has
	ClientCA     string    // file with the authorities (PEM) that vouch for trunks that call us; empty: Trunk.CA alone
}

// KeyPair names the files of a certificate, with what is between it and its authority, and of its key. Both are PEM.
type KeyPair struct{ Certificate, Key string }

// Certificate is one of ours, for people to look at.
type Certificate struct {
	File  string
	Names []string
	Until time.Time // it is worth nothing any more
}

const (
	lookEvery   = 5 * time.Second     // how often files are looked at, at most; only handshakes make us look
	endingEarly = 14 * 24 * time.Hour // how long before its end a certificate is warned of
)

// keyring holds our certificates and those of the authorities that we believe.
type keyring struct {
	log *zap.Logger

	mu     sync.Mutex
	looked time.Time
	own    []*fromFile[*tls.Certificate]
	byPair map[KeyPair]*fromFile[*tls.Certificate]
	roots  map[string]*fromFile[*x509.CertPool] // by file
}

// fromFile is something that was read from files.
type fromFile[T any] struct {
	files   []string
	read    func(files []string) (T, error)
	value   T
	state   string // of the files, when it was read
	problem string // why it could not be read again; empty: all is well
}

// newKeyring reads every file that is named. The error says which one cannot be used.
func newKeyring(o TLS, trunks []*trunk, log *zap.Logger) (*keyring, error) {
	k := &keyring{
		log: log, looked: time.Now(), byPair: make(map[KeyPair]*fromFile[*tls.Certificate]), roots: make(map[string]*fromFile[*x509.CertPool]),
	}
	for _, files := range o.Certificates {
		if err := k.addPair(files); err != nil {
			return nil, err
		}
		k.own = append(k.own, k.byPair[files])
	}
	if err := k.addRoots(o.ClientCA); err != nil {
		return nil, err
	}
	for _, t := range trunks {
		if t.Own != (KeyPair{}) {
			if err := k.addPair(t.Own); err != nil {
				return nil, fmt.Errorf("trunk %s: %w", t.Name, err)
			}
		}
		if err := k.addRoots(t.CA); err != nil {
			return nil, fmt.Errorf("trunk %s: %w", t.Name, err)
		}
	}
	return k, nil
}

func (k *keyring) addPair(files KeyPair) error {
	if k.byPair[files] != nil {
		return nil
	}
	c := &fromFile[*tls.Certificate]{files: []string{files.Certificate, files.Key}, read: readPair}
	k.byPair[files] = c
	return c.look()
}

func (k *keyring) addRoots(file string) error {
	if file == "" || k.roots[file] != nil {
		return nil
	}
	c := &fromFile[*x509.CertPool]{files: []string{file}, read: readRoots}
	k.roots[file] = c
	return c.look()
}

func readPair(files []string) (*tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(files[0], files[1])
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", files[0], files[1], err)
	}
	return &c, nil
}

func readRoots(files []string) (*x509.CertPool, error) {
	text, err := os.ReadFile(files[0])
	if err != nil {
		return nil, fmt.Errorf("authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("authorities: %s holds no certificate in PEM", files[0])
	}
	return pool, nil
}

// look reads the files if they are others than before. What cannot be read leaves everything as it was: a certificate
// and its key are rarely written in the same moment.
func (c *fromFile[T]) look() error {
	state := ""
	for _, file := range c.files {
		if info, err := os.Stat(file); err == nil {
			state += fmt.Sprint(info.ModTime().UnixNano(), " ", info.Size(), " ")
		}
	}
	if state == c.state && state != "" {
		return nil
	}
	value, err := c.read(c.files)
	if err != nil {
		return err
	}
	c.value, c.state, c.problem = value, state, ""
	return nil
}

// again is look for what was read before: it says in the log what came of it.
func again[T any](c *fromFile[T], log *zap.Logger) {
	was := c.state
	switch err := c.look(); {
	case err != nil && err.Error() != c.problem:
		c.problem = err.Error()
		log.Error("a changed file cannot be used; what it held before goes on", zap.Error(err))
	case err == nil && c.state != was:
		log.Info("file read again", zap.Strings("files", c.files))
	}
}

// refresh looks at the files, unless that was done a moment ago. The lock is held.
func (k *keyring) refresh() {
	now := time.Now()
	if now.Sub(k.looked) < lookEvery {
		return
	}
	k.looked = now
	for _, c := range k.byPair {
		again(c, k.log)
	}
	for _, c := range k.roots {
		again(c, k.log)
	}
}

// pick chooses the certificate that a peer which connects to us is shown.
//
// RFC 6066 §3; RFC 5922 §7.3
func (k *keyring) pick(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refresh()
	if len(k.own) == 0 {
		return nil, errors.New("no certificate is configured")
	}
	name := strings.TrimSuffix(hello.ServerName, ".")
	nameless := *hello // a certificate for sip:domain is one for that name too, which crypto/tls does not know
	nameless.ServerName = ""
	var fallback *tls.Certificate
	for _, c := range k.own {
		if nameless.SupportsCertificate(c.value) != nil {
			continue
		}
		if name != "" && (c.value.Leaf.VerifyHostname(name) == nil || matches(c.value.Leaf, name)) {
			return c.value, nil
		}
		if fallback == nil {
			fallback = c.value
		}
	}
	if fallback != nil {
		return fallback, nil
	}
	return k.own[0].value, nil
}

// shown returns what we prove ourselves with to a peer that we connect to and that asks for it; empty: nothing.
func (k *keyring) shown(t *trunk) *tls.Certificate {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case t != nil && t.Own != (KeyPair{}):
		return k.byPair[t.Own].value
	case len(k.own) > 0:
		return k.own[0].value
	}
	return &tls.Certificate{}
}

// authorities returns the pool of a file; nil: none is named.
func (k *keyring) authorities(file string) *x509.CertPool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refresh()
	if c := k.roots[file]; c != nil {
		return c.value
	}
	return nil
}

// certificates returns ours, those for trunks last.
func (k *keyring) certificates() []Certificate {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refresh()
	all := make([]Certificate, 0, len(k.byPair))
	for files, c := range k.byPair {
		all = append(all, Certificate{File: files.Certificate, Names: domainsOf(c.value.Leaf), Until: c.value.Leaf.NotAfter})
	}
	return all
}
