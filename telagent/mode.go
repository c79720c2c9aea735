package telagent

import (
	"fmt"
	"slices"
)

// Kind says how a call began.
type Kind uint8

// The kinds.
const (
	Inbound  Kind = iota // a customer called
	Outbound             // an agent called somebody outside
	Internal             // an agent called another: there is no customer
)

var kindWords = []string{"inbound", "outbound", "internal"}

// String returns the kind's stable word.
func (k Kind) String() string { return wordOf(kindWords, uint8(k)) }

// Mode is how an agent takes part in a call.
type Mode uint8

// The modes. The zero value is the agent seat; all others are guests.
const (
	Primary    Mode = iota
	Consult         // is asked by the agent while the customer waits
	Conference      // talks with everybody
	Monitor         // hears everybody, is heard by nobody
	Whisper         // hears everybody, is heard by the agent alone
	Barge           // hears and is heard by everybody, without being asked
)

var modeWords = []string{"primary", "consult", "conference", "monitor", "whisper", "barge"}

// String returns the mode's stable word.
func (m Mode) String() string { return wordOf(modeWords, uint8(m)) }

// ParseMode returns the mode with that word, as String prints it.
func ParseMode(s string) (Mode, error) {
	if i := slices.Index(modeWords, s); i >= 0 {
		return Mode(i), nil
	}
	return Primary, fmt.Errorf("unknown mode %q", s)
}

// talks says whether who takes part so is in line: a supervisor who listens or whispers keeps his own status.
func (m Mode) talks() bool { return m != Monitor && m != Whisper }

// serves says whether who takes part so talks with the customer: after-call work follows, and he can take the agent seat.
func (m Mode) serves() bool { return m == Primary || m == Conference || m == Barge }

// isSupervision says whether only a supervisor may take part so.
func (m Mode) isSupervision() bool { return m == Monitor || m == Whisper || m == Barge }

// role returns what somebody who takes part so is to the others, as far as hearing goes.
func (m Mode) role() role {
	return map[Mode]role{
		Primary: agentRole, Consult: consultRole, Conference: conferenceRole, Monitor: monitorRole, Whisper: whisperRole, Barge: bargeRole,
	}[m]
}

func wordOf(words []string, v uint8) string {
	if int(v) < len(words) {
		return words[v]
	}
	return fmt.Sprintf("invalid(%d)", v)
}
