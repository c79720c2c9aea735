// Package console holds the whole-program tests of the pages: the built gateway serves them, a real Chromium shows them, and
// calls on them are real ones. They run with the build tag peers (make peers).
//
// It is not the place for what a page shows of what the API answers, which console/web/test plays against a floor without
// wires. Start with softphone_test.go.
package console
