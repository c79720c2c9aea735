// Package chaos proves that calls outlive the gateway: it kills it, stops it, takes its database, its disk and its network
// away under many calls, each of which judges itself (test/crowd), and counts what was lost.
//
// It is not the table of what works with whom (test/interop), and it holds no production code. make chaos plays the fault
// matrix and asserts times; make soak plays for an hour; the forms that make test plays assert order, counts and who hears
// whom alone.
//
// Start with house (house_test.go), then a fault (kill_test.go).
package chaos
