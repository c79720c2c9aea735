package console

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Work per password: argon2id with 19 MiB and two passes (RFC 9106 explains the parameters).
const (
	hashMemory  = 19 * 1024 // KiB
	hashPasses  = 2
	hashThreads = 1
	hashSalt    = 16 // bytes
	hashLength  = 32 // bytes

	hashesAtOnce = 4 // more wait: a flood of sign-ins must not take the memory of the calls
)

// Stored hashes that ask for more than this are not computed.
const (
	mostMemory  = 256 * 1024 // KiB
	mostPasses  = 16
	mostThreads = 16
)

// nobody is the hash that a sign-in of an unknown user is checked against, so that it takes as long as any other.
// Nobody has its password: the key is all zero bytes.
var nobody = encodeHash(make([]byte, hashSalt), make([]byte, hashLength))

// HashPassword returns the argon2id hash of a password in PHC string format, with a new salt.
func HashPassword(password string) (string, error) {
	salt := make([]byte, hashSalt)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("make a salt: %w", err)
	}
	return encodeHash(salt, argon2.IDKey([]byte(password), salt, hashPasses, hashMemory, hashThreads, hashLength)), nil
}

func encodeHash(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// CheckPIN is CheckPassword for who may have no PIN: an empty hash fits nothing, and it takes as long to say so.
func CheckPIN(hash, pin string) (bool, error) {
	if hash != "" {
		return CheckPassword(hash, pin)
	}
	_, err := CheckPassword(nobody, pin)
	return false, err
}

// CheckPassword reports whether the password is the one that was hashed. The error says that the hash itself is not
// one of argon2id in PHC string format, or asks for too much work; an empty hash fits no password.
func CheckPassword(hash, password string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return false, errors.New("check a password: the stored hash is not argon2id in PHC format")
	}
	var version, memory, passes, threads int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, fmt.Errorf("check a password: argon2 version %q is not known", parts[2])
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &threads); err != nil {
		return false, fmt.Errorf("check a password: parameters %q: %w", parts[3], err)
	}
	if memory < 8 || memory > mostMemory || passes < 1 || passes > mostPasses || threads < 1 || threads > mostThreads {
		return false, fmt.Errorf("check a password: parameters %q are out of range", parts[3])
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("check a password: salt: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) < 16 || len(want) > 64 {
		return false, errors.New("check a password: the stored key is not one")
	}
	got := argon2.IDKey([]byte(password), salt, uint32(passes), uint32(memory), uint8(threads), uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
