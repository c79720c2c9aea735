package gateway

import (
	"slices"
	"testing"

	"telagent-gateway/call"
	"telagent-gateway/media"
)

func TestWhoTurnsAnOfferDownIsOfferedTheEncryptionThatIsLeft(t *testing.T) {
	for name, c := range map[string]struct {
		ways, others []media.Way
	}{
		"phone over UDP":                 {phoneWays(call.Peer{}, "optional"), []media.Way{media.DTLS, media.SDES}},
		"phone over TLS":                 {phoneWays(call.Peer{Secure: true}, "optional"), []media.Way{media.DTLS, media.SDES}},
		"phone that has to encrypt":      {phoneWays(call.Peer{}, "required"), []media.Way{media.DTLS}},
		"phone that must not":            {phoneWays(call.Peer{Secure: true}, "rtp"), nil},
		"browser":                        {phoneWays(call.Peer{Browser: true}, "optional"), nil},
		"trunk that may":                 {trunkWays("optional"), []media.Way{media.SDES}},
		"trunk that has to, in its way":  {trunkWays("sdes"), nil},
		"trunk that has to, in this way": {trunkWays("dtls"), nil},
		"trunk in the clear":             {trunkWays(""), nil},
	} {
		if got := otherWays(c.ways); !slices.Equal(got, c.others) {
			t.Errorf("%s: %v, want %v", name, got, c.others)
		}
	}
}
