// Package interop is the table of phones and carriers that nobody here wrote, and the tests that play it: which peer, over
// which transport and with which encryption, does what with the gateway. docs/interop.md is printed from it.
//
// It is not the place for what one call has to be like; that is in test/peers, with one kind of phone.
//
// Start with Matrix. The tests run with the build tag peers; a cell that claims to be played and was not fails them.
package interop

import "fmt"

// Column is one thing that a peer does.
type Column int

// The columns, in the order of the page. Of a phone, an agent has it: a call in comes to it, a call out is dialled at it. A
// carrier brings the call in, and the call out goes to a phone behind it.
const (
	Register Column = iota
	CallIn
	CallOut
	Hold
	Keys
	Transfer
	Switch
	columns
)

// String returns the heading of the column.
func (c Column) String() string {
	return []string{"register", "call in", "call out", "hold", "DTMF", "transfer", "switch"}[c]
}

// Row is a peer in one of its ways to talk with the gateway.
type Row struct {
	Peer       string // name, as people say it
	As         string // what it is to the gateway: softphone, carrier, …
	Transport  string
	Encryption string // of the audio
	Test       string // the Go test that plays it; empty: every column is a no

	No map[Column]string // why a column is not played; one that is missing is
}

// String names the row in tests.
func (r Row) String() string {
	return fmt.Sprintf("%s as %s, %s, %s", r.Peer, r.As, r.Transport, r.Encryption)
}

// The words of rows.
const (
	softphone = "softphone"
	carrier   = "carrier"
	edge      = "proxy in front of phones"

	none = "nothing"
	sdes = "SDES"
	dtls = "DTLS-SRTP"

	overIPv6 = " over IPv6" // behind a transport

	noZRTP  = "The gateway does not speak ZRTP: a phone agrees on its keys with the far side alone, and the gateway has to hear both."
	aScript = "SIPp plays a script: a registrar of it would be our own words. Debian's is built without TLS and SRTP, so it has no more rows."
)

// Matrix is the table.
var Matrix = []Row{
	{Peer: "baresip", As: softphone, Transport: "UDP", Encryption: none, Test: "TestBaresipIsAnAgentsSoftphone"},
	{Peer: "baresip", As: softphone, Transport: "UDP", Encryption: sdes, Test: "TestBaresipIsAnAgentsSoftphone"},
	{Peer: "baresip", As: softphone, Transport: "UDP", Encryption: dtls, Test: "TestBaresipIsAnAgentsSoftphone"},
	{Peer: "baresip", As: softphone, Transport: "TCP", Encryption: none, Test: "TestBaresipIsAnAgentsSoftphone"},
	{Peer: "baresip", As: softphone, Transport: "TCP", Encryption: sdes, Test: "TestBaresipIsAnAgentsSoftphone"},
	{Peer: "baresip", As: softphone, Transport: "TCP", Encryption: dtls, Test: "TestBaresipIsAnAgentsSoftphone"},
	{Peer: "baresip", As: softphone, Transport: "TLS", Encryption: none, Test: "TestBaresipIsAnAgentsSoftphone"},
	{Peer: "baresip", As: softphone, Transport: "TLS", Encryption: sdes, Test: "TestBaresipIsAnAgentsSoftphone"},
	{Peer: "baresip", As: softphone, Transport: "TLS", Encryption: dtls, Test: "TestBaresipIsAnAgentsSoftphone"},
	{Peer: "baresip", As: softphone, Transport: "UDP" + overIPv6, Encryption: none, Test: "TestBaresipOverIPv6IsAnAgentsSoftphone"},
	{Peer: "baresip", As: softphone, Transport: "TCP" + overIPv6, Encryption: sdes, Test: "TestBaresipOverIPv6IsAnAgentsSoftphone"},
	{Peer: "linphone", As: softphone, Transport: "UDP", Encryption: none, Test: "TestLinphoneIsAnAgentsSoftphone"},
	{Peer: "linphone", As: softphone, Transport: "UDP", Encryption: sdes, Test: "TestLinphoneIsAnAgentsSoftphone"},
	{Peer: "linphone", As: softphone, Transport: "UDP", Encryption: dtls, Test: "TestLinphoneIsAnAgentsSoftphone"},
	{Peer: "linphone", As: softphone, Transport: "TCP", Encryption: none, Test: "TestLinphoneIsAnAgentsSoftphone"},
	{Peer: "linphone", As: softphone, Transport: "TCP", Encryption: sdes, Test: "TestLinphoneIsAnAgentsSoftphone"},
	{Peer: "linphone", As: softphone, Transport: "TCP", Encryption: dtls, Test: "TestLinphoneIsAnAgentsSoftphone"},
	{Peer: "linphone", As: softphone, Transport: "TLS", Encryption: none, Test: "TestLinphoneIsAnAgentsSoftphone"},
	{Peer: "linphone", As: softphone, Transport: "TLS", Encryption: sdes, Test: "TestLinphoneIsAnAgentsSoftphone"},
	{Peer: "linphone", As: softphone, Transport: "TLS", Encryption: dtls, Test: "TestLinphoneIsAnAgentsSoftphone"},
	{Peer: "Kamailio", As: edge, Transport: "UDP", Encryption: none, Test: "TestKamailioIsAProxyInFront"},
	{Peer: "Kamailio", As: edge, Transport: "TCP", Encryption: none, Test: "TestKamailioIsAProxyInFront"},
	{Peer: "Kamailio", As: edge, Transport: "TLS", Encryption: sdes, Test: "TestKamailioIsAProxyInFront"},
	{Peer: "Chromium with JsSIP", As: softphone, Transport: "WS", Encryption: dtls, Test: "TestChromiumIsAnAgentsSoftphone"},
	{Peer: "Chromium with JsSIP", As: softphone, Transport: "WSS", Encryption: dtls, Test: "TestChromiumIsAnAgentsSoftphone"},
	{Peer: "SIPp", As: carrier, Transport: "UDP", Encryption: none, Test: "TestSIPpIsACarrier", No: map[Column]string{Register: aScript}},
	{Peer: "SIPp", As: carrier, Transport: "TCP", Encryption: none, Test: "TestSIPpIsACarrier", No: map[Column]string{Register: aScript}},
	{Peer: "Kamailio", As: carrier, Transport: "UDP", Encryption: none, Test: "TestKamailioIsACarrierThatChallenges"},
	{Peer: "Kamailio", As: carrier, Transport: "TCP", Encryption: none, Test: "TestKamailioIsACarrierThatChallenges"},
	{Peer: "Kamailio", As: carrier, Transport: "TLS", Encryption: none, Test: "TestKamailioIsACarrierThatChallenges"},
	{Peer: "Kamailio", As: carrier, Transport: "TLS", Encryption: sdes, Test: "TestKamailioIsACarrierThatChallenges"},
	{Peer: "linphone", As: softphone, Transport: "any", Encryption: "ZRTP", No: every(noZRTP)},
}

// every is a no in every column.
func every(why string) map[Column]string {
	no := map[Column]string{}
	for c := range columns {
		no[c] = why
	}
	return no
}

// Rows returns the rows that a test plays.
func Rows(test string) (rows []Row) {
	for _, r := range Matrix {
		if r.Test == test {
			rows = append(rows, r)
		}
	}
	return rows
}
