package config

import (
	"encoding/base64"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Webhook is one entry of webhooks.
type Webhook struct {
	Name       string   `yaml:"name" help:"Its name in logs, metrics and alarms; must be given and unique."`
	URL        Secret   `yaml:"url" help:"Where messages are sent, https://…; http:// to this machine alone, or with plain_http. Shown without its path, since many services keep a key in it; must be given."`
	Secret     Secret   `yaml:"secret" help:"What signs the messages: whsec_ and 24 to 64 bytes in base64, as 'echo whsec_$(openssl rand -base64 32)' prints."`
	SecretFile string   `yaml:"secret_file" help:"File whose first line is the secret, instead of secret. A relative name counts from the configuration file's folder."`
	Events     []string `yaml:"events" help:"What is told: telagent.began, telagent.ended, switch.failed, alarm.raised, alarm.cleared. Empty: the first two."`
	Teams      []string `yaml:"teams" help:"Whose agents and alarms are told of. Empty: those of all teams, and alarms of none."`
	PlainHTTP  bool     `yaml:"plain_http" help:"Whether http:// may lead to another machine, where anybody on the way reads and changes what is said."`
}

// WebhookEvents are the words that webhooks[].events may have.
var WebhookEvents = []string{"telagent.began", "telagent.ended", "switch.failed", "alarm.raised", "alarm.cleared"}

// mostWebhooks bounds how many receivers there are.
const mostWebhooks = 20

// Key returns the bytes that sign the messages.
func (w Webhook) Key() []byte {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(w.Secret.Reveal(), "whsec_"))
	if err != nil {
		return nil // it was checked
	}
	return key
}

// fillWebhooks sets what a receiver is told that names nothing.
func (c *Config) fillWebhooks() {
	for i := range c.Webhooks {
		if w := &c.Webhooks[i]; len(w.Events) == 0 {
			w.Events = slices.Clone(WebhookEvents[:2])
		}
	}
}

var webhookName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

func (c *check) webhooks() {
	names := make(map[string]int)
	if len(c.Webhooks) > mostWebhooks {
		c.no("webhooks", "%d are too many; name at most %d", len(c.Webhooks), mostWebhooks)
	}
	for i, w := range c.Webhooks {
		at := func(key string) string { return item("webhooks", i) + "." + key }
		if !webhookName.MatchString(w.Name) {
			c.no(at("name"), "%q is not a name; write letters, digits, '-', '_' and '.', like chat", clip(w.Name))
		} else if first, twice := names[w.Name]; twice {
			c.no(at("name"), "%q is also the name of webhooks[%d]; names must differ", w.Name, first)
		}
		names[w.Name] = i
		c.webhookURL(at("url"), w)
		if n := len(w.Key()); (n < 24 || n > 64) && (w.Secret != "" || w.SecretFile == "") {
			c.no(at("secret"), "it must be whsec_ and 24 to 64 bytes in base64; make one by: echo whsec_$(openssl rand -base64 32)")
		}
		for j, word := range w.Events {
			c.oneOf(item(at("events"), j), word, WebhookEvents...)
		}
		for j, team := range w.Teams {
			if team == "" {
				c.no(item(at("teams"), j), "it is empty; name a team, or remove the entry")
			}
		}
	}
}

// webhookURL checks where messages go. The URL is never quoted: its path may be a key.
func (c *check) webhookURL(path string, w Webhook) {
	u, err := url.Parse(w.URL.Reveal())
	switch {
	case w.URL == "":
		c.no(path, "it is missing; write https://host/path")
	case err != nil || u.Host == "" || u.Hostname() == "":
		c.no(path, "this is not the address of a receiver; write https://host/path")
	case u.User != nil || u.Fragment != "":
		c.no(path, "it has a user or a fragment; write https://host/path alone, the signature proves who sends")
	case u.Scheme == "https" || u.Scheme == "http" && (w.PlainHTTP || isLoopback(u.Hostname())):
	case u.Scheme == "http":
		c.no(path, "http would send it in the clear to another machine; write https://…, or set plain_http: true")
	default:
		c.no(path, "its scheme is neither https nor http; write https://host/path")
	}
}

// isLoopback says whether a host is this machine.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
