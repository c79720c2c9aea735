package telagent

import "telagent-gateway/presence"

// Presence is what of an agent changes while he works and survives a restart.
type Presence = presence.State
