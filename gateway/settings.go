package gateway

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/config"
	"telagent-gateway/console"
	"telagent-gateway/dialplan"
	"telagent-gateway/media"
	"telagent-gateway/presence"
	"telagent-gateway/sip"
	"telagent-gateway/store"
	"telagent-gateway/telagent"
)

// settings are the Floor's share of the configuration.
func settings(c *config.Config) telagent.Settings {
	p := c.Policy
	s := telagent.Settings{
		RingTime: p.RingTime, Strikes: p.Strikes, Silence: c.Media.Silence, CutOff: p.CutOff, SorryAfter: p.SorryAfter, RequeueAfter: p.RequeueAfter,
		ConfirmTime: p.ConfirmTime, WrapUp: p.WrapUp, AccessNumber: p.AccessNumber, AccessNumbers: p.AccessNumbers, Access: access(p), Dial: dialRules(c),
		Language: p.Language, Machines: p.Machines, TestCalls: p.TestCalls, TestRing: p.TestRing, Unreachable: unreachable(p.Unreachable), Zone: zone, DialTime: p.DialTime, UndoTime: p.UndoTime, EmergencyReserve: p.Reserve, Features: features(p.FeatureCodes),
		IdleTimeout: p.IdleTimeout, PageGrace: p.PageGrace, Thresholds: thresholds(p.Thresholds), NailedUp: telagent.NailedUp(p.NailedUp),
		DrainFor: c.Drain.StopAfter,
	}
	if s.IdleTimeout == 0 {
		s.IdleTimeout = -1 // as with the wrap-up
	}
	if s.NailedUp.IdleTimeout == 0 {
		s.NailedUp.IdleTimeout = -1
	}
	if s.UndoTime == 0 {
		s.UndoTime = -1
	}
	if s.Machines == 0 {
		s.Machines = -1
	}
	if s.PageGrace == 0 {
		s.PageGrace = time.Nanosecond // at once
	}
	if status, err := presence.ParseStatus(p.AfterSignIn); err == nil { // it was checked
		s.SignsOnAs = status
	}
	if s.WrapUp == 0 {
		s.WrapUp = -1 // the file says none; the Floor's zero is its default
	}
	s.Clocks, s.Outage = clocks(p.Outage), outage(p.Outage)
	for _, t := range c.Trunks {
		s.Trunks = append(s.Trunks, telagent.Trunk{
			Name: t.Name, Channels: t.Channels, Priority: t.Priority, Weight: t.Weight,
			Limits: dialplan.Limits{PerHour: t.CallsPerHour, MaxDuration: t.MaxDuration},
		})
	}
	return s
}

func access(p config.Policy) telagent.Access {
	return telagent.Access{Supervisors: p.ByPhone, Legs: p.MenuLegs, WrongPINs: telagent.WrongPINs(p.WrongPINs)}
}

// features are the codes that agents dial, as the Floor takes them; the configuration was checked.
func features(codes map[string]string) map[string]telagent.Feature {
	all := make(map[string]telagent.Feature, len(codes))
	for code, does := range codes {
		word, reason, _ := strings.Cut(does, ":")
		if word == "break" {
			word = presence.OnBreak.String()
		}
		f := telagent.Feature{Does: word}
		if status, err := presence.ParseStatus(word); err == nil {
			f = telagent.Feature{Does: "status", Status: status, Reason: reason}
		}
		all[code] = f
	}
	return all
}

func thresholds(t config.Thresholds) presence.Thresholds {
	out := presence.Thresholds{}
	for status, of := range map[presence.Status]config.Threshold{
		presence.Available: t.Available, presence.NotReady: t.NotReady, presence.OnBreak: t.OnBreak, presence.Away: t.Away,
		presence.InLine: t.InLine, presence.ACW: t.ACW,
	} {
		out[status] = presence.Threshold{Amber: of.Amber, Red: of.Red}
	}
	return out
}

// dialRules are the section dialling as the Floor and the directory need it.
func dialRules(c *config.Config) dialplan.Rules {
	d := c.Dialling
	return dialplan.Rules{
		Region: d.Region, Allow: d.Allow, Deny: d.Deny, Premium: d.Premium, Emergency: d.Emergency,
		Limits:   dialplan.Limits{Calls: d.Limits.Calls, PerHour: d.Limits.PerHour, MaxDuration: d.MaxDuration},
		CallerID: dialplan.CallerID{Default: firstOf(d.CallerID.Default, c.Policy.AccessNumber), Queues: d.CallerID.Queues, Agents: d.CallerID.Agents},
	}
}

// unreachable is the policy for offers that fail, as the Floor takes it.
func unreachable(u config.Unreachable) map[call.Cause]telagent.Unreached {
	rule := func(r config.Unreached) telagent.Unreached {
		if r.Status == "stay" {
			r.Status = ""
		}
		return telagent.Unreached{Delay: r.Delay, Strike: r.Strike, Next: r.NextNumber, Status: r.Status, Reason: r.Reason}
	}
	return map[call.Cause]telagent.Unreached{
		call.Declined: rule(u.Declined), call.Busy: rule(u.Busy), call.NoAnswer: rule(u.NoAnswer), call.NoConfirm: rule(u.NoConfirm),
		call.Unreachable: rule(u.Unreachable), call.TrunkFault: rule(u.TrunkFault), call.NoCapacity: rule(u.NoCapacity),
	}
}

// registration is how long a phone is registered for at once. Connections do not survive a restart, so this is also the longest
// that a phone over one stays unreachable after it.
const registration = 5 * time.Minute

