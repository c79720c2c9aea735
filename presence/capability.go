package presence

// Capability is what the icon of a channel shows.
type Capability string

// The capabilities. An agent who never has a channel has no icon of it.
const (
	NoCapability Capability = ""
	On           Capability = "on"
	Greyed       Capability = "greyed" // he has it, and it rests
)

// Capabilities are an agent's icons.
type Capabilities struct{ Voice, Chat, Mail, Video Capability }

// Channels are the channels beside voice that the directory gives an agent.
type Channels struct{ Chat, Mail, Video bool }

// Capabilities returns the icons: voice follows what would ring, the other channels rest while the agent is signed off
// or a Telagent, who has no screen.
func (s State) Capabilities(c Channels, reachable bool) Capabilities {
	off := s.Word() == Offline
	icon := func(has, rests bool) Capability {
		switch {
		case !has:
			return NoCapability
		case rests:
			return Greyed
		}
		return On
	}
	rests := off || s.Reach == ByPhone
	return Capabilities{
		Voice: icon(true, off || !reachable), Chat: icon(c.Chat, rests), Mail: icon(c.Mail, rests), Video: icon(c.Video, rests),
	}
}
