package telagent

// Reload takes other settings while calls are up. What runs already keeps the times that it began with. Only an
// administrator may.
type Reload struct {
	By       string
	Settings Settings // with the same trunks, by name and in the same order
	Detail   string   // for the audit trail: what changed; no secret
	Failed   string   // code of why the file was not taken: nothing changes; empty: it was
}

// Upgrade asks whether a user may hand the gateway's work over to another process; the audit trail keeps that he asked.
type Upgrade struct {
	By     string
	Detail string // for the audit trail: to which program, and how it went
	Failed string // code of what kept it from being done; empty: nothing did
}

func (Reload) command()  {}
func (Upgrade) command() {}

// operate carries out what is about the gateway itself.
func (f *Floor) operate(c Command) error {
	switch c := c.(type) {
	case Drain:
		return f.drainCommand(c)
	case Reload:
		return f.reload(c)
	case Upgrade:
		return f.admin(c.By)
	default:
		panic("telagent: this is about something else")
	}
}

// reload checks who asks and takes the settings.
func (f *Floor) reload(c Reload) error {
	if err := f.admin(c.By); err != nil || c.Failed != "" {
		return err
	}
	if len(c.Settings.Trunks) != len(f.trunks) {
		return refuse("needs_upgrade", "The trunks are others; a reload changes only what is agreed with them.")
	}
	for i, t := range c.Settings.Trunks {
		if f.trunks[i].Name != t.Name {
			return refuse("needs_upgrade", "The trunks are others; a reload changes only what is agreed with them.")
		}
	}
	f.set = c.Settings.withDefaults()
	for i, t := range c.Settings.Trunks {
		f.trunks[i].Trunk = t
	}
	f.isRoomy = true // there may be more channels
	f.feedAll()
	f.paceLater()
	for _, id := range sortedKeys(f.agents) {
		f.touch(f.agents[id]) // timers' colours, and who may be rung at which number
	}
	return nil
}

// ofOperation fills in the line of a command that is about the gateway itself; false: it is another one.
func (e *AuditEntry) ofOperation(c Command) bool {
	failed := ""
	switch c := c.(type) {
	case Reload:
		e.By, e.Action, e.Subject, e.Detail, failed = c.By, "reload", "configuration", c.Detail, c.Failed
	case Upgrade:
		e.By, e.Action, e.Subject, e.Detail, failed = c.By, "upgrade", "gateway", c.Detail, c.Failed
	case Drain:
		e.By, e.Action, e.Subject = c.By, "drain", "gateway"
		switch {
		case c.Off:
			e.Action = "undrain"
		case c.Within > 0:
			e.Detail = "and end after the last call, or in " + c.Within.String()
		case c.Stop:
			e.Detail = "and end after the last call"
		}
	default:
		return false
	}
	if failed != "" {
		e.Result = failed
	}
	return true
}
