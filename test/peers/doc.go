// Package peers holds the whole-program tests with peers that nobody here wrote: baresip as customer, softphone and
// phone, SIPp as carrier. They run with the build tag peers (make peers) and need those programs.
//
// It is not the place for decisions of the core (telagent's floor scripts) nor for what one wire does (its own tests).
//
// Start with switch_test.go. Every peer has its own address in 127.0.0.0/8 and its own tone, so that the audio that
// arrives says who hears whom.
package peers
