package sip

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// identity says who has to be at the far end of a connection that we make. Over TCP nobody proves that.
type identity struct {
	name  string // host that the URI named, before it was looked up
	trunk string // whose terms hold; empty: of no trunk
}

// domainsOf returns the domains that a certificate speaks for.
//
// RFC 5922 §7.1: URIs of the scheme sip without a user; without any, DNS names; the common name where nothing else is
func domainsOf(leaf *x509.Certificate) (names []string) {
	for _, uri := range leaf.URIs {
		if strings.EqualFold(uri.Scheme, "sip") && uri.Opaque != "" && !strings.Contains(uri.Opaque, "@") {
			names = append(names, uri.Opaque)
		}
	}
	if names == nil {
		names = slices.Clone(leaf.DNSNames)
	}
	if names == nil && len(leaf.URIs) == 0 && len(leaf.IPAddresses) == 0 && leaf.Subject.CommonName != "" {
		names = []string{leaf.Subject.CommonName}
	}
	return names
}

// matches says that a certificate speaks for a domain or an IP address.
//
// RFC 5922 §7.2: letter by letter, case aside; a wildcard stands for nothing but itself
func matches(leaf *x509.Certificate, name string) bool {
	if _, err := netip.ParseAddr(name); err == nil {
		return leaf.VerifyHostname(name) == nil
	}
	return slices.ContainsFunc(domainsOf(leaf), func(n string) bool { return strings.EqualFold(n, name) })
}

// vouched says that a chain of certificates leads to an authority of the pool; nil: of those that this machine knows.
func vouched(chain []*x509.Certificate, roots *x509.CertPool, use x509.ExtKeyUsage) error {
	if len(chain) == 0 {
		return errors.New("no certificate was shown")
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{use}})
	return err
}

// proven checks who is at the far end of a connection that we made. A trunk's certificate_names stand in place of the name
// that its URI has.
//
// RFC 5922 §7.4, §4
func (w *Wire) proven(chain []*x509.Certificate, who identity) error {
	wanted := []string{who.name}
	var roots *x509.CertPool
	if t := w.trunkNamed(who.trunk); t != nil {
		if len(t.CertificateNames) > 0 {
			wanted = t.CertificateNames
		}
		roots = w.keys.authorities(t.CA)
	}
	if err := vouched(chain, roots, x509.ExtKeyUsageServerAuth); err != nil {
		return err
	}
	for _, name := range wanted {
		if matches(chain[0], name) {
			return nil
		}
	}
	return fmt.Errorf("its certificate is for %s, not for %s", quoted(domainsOf(chain[0])), quoted(wanted))
}

// trunkShown returns the name of the trunk that a certificate belongs to which a peer showed who connected to us; empty:
// none's. Few carriers have certificates made for clients, so that is not asked of them: the name has to be on our list.
//
// RFC 3261 §26.3.1, RFC 5922 §7.4
func (w *Wire) trunkShown(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return ""
	}
	for _, t := range w.trunks {
		named := slices.ContainsFunc(t.CertificateNames, func(name string) bool { return matches(chain[0], name) })
		file := t.CA
		if file == "" {
			file = w.o.TLS.ClientCA
		}
		if roots := w.keys.authorities(file); named && roots != nil && vouched(chain, roots, x509.ExtKeyUsageAny) == nil {
			return t.Name
		}
	}
	return ""
}

// quoted lists names of a peer's certificate for a log or a person.
func quoted(names []string) string {
	if len(names) == 0 {
		return "nobody"
	}
	if len(names) > 5 {
		names = append(slices.Clone(names[:5]), "…")
	}
	return scrub(strings.Join(names, ", "))
}
