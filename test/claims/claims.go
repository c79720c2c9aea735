// Package claims marks the tests that prove what the gateway promises to whoever attacks it, or is attacked by it.
//
// It judges nothing: the test does, and a claim holds when the test passes that names it. It is for tests alone and
// imports nothing of the project. Start with Proven; `make claims` runs every test that calls it and prints the table,
// and docs/claims.md lists them.
package claims

import "testing"

// Proven says that the calling test proves a promise. sentence is a string literal, in the present tense, without a full
// stop: docs/claims.md is made of these. Several tests may prove one promise; it holds when all of them pass.
//
// asvs are the requirements of OWASP ASVS 5.0 that the promise answers, literals like "7.2.1": docs/asvs.md is made of them.
func Proven(t testing.TB, sentence string, asvs ...string) {
	t.Helper()
	t.Logf("claim: %s %v", sentence, asvs)
}
