package media

import "github.com/pion/srtp/v3"

// suite is what a packet is encrypted and proved with.
type suite uint8

// The suites. The zero value is none.
const (
	noSuite suite = iota
	gcm128
	gcm256
	cm128tag80
	cm128tag32
	cm256tag80
	cm256tag32
)

// RFC 7714 §14.2, RFC 4568 §6.2, RFC 6188 §4
var suites = [...]struct {
	name      string
	profile   srtp.ProtectionProfile
	key, salt int // bytes
}{
	noSuite:    {name: "no suite"},
	gcm128:     {"AEAD_AES_128_GCM", srtp.ProtectionProfileAeadAes128Gcm, 16, 12},
	gcm256:     {"AEAD_AES_256_GCM", srtp.ProtectionProfileAeadAes256Gcm, 32, 12},
	cm128tag80: {"AES_CM_128_HMAC_SHA1_80", srtp.ProtectionProfileAes128CmHmacSha1_80, 16, 14},
	cm128tag32: {"AES_CM_128_HMAC_SHA1_32", srtp.ProtectionProfileAes128CmHmacSha1_32, 16, 14},
	cm256tag80: {"AES_256_CM_HMAC_SHA1_80", srtp.ProtectionProfileAes256CmHmacSha1_80, 32, 14},
	cm256tag32: {"AES_256_CM_HMAC_SHA1_32", srtp.ProtectionProfileAes256CmHmacSha1_32, 32, 14},
}

// offeredSuites are those that we offer, the best first: GCM costs a quarter of the others.
var offeredSuites = []suite{gcm128, gcm256, cm128tag80, cm128tag32}

// String returns the suite's registered name.
func (s suite) String() string { return suites[s].name }

func (s suite) keyLength() int                  { return suites[s].key }
func (s suite) saltLength() int                 { return suites[s].salt }
func (s suite) profile() srtp.ProtectionProfile { return suites[s].profile }

// suiteNamed returns the suite of that name; noSuite: it is not spoken here.
func suiteNamed(name string) suite {
	for s, known := range suites {
		if s != int(noSuite) && known.name == name {
			return suite(s)
		}
	}
	return noSuite
}
