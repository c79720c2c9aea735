// Package packaging tests what a distribution needs of the gateway: the unit for systemd and the Debian package. It holds
// nothing else.
//
// Start with unit_test.go; deb_test.go builds, installs and removes the package.
package packaging
