package media

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// crypto is one a=crypto attribute: a suite, and the key that its writer sends with.
// RFC 4568 §9.1
type crypto struct {
	tag uint32
	keying
	lock *lock // what our key seals with; nil: nothing yet, or a far side's
}

// maxCrypto bounds the a=crypto lines of one audio line that we read.
const maxCrypto = 32

// newCrypto makes a key of our own.
func newCrypto(tag uint32, s suite) crypto {
	key := make([]byte, s.keyLength()+s.saltLength())
	_, _ = rand.Read(key) // it never fails
	return crypto{tag: tag, keying: keying{suite: s, key: string(key)}}
}

// attribute writes the a=crypto attribute, without "a=". It is secret.
func (c *crypto) attribute() string {
	return fmt.Sprintf("crypto:%d %s inline:%s", c.tag, c.suite, base64.StdEncoding.EncodeToString([]byte(c.key)))
}

// readCryptos returns the a=crypto attributes of a line that we can use, in its order. What is malformed or asks for what
// we do not do is passed over, and an error says why if nothing is left. No error quotes a key.
func readCryptos(m *mediaLine) (usable []crypto, err error) {
	err = errors.New("no a=crypto")
	n := 0
	for _, a := range m.attributes {
		value, is := strings.CutPrefix(a, "crypto:")
		if !is {
			continue
		}
		if n++; n > maxCrypto {
			break
		}
		c, problem := readCrypto(value)
		if problem != nil {
			err = problem
			continue
		}
		usable = append(usable, c)
	}
	if len(usable) > 0 {
		return usable, nil
	}
	return nil, err
}

// readCrypto reads "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^20|1:4 UNENCRYPTED_SRTCP".
// RFC 4568 §9.1
func readCrypto(value string) (c crypto, err error) {
	fields := strings.Fields(value)
	if len(fields) < 3 {
		return c, errors.New("a=crypto has fewer than three fields")
	}
	tag, err := strconv.ParseUint(fields[0], 10, 32)
	if err != nil || len(fields[0]) > 9 {
		return c, errors.New("a=crypto has no number as its tag")
	}
	c.tag = uint32(tag)
	if c.suite = suiteNamed(fields[1]); c.suite == noSuite {
		return c, errors.New("no suite of a=crypto is spoken here")
	}
	for _, parameter := range fields[3:] {
		if !ignorable(parameter) {
			name, _, _ := strings.Cut(parameter, "=")
			return c, fmt.Errorf("a=crypto asks for %.30q, which is not done here", name)
		}
	}
	return c, c.readKey(fields[2])
}

// ignorable says whether a session parameter leaves the packets as they are. Those that leave something unencrypted or
// unproved are refused, and a key derivation rate is, as the library has none.
// RFC 4568 §6.3.1 to §6.3.7
func ignorable(parameter string) bool {
	// The window size is a hint: ours is larger than the least.
	return strings.HasPrefix(parameter, "-") || strings.HasPrefix(parameter, "WSH=")
}

// readKey reads "inline:KEY|LIFETIME|MKI:LENGTH". How long a key lives is for who sends with it to mind.
// RFC 4568 §6.1
func (c *crypto) readKey(parameter string) error {
	method, info, _ := strings.Cut(parameter, ":")
	if !strings.EqualFold(method, "inline") {
		return errors.New("a=crypto has no inline key")
	}
	if strings.Contains(info, ";") {
		return errors.New("a=crypto has several keys") // todo RFC 4568 §6.1: several keys, told apart by MKI
	}
	parts := strings.Split(info, "|")
	key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(parts[0], "="))
	if err != nil || len(key) != c.suite.keyLength()+c.suite.saltLength() {
		return fmt.Errorf("the key of a=crypto does not fit %s", c.suite)
	}
	c.key = string(key)
	for i, part := range parts[1:] {
		mki, length, identifies := strings.Cut(part, ":")
		switch {
		case identifies && i == len(parts)-2:
			if c.mki, err = readMKI(mki, length); err != nil {
				return err
			}
		case identifies || i > 0 || !isLifetime(part):
			return errors.New("a=crypto has a malformed key")
		}
	}
	return nil
}

// isLifetime says whether a text is a number of packets, as 2^20 or 1048576.
func isLifetime(text string) bool {
	power, isPower := strings.CutPrefix(text, "2^")
	n, err := strconv.ParseUint(power, 10, 48)
	if isPower {
		return err == nil && n <= 48
	}
	return err == nil && n > 0
}

// maxMKI is the length in bytes of the longest master key identifier.
// RFC 4568 §9.1
const maxMKI = 128

// readMKI returns a number as so many bytes.
func readMKI(number, length string) (string, error) {
	n, err := strconv.ParseUint(length, 10, 8)
	value, err2 := strconv.ParseUint(number, 10, 64)
	if err != nil || err2 != nil || n < 1 || n > maxMKI || n < 8 && value>>(8*n) != 0 {
		return "", errors.New("a=crypto has a malformed master key identifier")
	}
	mki := make([]byte, n)
	for i := len(mki) - 1; i >= 0 && value > 0; i-- {
		mki[i] = byte(value)
		value >>= 8
	}
	return string(mki), nil
}
