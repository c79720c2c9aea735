package media

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pion/srtp/v3"

	"telagent-gateway/call"
)

// sealer is a far side that speaks SRTP with keys from descriptions. It has contexts of its own, made of what the
// descriptions say, and not of what the wire thinks that they say.
type sealer struct {
	suite  suite
	key    []byte // its own
	ours   string // the key that we send with, as it stands in our description
	in     *srtp.Context
	out    *srtp.Context
	opened int      // packets of ours that it could read
	closed int      // and could not
	sealed [][]byte // what it sent, if kept
	keeps  bool
}

func newSealer(s suite, seed byte) *sealer {
	key := make([]byte, s.keyLength()+s.saltLength())
	for i := range key {
		key[i] = seed + byte(i)
	}
	r := &sealer{suite: s, key: key}
	r.out = r.context(key)
	return r
}

func (r *sealer) context(key []byte) *srtp.Context {
	c, err := srtp.CreateContext(key[:r.suite.keyLength()], key[r.suite.keyLength():], r.suite.profile(),
		srtp.SRTPReplayProtection(64), srtp.SRTCPReplayProtection(64)) // what was sealed under a number is not opened twice
	if err != nil {
		panic(err)
	}
	return c
}

// crypto is the sealer's attribute, with a tag.
func (r *sealer) crypto(tag int) string {
	return fmt.Sprintf("a=crypto:%d %s inline:%s", tag, r.suite, base64.StdEncoding.EncodeToString(r.key))
}

var cryptoLine = regexp.MustCompile(`a=crypto:(\d+) (\S+) inline:(\S+)\r\n`)

// learn takes our key of the sealer's suite from our description and returns its tag. A key that stays keeps its context.
func (r *sealer) learn(t *testing.T, body []byte) (tag int) {
	t.Helper()
	for _, m := range cryptoLine.FindAllStringSubmatch(string(body), -1) {
		if m[2] != r.suite.String() {
			continue
		}
		tag, _ = strconv.Atoi(m[1])
		if m[3] != r.ours {
			key, err := base64.StdEncoding.DecodeString(m[3])
			if err != nil {
				t.Fatal(err)
			}
			r.ours, r.in = m[3], r.context(key)
		}
		return tag
	}
	t.Fatalf("no key for %s in %q", r.suite, body)
	return 0
}

func (r *sealer) seal(t *testing.T, packet []byte) []byte {
	out, err := r.out.EncryptRTP(nil, packet, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.keeps {
		r.sealed = append(r.sealed, bytes.Clone(out))
	}
	return out
}

// open returns a packet of ours decrypted; nil: it could not be.
func (r *sealer) open(t *testing.T, datagram []byte) []byte {
	var plain []byte
	var err error
	switch {
	case r.in == nil:
		t.Errorf("sent to a far side that knows no key of ours: % x", datagram[:rtpHeader])
		return nil
	case isReport(datagram):
		plain, err = r.in.DecryptRTCP(nil, datagram, nil)
	default:
		plain, err = r.in.DecryptRTP(nil, datagram, nil)
	}
	if err != nil {
		r.closed++
		return nil
	}
	r.opened++
	return plain
}

// over is a far side's description over a profile, with more lines for its audio.
func over(id call.LegID, profile string, more ...string) []byte {
	return []byte(strings.Replace(string(description(id, "0 101", more...)), "RTP/AVP", profile, 1))
}

// arrivesSealed makes a leg of somebody who called us and speaks SRTP, in a dialog that stands.
func (s *stage) arrivesSealed(id call.LegID, r *sealer) {
	s.t.Helper()
	body, err := s.w.Answer(id, over(id, "RTP/SAVP", r.crypto(7)), Terms{Ways: []Way{SDES}})
	if err != nil {
		s.t.Fatal(err)
	}
	if tag := r.learn(s.t, body); tag != 7 {
		s.t.Errorf("answered with the tag %d", tag)
	}
	s.meets(id, r)
}

// answersSealed makes a leg of somebody whom we called for near and who speaks SRTP.
func (s *stage) answersSealed(id, near call.LegID, r *sealer) {
	s.t.Helper()
	body, err := s.w.Offer(id, near, Terms{Ways: []Way{SDES}})
	if err != nil {
		s.t.Fatal(err)
	}
	tag := r.learn(s.t, body)
	if err := s.w.Accept(id, over(id, "RTP/SAVP", r.crypto(tag))); err != nil {
		s.t.Fatal(err)
	}
	s.meets(id, r)
}

// meets connects a sealer to its leg.
func (s *stage) meets(id call.LegID, r *sealer) {
	s.far[id] = r
	l, err := s.w.find(id)
	if err != nil {
		s.t.Fatal(err)
	}
	s.links[uint16(l.port)].sealer, s.links[uint16(l.port+1)].sealer = r, r
	s.w.Established(id)
}
