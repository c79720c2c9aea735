package config

import "testing"

func TestWhoGetsInIsChecked(t *testing.T) {
	const good = "oidc: {issuer: \"https://id.example.com\", client_id: gw, redirect: \"https://gw.example.com/api/v1/oidc/callback\"}\n"
	for _, c := range []struct{ text, want string }{
		{good, ""},
		{"oidc: {issuer: \"http://127.0.0.1:9/a\", client_id: gw, redirect: \"http://localhost:8080/api/v1/oidc/callback\"}", ""},
		{"console: {second_factor: required, session_idle: 10m, session_life: 8h}", ""},
		{"console: {second_factor: maybe}", `t.yaml:1: console.second_factor: "maybe" is unknown; write one of optional, required`},
		{"console: {session_idle: 1s}", `t.yaml:1: console.session_idle: 1s is out of range; write 1m to 24h`},
		{"console: {session_idle: 2h, session_life: 1h}", `t.yaml:1: console.session_life: 1h0m0s is out of range; write a time from session_idle (2h0m0s) up to 168h`},
		{"oidc: {client_id: gw}", `t.yaml:1: oidc: there is no issuer; write the provider's address, or remove the section`},
		{
			"oidc: {issuer: \"http://id.example.com\", client_id: gw, redirect: \"https://gw.example.com/api/v1/oidc/callback\"}",
			`t.yaml:1: oidc.issuer: "http://id.example.com" is not https; write https://…, as passwords and tokens go there`,
		},
		{
			"oidc: {issuer: \"https://id.example.com\", client_id: gw, redirect: \"https://gw.example.com/\"}",
			`t.yaml:1: oidc.redirect: "https://gw.example.com/" does not lead to the gateway; write the address of the pages and /api/v1/oidc/callback after it`,
		},
		{
			"oidc: {issuer: \"https://id.example.com\", redirect: \"https://gw.example.com/api/v1/oidc/callback\"}",
			`t.yaml:1: oidc.client_id: it is empty; write one`,
		},
		{
			"oidc: {issuer: \"https://id.example.com\", client_id: a, client_secret: b, client_secret_file: c, redirect: \"https://gw.example.com/api/v1/oidc/callback\"}",
			`t.yaml:1: client_secret and client_secret_file are both given; keep one`,
		},
	} {
		_, err := read(t, c.text, nil)
		if got := ""; err != nil {
			got = err.Error()
			if got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.text, got, c.want)
			}
		} else if c.want != "" {
			t.Errorf("%s\nis accepted, want %s", c.text, c.want)
		}
	}
}
