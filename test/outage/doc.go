// Package outage rehearses the day on which a site loses its network: real softphones (baresip) in calls with customers
// through the real gateway, a line that is cut or falls silent, one click or a policy, and phones behind a trunk with too
// few channels for everybody. It prints what became of each call.
//
// It is not the place for decisions of the core (telagent's floor scripts) nor for peers that behave well (test/peers).
//
// Start with rehearsal_test.go. make outage plays it in network namespaces (build tag outage); a small form runs with the
// other whole-program tests (build tag peers), where the site is behind a Relay.
package outage
