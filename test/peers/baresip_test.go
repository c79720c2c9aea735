//go:build peers

package peers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"telagent-gateway/test/stage"
)

// phone is one baresip with its own tone.
type phone struct{ *stage.Phone }

// startPhone runs a baresip that speaks a tone of hz. account is its line in the accounts file. It lives at 127.0.0.1,
// because its RTP socket is not bound and would send from there whatever it writes into its SDP; slot tells the phones
// of this machine apart by their ports. It watches its contacts, lines of its contacts file.
func startPhone(t *testing.T, name string, slot int, account string, hz float64, contacts ...string) *phone {
	t.Helper()
	return startPhoneAt(t, name, "127.0.0.1", slot, account, hz, contacts...)
}

// startPhoneAt is startPhone with signalling from another address of this machine, so that the gateway does not take the
// phone for the carrier.
func startPhoneAt(t *testing.T, name, host string, slot int, account string, hz float64, contacts ...string) *phone {
	t.Helper()
	return &phone{stage.StartPhone(t, stage.Line{
		Name: name, Account: account, Tone: hz, Host: host, SIP: sipPort(slot), Control: 12500 + slot, RTP: 13000 + 14*slot, Contacts: contacts,
	})}
}

// sipPort is that of the phone in a slot, 0..499.
func sipPort(slot int) int { return 11000 + 2*slot }

// reinvites counts the requests within a dialog that could change the phone's session.
func reinvites(p *phone) int {
	data, err := os.ReadFile(filepath.Join(p.Dir, "log"))
	if err != nil {
		p.T.Fatal(err)
	}
	n := 0
	for _, line := range strings.Split(string(data), "\n") {
		if strings.HasPrefix(line, "INVITE sip:+4915112345678@") || strings.HasPrefix(line, "UPDATE sip:") {
			n++
		}
	}
	return n
}