func (g *Gateway) sipOptions(people map[string]sip.Presence, banned []call.Ban) sip.Options {
	c := g.config
	o := sip.Options{
		Longest: registration, Timer: c.SIP.SessionTimer, AskPhones: c.SIP.AskPhones,
		Packets: g.sockets.packets, Streams: g.sockets.streams,
		Domain: c.SIP.Domain, Listen: c.SIP.Listen, Advertise: c.SIP.Advertise,
		TLS: tlsOptions(c.SIP.TLS), Origins: c.SIP.WebOrigins,
		Security:  security(c.Security, banned, g.store),
		Emergency: g.isEmergency,
		Secrets:   g.secret, Audio: g.audio, Report: g.told, Log: g.log.Named("sip"), ID: newID, People: people,
	}
	if g.ladders != nil {
		o.Ladders = ladderBytes
	}
	for _, text := range c.SIP.DNS {
		o.DNS = append(o.DNS, netip.MustParseAddrPort(text)) // it was checked
	}
	o.Trunks = sipTrunks(c)
	return o
}

// sipTrunks are the trunks as the signalling wire takes them.
func sipTrunks(c *config.Config) (all []sip.Trunk) {
	for _, t := range c.Trunks {
		all = append(all, sip.Trunk{
			Name: t.Name, URI: t.URI, Proxy: t.Proxy, Username: t.Username, AuthUser: t.AuthUsername, Password: t.Password.Reveal(),
			Register: t.Register, Registrar: t.Registrar, Contact: t.ContactUser, Lasting: t.RegisterFor,
			AcceptFrom: prefixes(t), Channels: t.Channels, Ping: t.Ping, DownAfter: t.DownAfter, UpAfter: t.UpAfter,
			CA: t.CA, Own: sip.KeyPair{Certificate: t.Certificate, Key: t.Key}, CertificateNames: t.CertificateNames,
			Timer: sessionTimer(c, t), Reliable: reliable(t), Trusted: t.Trusted, Shows: shows(t), Rewrite: rewrite(t),
		})
	}
	return all
}

func tlsOptions(t config.TLS) sip.TLS {
	o := sip.TLS{ClientCA: t.ClientCA}
	if t.Certificate != "" {
		o.Certificates = []sip.KeyPair{{Certificate: t.Certificate, Key: t.Key}}
	}
	for _, c := range t.Certificates {
		o.Certificates = append(o.Certificates, sip.KeyPair(c))
	}
	return o
}

// prefixes are the networks that a trunk's calls come from; the configuration was checked, so each of them parses.
func prefixes(t config.Trunk) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range t.AcceptFrom {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}

func (g *Gateway) mediaOptions() media.Options {
	c := g.config
	o := media.Options{
		Address: mediaAddress(c), Advertise: firstOf(c.Media.Advertise, c.SIP.Advertise.First()), PortMin: c.Media.Ports.First, PortMax: c.Media.Ports.Last,
		Report: g.heard, Log: g.log.Named("media"), AudioDir: c.Media.Audio, Language: c.Policy.Language, RecordDir: c.Media.Recordings, Silent: c.Media.Silence,
	}
	if g.heir != nil {
		o.Inherited = g.heir.inherited
	}
	return o
}

// mediaAddress is where RTP is received: as configured, or where SIP listens first ("udp:host:port").
func mediaAddress(c *config.Config) string {
	if c.Media.Listen != "" {
		return c.Media.Listen
	}
	_, hostport, _ := strings.Cut(c.SIP.Listen[0], ":")
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		panic(fmt.Sprintf("gateway: an unchecked configuration: %v", err))
	}
	return host
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func (g *Gateway) consoleOptions() console.Options {
	return console.Options{
		Webhooks: webhooks(g.config), Outbox: outbox{g.store}, Language: g.config.Policy.Language,
		Quality: func(leg call.LegID) (call.Quality, bool) { return g.media.Quality(leg) },
		View:    g.View, Do: g.Do, Plan: g.Plan, PlanMany: g.PlanMany, PlanLogout: g.PlanLogout, Phones: g.phones, Trunks: g.trunks,
		History: func(ctx context.Context, q console.HistoryQuery) ([]telagent.Record, error) {
			return g.store.History(ctx, store.HistoryQuery(q))
		},
		Recording: func(file string) (fs.File, error) { return openRecording(g.config.Media.Recordings, file) },
		Audit: func(ctx context.Context, q console.AuditQuery) ([]telagent.AuditEntry, error) {
			return g.store.Audit(ctx, store.AuditQuery(q))
		},
		Reports:   g.store,
		Directory: g.Directory, PutEntry: g.putEntry,
		Import: func(ctx context.Context, by string, file []byte) (console.Report, error) {
			r, err := g.Import(ctx, by, "directory", file)
			return console.Report{Changes: r.Changes, Unchanged: r.Unchanged}, err
		},
		PlanImport: func(ctx context.Context, by string, file []byte) (console.Report, error) {
			r, err := g.PlanImport(ctx, by, "directory", file)
			return console.Report{Changes: r.Changes, Unchanged: r.Unchanged}, err
		},
		Reload: g.Reload, Upgrade: g.Upgrade, Numbers: g.numbers, DialRules: g.dialRules, TryNumber: g.tryNumber,
		Ladder: g.ladder, Softphones: g.softphones, Bans: wall{g}, Ready: g.ready, Load: g.load, Certificates: g.certificates, Log: g.log.Named("console"),
	}
}
