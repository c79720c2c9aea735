package config

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// Console is the section console.
type Console struct {
	SecondFactor string        `yaml:"second_factor" help:"Whether supervisors and administrators need a second factor (a code by an app, TOTP): optional: whoever has set one up; required: without one they may set one up and nothing else. Who signs in by oidc shows it there."`
	SessionIdle  time.Duration `yaml:"session_idle" help:"How long a session lasts without a request and without an open page, 1m to 24h."`
	SessionLife  time.Duration `yaml:"session_life" help:"How long a session lasts at most, however busy; up to 7 days (168h)."`
}

// OIDC is the section oidc.
type OIDC struct {
	Issuer           string   `yaml:"issuer" help:"Address of the provider, https://…, as it names itself in its tokens; http:// on this machine alone. Empty: nobody signs in so."`
	ClientID         string   `yaml:"client_id" help:"Name under which the gateway is known there; must be given."`
	ClientSecret     Secret   `yaml:"client_secret" help:"By what it proves itself there; better from the environment than in the file. Empty: by nothing but the code's challenge (PKCE), which goes with every sign-in."`
	ClientSecretFile string   `yaml:"client_secret_file" help:"File whose first line is the secret, instead of client_secret. A relative name counts from the configuration file's folder."`
	Redirect         string   `yaml:"redirect" help:"Address that the provider sends browsers back to, as it is registered there: the address of the pages and /api/v1/oidc/callback after it; must be given."`
	UserClaim        string   `yaml:"user_claim" help:"The claim that holds the user's name. There has to be a user of that name: nobody is added, and no role is taken from the provider. Of email the provider has to say that it is verified."`
	Name             string   `yaml:"name" help:"How the provider is called on the sign-in page."`
	Scopes           []string `yaml:"scopes" help:"What is asked for besides openid."`
}

// oidcCallback is where the provider sends browsers back to.
const oidcCallback = "/api/v1/oidc/callback"

var (
	usualConsole = Console{SecondFactor: "optional", SessionIdle: 30 * time.Minute, SessionLife: 12 * time.Hour}
	usualOIDC    = OIDC{UserClaim: "preferred_username", Name: "single sign-on", Scopes: []string{"profile"}}
)

func (c *check) signIn() {
	c.oneOf("console.second_factor", c.Console.SecondFactor, "optional", "required")
	idle, life := c.Console.SessionIdle, c.Console.SessionLife
	if idle < time.Minute || idle > 24*time.Hour {
		c.no("console.session_idle", "%v is out of range; write 1m to 24h", idle)
	}
	if life < idle || life > 7*24*time.Hour {
		c.no("console.session_life", "%v is out of range; write a time from session_idle (%v) up to 168h", life, idle)
	}
	o := c.OIDC
	if o.Issuer == "" {
		if o.ClientID != "" || o.ClientSecret != "" || o.Redirect != "" {
			c.no("oidc", "there is no issuer; write the provider's address, or remove the section")
		}
		return
	}
	c.web("oidc.issuer", o.Issuer)
	c.web("oidc.redirect", o.Redirect)
	if o.Redirect != "" && !strings.HasSuffix(o.Redirect, oidcCallback) {
		c.no("oidc.redirect", "%q does not lead to the gateway; write the address of the pages and %s after it", clip(o.Redirect), oidcCallback)
	}
	for path, given := range map[string]string{"client_id": o.ClientID, "user_claim": o.UserClaim, "name": o.Name} {
		if given == "" {
			c.no("oidc."+path, "it is empty; write one")
		}
	}
	if slices.Contains(o.Scopes, "") {
		c.no("oidc.scopes", "a scope is empty; write it or remove it")
	}
}

// web checks an address that secrets go to: nobody on the way may read them.
func (c *check) web(path, address string) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		c.no(path, "%q is not an address; write https://host/…, without a user, a ? and a #", clip(address))
	case u.Scheme == "https":
	case u.Scheme != "http" || !isLoopback(u.Hostname()):
		c.no(path, "%q is not https; write https://…, as passwords and tokens go there", clip(address))
	}
}
