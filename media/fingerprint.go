package media

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// identity is what we show in DTLS: a certificate of our own making, which is worth what its fingerprint in our
// descriptions says, and no more. It stays over restarts, as a far side takes another one for another party (Options.Identity).
//
// RFC 5763 §5, RFC 8827 §6.5: ECDSA over P-256
type identity struct {
	certificate tls.Certificate
	print       string // as in a fingerprint attribute
}

// identityValid is how long a certificate of ours is valid, from a while ago on: clocks differ.
const (
	identityValid = 10 * 365 * 24 * time.Hour
	identitySlack = 24 * time.Hour
	identityRest  = 30 * 24 * time.Hour // one that is valid for less is replaced at the next start
)

func newIdentity(now time.Time) (*identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key for DTLS: %w", err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, fmt.Errorf("make a key for DTLS: %w", err)
	}
	template := x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "telagent"}, // RFC 8827 §6.5: it names nobody
		NotBefore: now.Add(-identitySlack), NotAfter: now.Add(identityValid),
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for DTLS: %w", err)
	}
	sum := sha256.Sum256(der)
	return &identity{
		certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		print:       "sha-256 " + printed(sum[:]),
	}, nil
}

// sameIdentity returns the identity that was kept, or a new one where there is none, or none that is valid for a while.
// Errors: what was kept is no identity.
func sameIdentity(kept []byte, now time.Time) (*identity, error) {
	if len(kept) == 0 {
		return newIdentity(now)
	}
	certificate, err := tls.X509KeyPair(kept, kept)
	if err != nil {
		return nil, errors.New("the certificate for DTLS that was kept is malformed") // the library's error may quote it
	}
	if certificate.Leaf.NotAfter.Sub(now) < identityRest {
		return newIdentity(now)
	}
	sum := sha256.Sum256(certificate.Certificate[0])
	return &identity{certificate: certificate, print: "sha-256 " + printed(sum[:])}, nil
}

// Identity returns what Options.Identity of the next wire is to be. It is secret.
func (w *Wire) Identity() ([]byte, error) {
	key, err := x509.MarshalPKCS8PrivateKey(w.identity.certificate.PrivateKey)
	if err != nil {
		return nil, fmt.Errorf("keep the certificate for DTLS: %w", err)
	}
	kept := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.identity.certificate.Certificate[0]})
	return append(kept, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...), nil
}

// printed writes a hash as fingerprints are: 4A:AD:…
func printed(sum []byte) string {
	digits := strings.ToUpper(hex.EncodeToString(sum))
	pairs := make([]string, 0, len(sum))
	for i := 0; i < len(digits); i += 2 {
		pairs = append(pairs, digits[i:i+2])
	}
	return strings.Join(pairs, ":")
}

// fingerprint is the hash of a certificate that a far side says it has.
type fingerprint struct{ function, sum string }

// hashes are the functions that we know, the strongest first. Older ones prove nothing any more.
//
// RFC 8122 §5
var hashes = []struct {
	name string
	sum  func(der []byte) []byte
}{
	{"sha-512", func(der []byte) []byte { s := sha512.Sum512(der); return s[:] }},
	{"sha-384", func(der []byte) []byte { s := sha512.Sum384(der); return s[:] }},
	{"sha-256", func(der []byte) []byte { s := sha256.Sum256(der); return s[:] }},
}

// maxFingerprints bounds those of one line.
const maxFingerprints = 8

// readFingerprints returns what a line says of its side's certificates: all of the strongest function that we know. The
// line's own stand before the session's and hide them.
//
// RFC 8122 §5
func readFingerprints(m *mediaLine) []fingerprint {
	var all []fingerprint
	for _, a := range m.attributes {
		value, ok := strings.CutPrefix(a, "fingerprint:")
		function, sum, two := strings.Cut(strings.TrimSpace(value), " ")
		if ok && two && len(all) < maxFingerprints {
			all = append(all, fingerprint{strings.ToLower(function), strings.ToUpper(strings.TrimSpace(sum))})
		}
	}
	for _, h := range hashes {
		strongest := slices.DeleteFunc(slices.Clone(all), func(f fingerprint) bool { return f.function != h.name })
		if len(strongest) > 0 {
			return strongest
		}
	}
	return nil
}

// errImpostor is what a handshake ends with whose far side shows another certificate than its description says.
var errImpostor = errors.New("its certificate is not the one that its description names")

// verify says whether a certificate has one of the fingerprints.
//
// RFC 8122 §6.2, RFC 5763 §6.6
func verify(der []byte, prints []fingerprint) error {
	for _, h := range hashes {
		for _, f := range prints {
			if f.function == h.name && subtle.ConstantTimeCompare([]byte(printed(h.sum(der))), []byte(f.sum)) == 1 {
				return nil
			}
		}
	}
	return errImpostor
}
