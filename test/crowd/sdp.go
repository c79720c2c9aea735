package crowd

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/pion/srtp/v3"
)

// key is what one side sends with (RFC 4568 §9.1).
type key struct {
	tag    string
	suite  string
	secret []byte // key and salt
}

// suites are those that phones of a crowd speak: the length of the key is 16 in all.
var suites = map[string]struct {
	profile srtp.ProtectionProfile
	length  int
}{
	"AES_CM_128_HMAC_SHA1_80": {srtp.ProtectionProfileAes128CmHmacSha1_80, 30},
	"AEAD_AES_128_GCM":        {srtp.ProtectionProfileAeadAes128Gcm, 28},
}

func newKey(tag, suite string) *key {
	k := &key{tag, suite, make([]byte, suites[suite].length)}
	_, _ = rand.Read(k.secret) // it never fails
	return k
}

func (k *key) context(options ...srtp.ContextOption) (*srtp.Context, error) {
	return srtp.CreateContext(k.secret[:16], k.secret[16:], suites[k.suite].profile, options...)
}

// description is what a crowd reads of an SDP body.
type description struct {
	at        netip.AddrPort
	secure    bool // RTP/SAVP
	law       bool // PCMU is there
	keys      []*key
	direction string
}

var errNoAudio = errors.New("no audio that is spoken here")

func readSDP(body []byte) (d description, err error) {
	d.direction = "sendrecv"
	var ip netip.Addr
	port := uint64(0)
	for line := range strings.SplitSeq(string(body), "\n") {
		kind, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		f := strings.Fields(value)
		switch {
		case kind == "c" && len(f) == 3:
			if ip, err = netip.ParseAddr(f[2]); err != nil {
				return d, err
			}
		case kind == "m" && len(f) > 3 && f[0] == "audio":
			if port, err = strconv.ParseUint(f[1], 10, 16); err != nil {
				return d, err
			}
			d.secure = f[2] == "RTP/SAVP" || f[2] == "RTP/SAVPF"
			if !d.secure && f[2] != "RTP/AVP" && f[2] != "RTP/AVPF" {
				return d, errNoAudio
			}
			for _, kind := range f[3:] {
				d.law = d.law || kind == "0"
			}
		case kind == "a" && len(f) >= 3 && strings.HasPrefix(value, "crypto:"):
			if k := readKey(f); k != nil {
				d.keys = append(d.keys, k)
			}
		case value == "sendonly" || value == "recvonly" || value == "inactive":
			d.direction = value
		}
	}
	if !ip.IsValid() || port == 0 || !d.law || d.secure && len(d.keys) == 0 {
		return d, errNoAudio
	}
	d.at = netip.AddrPortFrom(ip, uint16(port))
	return d, nil
}

func readKey(f []string) *key {
	s, known := suites[f[1]]
	text, _, _ := strings.Cut(strings.TrimPrefix(f[2], "inline:"), "|")
	secret, err := base64.StdEncoding.DecodeString(text)
	if !known || err != nil || len(secret) != s.length {
		return nil
	}
	return &key{strings.TrimPrefix(f[0], "crypto:"), f[1], secret}
}

// writeSDP is a leg's own description; k is nil for plain audio.
func writeSDP(at netip.AddrPort, version int, direction string, k *key) []byte {
	profile, crypto := "RTP/AVP", ""
	if k != nil {
		profile, crypto = "RTP/SAVP", fmt.Sprintf("a=crypto:%s %s inline:%s\r\n", k.tag, k.suite, base64.StdEncoding.EncodeToString(k.secret))
	}
	return fmt.Appendf(nil, "v=0\r\no=crowd 1 %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %[2]s\r\nt=0 0\r\nm=audio %[3]d %s 0 %d\r\n%sa=rtpmap:0 PCMU/8000\r\n"+
		"a=rtpmap:%[5]d telephone-event/8000\r\na=fmtp:%[5]d 0-15\r\na=ptime:20\r\na=%[7]s\r\n", version, at.Addr(), at.Port(), profile, keyType, crypto, direction)
}
