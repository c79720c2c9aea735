package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// check looks at a decoded file for values that cannot work, each by itself and together.
type check struct {
	*Config
	d *decoder
}

// no notes what is wrong at a path, unless the decoder did so already: then the value is not the file's.
func (c *check) no(path, format string, args ...any) {
	if !c.d.bad[path] {
		c.d.complain(c.d.line(path), "%s: %s", path, fmt.Sprintf(format, args...))
	}
}

// warn notes what works and is probably not meant.
func (c *check) warn(path, sentence string) {
	c.Warnings = append(c.Warnings, Complaint{c.d.file, c.d.line(path), path + ": " + sentence})
}

// item is the path of an entry of a list.
func item(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

func (c *check) all() {
	c.sip()
	c.media()
	c.http()
	c.store()
	c.trunks()
	c.encryption()
	c.dialling()
	c.policy()
	c.unreachable()
	c.webhooks()
	c.ladders()
	c.security()
	c.overload()
	c.signIn()
	c.drain()
	c.between("restart.wait_for_store", c.Restart.WaitForStore, 0, time.Hour)
	c.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	c.oneOf("log.format", c.Log.Format, "console", "json")
}

func (c *check) oneOf(path, value string, words ...string) {
	if slices.Contains(words, value) {
		return
	}
	hint := "write one of " + strings.Join(words, ", ")
	if near := nearest(value, words); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	c.no(path, "%q is unknown; %s", value, hint)
}

// host is a DNS name or an IPv4 address; its last label may hold digits only in an address.
var host = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)

func isHost(s string) bool {
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return true
	}
	last := s[strings.LastIndexByte(s, '.')+1:]
	_, digits := strconv.Atoi(last)
	return len(s) <= 253 && host.MatchString(s) && digits != nil
}

func (c *check) sip() {
	if !isHost(c.SIP.Domain) {
		c.no("sip.domain", "%q is not a domain; write a host name or an IP address, like gw.example.com", c.SIP.Domain)
	}
	if len(c.SIP.Listen) == 0 {
		c.no("sip.listen", "the list is empty; write at least one, like udp:0.0.0.0:5060")
	}
	seen := make(map[string]bool)
	for i, listen := range c.SIP.Listen {
		path := fmt.Sprintf("sip.listen[%d]", i)
		if seen[listen] {
			c.no(path, "%q is here twice; keep one", listen)
		}
		seen[listen] = true
		c.listen(path, listen)
	}
	c.sockets()
	c.advertised()
	c.tls()
	if c.SIP.SessionTimer != 0 {
		c.between("sip.session_timer", c.SIP.SessionTimer, shortestSession, 24*time.Hour)
	}
	if c.SIP.AskPhones != 0 {
		c.between("sip.ask_phones", c.SIP.AskPhones, 5*time.Second, time.Hour)
	}
	for i, text := range c.SIP.DNS {
		if a, err := netip.ParseAddrPort(text); err != nil || a.Port() == 0 {
			c.no(fmt.Sprintf("sip.dns[%d]", i), "%q is not an address with a port; write one like 192.0.2.53:53", text)
		}
	}
}

func (c *check) listen(path, listen string) {
	transport, address, _ := strings.Cut(listen, ":")
	switch transport {
	case "udp", "tcp", "ws":
	case "tls", "wss":
		if c.SIP.TLS.Certificate == "" {
			c.no(path, "%s needs a certificate; give sip.tls.certificate and sip.tls.key", transport)
		}
	default:
		c.no(path, "%q has no transport that is known; write udp, tcp, tls, ws or wss before address:port, like udp:0.0.0.0:5060", listen)
		return
	}
	ap, err := netip.ParseAddrPort(address)
	switch {
	case err != nil || ap.Port() == 0:
		c.no(path, "%q is not an IP address with a port; write %s:address:port, like %s:0.0.0.0:5060", address, transport, transport)
	case ap.Addr().IsUnspecified() && !c.SIP.Advertise.covers(listen, ap.Addr()):
		c.no(path, "nobody can answer to %s; set sip.advertise to this machine's address, or listen on that address", ap.Addr())
	case ap.Addr() == netip.IPv6Unspecified() && slices.Contains(c.SIP.Listen, fmt.Sprintf("%s:0.0.0.0:%d", transport, ap.Port())):
		c.no(path, "[::] takes IPv4 too, so the port is taken by %s:0.0.0.0:%d; keep one of them", transport, ap.Port())
	}
}

func (c *check) advertise(path, value string) {
	if value == "" {
		return
	}
	if ip, err := netip.ParseAddr(value); err != nil || ip.IsUnspecified() || ip.IsMulticast() {
		c.no(path, "%q is not the IP address of a machine; write one without a port, like 203.0.113.5", value)
	}
}

