package media

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
)

// The wire's SRTP is compared with one that is written here after the RFCs, without their library, and that one with the
// test vectors of the RFCs.

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	out, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// derive is the key derivation of RFC 3711 §4.3.1 with the rate 0, and of RFC 6188 §3 for long keys.
func derive(t *testing.T, master, salt []byte, label byte, n int) []byte {
	t.Helper()
	block, err := aes.NewCipher(master)
	if err != nil {
		t.Fatal(err)
	}
	iv := make([]byte, 16)
	copy(iv, salt)
	iv[7] ^= label
	out := make([]byte, n)
	cipher.NewCTR(block, iv).XORKeyStream(out, out)
	return out
}

// RFC 3711 §4.1.1, §4.2
func countered(t *testing.T, key, salt, auth, header, body []byte, ssrc uint32, index uint64, tail []byte) []byte {
	t.Helper()
	iv := append(bytes.Clone(salt), 0, 0)
	var at [16]byte
	binary.BigEndian.PutUint32(at[4:], ssrc)
	binary.BigEndian.PutUint64(at[6:], binary.BigEndian.Uint64(at[6:])^index)
	for i := range iv {
		iv[i] ^= at[i]
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	out := append(bytes.Clone(header), make([]byte, len(body))...)
	cipher.NewCTR(block, iv).XORKeyStream(out[len(header):], body)
	mac := hmac.New(sha1.New, auth)
	mac.Write(out)
	mac.Write(tail)
	return append(out, mac.Sum(nil)...)
}

// RFC 7714 §8.1
func counted(t *testing.T, key, salt, header, body []byte, ssrc, roc uint32, sequence uint16) []byte {
	t.Helper()
	iv := make([]byte, 12)
	binary.BigEndian.PutUint32(iv[2:], ssrc)
	binary.BigEndian.PutUint32(iv[6:], roc)
	binary.BigEndian.PutUint16(iv[10:], sequence)
	for i := range iv {
		iv[i] ^= salt[i]
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return aead.Seal(bytes.Clone(header), iv, body, header)
}

// RFC 3711 appendix B.3
func TestKeysAreDerivedAsTheVectorsOfTheRFCSay(t *testing.T) {
	master, salt := unhex(t, "E1F97A0D3E018BE0D64FA32C06DE4139"), unhex(t, "0EC675AD498AFEEBB6960B3AABE6")
	for label, want := range []string{
		"C61E7A93744F39EE10734AFE3FF7A087",
		"CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E47403576",
		"30CBBC08863D8C85D49DB34A9AE1",
	} {
		if got := derive(t, master, salt, byte(label), len(want)/2); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("label %d: %X", label, got)
		}
	}
}

// RFC 3711 appendix B.2
func TestTheKeystreamIsThatOfTheVectorsOfTheRFC(t *testing.T) {
	key, salt := unhex(t, "2B7E151628AED2A6ABF7158809CF4F3C"), unhex(t, "F0F1F2F3F4F5F6F7F8F9FAFBFCFD")
	got := countered(t, key, salt, nil, nil, make([]byte, 48), 0, 0, nil)
	want := "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0"
	if !bytes.Equal(got[:48], unhex(t, want)) {
		t.Errorf("%X", got[:48])
	}
}

// RFC 7714 §16.1.1, §16.2.1
func TestGCMPacketsAreThoseOfTheVectorsOfTheRFC(t *testing.T) {
	packet := unhex(t, `8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573`)
	salt := unhex(t, "51 75 69 64 20 70 72 6f 20 71 75 6f")
	for key, want := range map[string]string{
		"000102030405060708090a0b0c0d0e0f": `8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5
			0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce`,
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f": `8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238
			9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13`,
	} {
		if got := counted(t, unhex(t, key), salt, packet[:12], packet[12:], 0x5501a0b2, 0, 0xf17b); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("key %s: %X", key, got)
		}
	}
}

// sealedByHand is the SRTP packet as the RFCs say, for the first rollover.
func sealedByHand(t *testing.T, s suite, master, salt, packet []byte, roc uint32) []byte {
	t.Helper()
	ssrc, sequence := binary.BigEndian.Uint32(packet[8:]), binary.BigEndian.Uint16(packet[2:])
	key := derive(t, master, salt, 0, len(master))
	session := derive(t, master, salt, 2, len(salt))
	if s == gcm128 || s == gcm256 {
		return counted(t, key, session, packet[:rtpHeader], packet[rtpHeader:], ssrc, roc, sequence)
	}
	auth := derive(t, master, salt, 1, 20)
	tail := binary.BigEndian.AppendUint32(nil, roc)
	out := countered(t, key, session, auth, packet[:rtpHeader], packet[rtpHeader:], ssrc, uint64(roc)<<16|uint64(sequence), tail)
	tag := 10
	if s == cm128tag32 || s == cm256tag32 {
		tag = 4
	}
	return out[:len(packet)+tag]
}

func TestEverySuiteSealsAsTheRFCsSayAlsoBehindARollover(t *testing.T) {
	for s := gcm128; int(s) < len(suites); s++ {
		r := newSealer(s, 5)
		l, err := newLock(keying{suite: s, key: string(r.key)})
		if err != nil {
			t.Fatal(err)
		}
		g := &guard{out: l}
		n := s.keyLength()
		for i := range uint32(10) {
			packet := rtpPacket(0, false, uint16(65530+i), i*160, 0xcafe, bytes.Repeat([]byte{byte(i)}, 160))
			want := sealedByHand(t, s, r.key[:n], r.key[n:], packet, (65530+i)>>16)
			if got, ok := g.seal(packet); !ok || !bytes.Equal(got, want) {
				t.Errorf("%s, packet %d: % x, want % x", s, i, got, want)
			}
		}
	}
}
