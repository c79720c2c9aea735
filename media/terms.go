package media

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Terms are what holds when audio is agreed on with one peer. The zero value is plain RTP at the wire's own address.
type Terms struct {
	Ways   []Way      // how audio may travel, the best first; empty: RTP alone
	Codecs []string   // names of the codecs that may be spoken, the best first; empty: all, and the peer's order decides
	Alone  bool       // offers of the leg that are out are not answered any more: their peers were given up
	Local  netip.Addr // our address that its signalling uses: its audio is offered in that family; invalid: in the usual one
}

// Way is how audio travels: in the clear, or how the keys of its encryption are agreed on.
type Way uint8

// The ways. The zero value is plain RTP.
const (
	RTP  Way = iota // in the clear
	SDES            // encrypted with keys that stand in the descriptions
	DTLS            // encrypted with keys that both sides agree on where the audio flows
)

var wayNames = [...]string{RTP: "rtp", SDES: "sdes", DTLS: "dtls"}

// String returns the way as the configuration writes it.
func (w Way) String() string {
	if int(w) < len(wayNames) {
		return wayNames[w]
	}
	return fmt.Sprintf("Way(%d)", uint8(w))
}

// codecs returns what may be spoken, in the order in which it is offered.
func (t Terms) codecs() (speak []codec) {
	for _, name := range t.Codecs {
		for _, c := range codecs {
			if strings.EqualFold(name, codecNames[c]) && !slices.Contains(speak, c) {
				speak = append(speak, c)
			}
		}
	}
	if len(speak) == 0 {
		return codecs
	}
	return speak
}

// preferred returns the codecs to choose from what the peer offers, the best first; nil: by its own order.
func (t Terms) preferred() []codec {
	if len(t.Codecs) == 0 {
		return nil
	}
	return t.codecs()
}

// ways returns how audio may travel, the best first.
func (t Terms) ways() []Way {
	if len(t.Ways) == 0 {
		return []Way{RTP}
	}
	return t.Ways
}

// offered returns the ways that one offer of ours holds, the best first. What stands behind plain RTP is taken when the
// far side offers it, and not offered.
func (t Terms) offered() []Way {
	ways := t.ways()
	if i := slices.Index(ways, RTP); i >= 0 {
		return ways[:i+1]
	}
	return ways[:1] // todo RFC 5939 §3: one audio line can require one way alone
}

// answered returns the ways that an answer of ours may take, the best first: what the far side wants encrypted is, also
// where we would not have asked for it.
func (t Terms) answered() []Way {
	ways := t.ways()
	if i := slices.Index(ways, RTP); i >= 0 {
		return append(slices.Concat(ways[:i], ways[i+1:]), RTP)
	}
	return ways
}

// profile is the protocol of an audio line.
type profile string

// The profiles that we speak.
// RFC 3551 §8, RFC 4585 §9, RFC 3711 §9, RFC 5124 §5, RFC 5764 §8
const (
	avp      profile = "RTP/AVP"
	avpf     profile = "RTP/AVPF"
	savp     profile = "RTP/SAVP"
	savpf    profile = "RTP/SAVPF"
	dtlsAVP  profile = "UDP/TLS/RTP/SAVP"
	dtlsAVPF profile = "UDP/TLS/RTP/SAVPF"
)

// profileOf returns the profile of an offer that holds the ways.
// RFC 8643 §3.1: what may be encrypted and need not be is offered in the clear, with the attributes of its encryption
func profileOf(offered []Way) profile {
	switch {
	case slices.Contains(offered, RTP):
		return avp
	case slices.Contains(offered, SDES):
		return savp
	}
	return dtlsAVPF
}

// goes says whether the audio of a line can travel that way.
func (m *mediaLine) goes(by Way) bool {
	switch p := profile(m.protocol); by {
	case RTP:
		return p == avp || p == avpf
	case SDES:
		// RFC 8643 §3.2: an RTP/AVP line with keys is encrypted if we say so.
		return (p == avp || p == avpf || p == savp || p == savpf) && m.attribute("crypto") != ""
	case DTLS:
		return (p == dtlsAVP || p == dtlsAVPF) && m.attribute("fingerprint") != ""
	}
	return false
}

func names(ways []Way) string {
	words := make([]string, len(ways))
	for i, way := range ways {
		words[i] = way.String()
	}
	return strings.Join(words, " or ")
}
