package sip

import (
	"crypto/tls"

	"go.uber.org/zap"
)

// Proof is a certificate that another server of this process proves itself with. Like ours it is read again when its files
// change.
type Proof struct{ keys *keyring }

// NewProof reads a certificate and its key. The error says which file cannot be used.
func NewProof(files KeyPair, log *zap.Logger) (*Proof, error) {
	if log == nil {
		log = zap.NewNop()
	}
	keys, err := newKeyring(TLS{Certificates: []KeyPair{files}}, nil, log)
	if err != nil {
		return nil, err
	}
	return &Proof{keys}, nil
}

// Show returns the certificate for a handshake, as tls.Config.GetCertificate wants it.
func (p *Proof) Show(hello *tls.ClientHelloInfo) (*tls.Certificate, error) { return p.keys.pick(hello) }

// Certificate says which one it is.
func (p *Proof) Certificate() Certificate { return p.keys.certificates()[0] }