func (c *check) media() {
	c.mediaAddresses()
	if c.Media.Audio != "" {
		if info, err := os.Stat(c.Media.Audio); err != nil || !info.IsDir() {
			c.no("media.audio", "%q is not a folder that can be read; name one, or remove the key for the built-in audio", c.Media.Audio)
		}
	}
	if c.Media.Recordings != "" {
		if info, err := os.Stat(c.Media.Recordings); err == nil && !info.IsDir() {
			c.no("media.recordings", "%q is a file; name a folder, or remove the key if nothing is to be recorded", c.Media.Recordings)
		}
	}
	c.codecs("media.codecs", c.Media.Codecs)
	c.between("media.silence", c.Media.Silence, 200*time.Millisecond, time.Minute)
}

// codecs checks a list of codecs: those that package media speaks.
func (c *check) codecs(path string, names []string) {
	for i, name := range names {
		c.oneOf(item(path, i), name, "pcmu", "pcma")
		if slices.Index(names, name) < i {
			c.no(item(path, i), "%q is here twice; keep one", name)
		}
	}
}

func (c *check) store() {
	text := c.Store.Reveal()
	if file, ok := strings.CutPrefix(text, "sqlite:"); ok {
		if file == "" || strings.ContainsAny(file, "?#") {
			c.no("store", "%q names no file; write sqlite:FILE, like sqlite:telagent.db", text)
		}
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Opaque != "" || strings.Trim(u.Path, "/") == "" {
		// Not quoted: it may hold a password.
		c.no("store", "this names no store that is known; write sqlite:FILE or postgres://user:password@host/database")
	}
}

func (c *check) policy() {
	p := c.Policy
	c.between("policy.ring_time", p.RingTime, time.Second, 10*time.Minute)
	c.between("policy.cut_off", p.CutOff, time.Second, 10*time.Minute)
	c.between("policy.sorry_after", p.SorryAfter, time.Second, time.Hour)
	c.between("policy.requeue_after", p.RequeueAfter, time.Second, time.Hour)
	c.between("policy.confirm_time", p.ConfirmTime, time.Second, 10*time.Minute)
	c.between("policy.wrap_up", p.WrapUp, 0, 24*time.Hour)
	c.between("policy.idle_timeout", p.IdleTimeout, 0, 24*time.Hour)
	c.between("policy.page_grace", p.PageGrace, 0, 24*time.Hour)
	c.oneOf("policy.after_sign_in", p.AfterSignIn, "not_ready", "away", "available")
	c.between("policy.undo_time", p.UndoTime, 0, 10*time.Minute)
	c.between("policy.dial_time", p.DialTime, 5*time.Second, 10*time.Minute)
	c.between("policy.nailed_up.idle_timeout", p.NailedUp.IdleTimeout, 0, 24*time.Hour)
	c.between("policy.nailed_up.redial_after", p.NailedUp.RedialAfter, 100*time.Millisecond, time.Minute)
	if n := p.NailedUp.Failures; n < 1 || n > 100 {
		c.no("policy.nailed_up.failures", "%d is out of range; write a number from 1 to 100", n)
	}
	c.outage()
	c.thresholds()
	c.featureCodes()
	if p.Reserve < 0 || p.Reserve > 1000 {
		c.no("policy.emergency_reserve", "%d is out of range; write a number from 0 to 1000", p.Reserve)
	}
	if p.Strikes < 1 || p.Strikes > 100 {
		c.no("policy.strikes", "%d is out of range; write a number from 1 to 100", p.Strikes)
	}
	if p.CutOff < c.Media.Silence {
		c.no("policy.cut_off", "%v is shorter than media.silence (%v), which comes first; make it longer", p.CutOff, c.Media.Silence)
	}
	c.byPhone()
	c.phones()
	if p.AccessNumber != "" && !e164.MatchString(p.AccessNumber) {
		c.no("policy.access_number", "%q is not a number in E.164; write + and the country code first, like \"+49301234567\"", p.AccessNumber)
	}
}

func (c *check) thresholds() {
	t := c.Policy.Thresholds
	for i, of := range []Threshold{t.Available, t.NotReady, t.OnBreak, t.Away, t.InLine, t.ACW} {
		path := "policy.thresholds." + []string{"available", "not_ready", "on_break", "away", "in_line", "acw"}[i]
		c.between(path+".amber", of.Amber, 0, 24*time.Hour)
		c.between(path+".red", of.Red, 0, 24*time.Hour)
		if of.Amber > 0 && of.Red > 0 && of.Red < of.Amber {
			c.no(path+".red", "%v is shorter than amber (%v), which comes first; make it longer", of.Red, of.Amber)
		}
	}
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{2,14}$`)

func (c *check) between(path string, value, low, high time.Duration) {
	if value < low || value > high {
		c.no(path, "%v is out of range; write a time from %v to %v", value, low, high)
	}
}
