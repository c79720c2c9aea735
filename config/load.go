package config

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Load reads a configuration file over the defaults and checks it. Without a path it returns Default. The error is a
// Complaints with everything that is wrong, each as "file:line: what is wrong; what would be right", or says that the
// file could not be read.
func Load(path string) (*Config, error) {
	c := Default()
	if path == "" {
		c.fill()
		return c, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	if err := c.read(path, data, os.LookupEnv); err != nil {
		return nil, err
	}
	return c, nil
}

// read decodes, completes and checks. What was read wrongly is not checked again, so that nothing is said twice.
func (c *Config) read(file string, data []byte, env func(string) (string, bool)) error {
	d := decoder{file: file, env: env}
	if err := d.decode(data, c); err != nil && d.lines == nil {
		return err
	}
	c.source = source{file, d.lines}
	c.readSecrets(&d)
	c.besideFile(file)
	c.fill()
	(&check{Config: c, d: &d}).all()
	return d.wrong.orNil()
}

// readSecrets takes the secrets that stand in files of their own.
func (c *Config) readSecrets(d *decoder) {
	for i := range c.Trunks {
		t := &c.Trunks[i]
		path := fmt.Sprintf("trunks[%d].password_file", i)
		switch {
		case t.PasswordFile == "":
		case t.Password != "":
			d.complain(d.line(path), "password and password_file are both given; keep one")
		default:
			t.Password = d.secretOf(path, t.PasswordFile)
		}
	}
	switch o := &c.OIDC; {
	case o.ClientSecretFile == "":
	case o.ClientSecret != "":
		d.complain(d.line("oidc.client_secret_file"), "client_secret and client_secret_file are both given; keep one")
	default:
		o.ClientSecret = d.secretOf("oidc.client_secret_file", o.ClientSecretFile)
	}
	for i := range c.Webhooks {
		w := &c.Webhooks[i]
		path := fmt.Sprintf("webhooks[%d].secret_file", i)
		switch {
		case w.SecretFile == "":
		case w.Secret != "":
			d.complain(d.line(path), "secret and secret_file are both given; keep one")
		default:
			w.Secret = d.secretOf(path, w.SecretFile)
		}
	}
}

// fill sets what follows from other keys.
func (c *Config) fill() {
	c.fillWebhooks()
	c.fillMedia()
	c.fillTrunks()
}

// fillTrunks sets what follows for trunks from other keys, and their defaults.
func (c *Config) fillTrunks() {
	accounts := make(map[string]int) // trunks by the host that they register with
	for _, t := range c.Trunks {
		if t.Register {
			accounts[hostPort(t.URI)]++
		}
	}
	for i := range c.Trunks {
		t := &c.Trunks[i]
		host, _ := splitPort(hostPort(t.URI))
		ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
		// Of several accounts at one address each is known by its contact.
		if err == nil && len(t.AcceptFrom)+len(t.CertificateNames) == 0 && accounts[hostPort(t.URI)] < 2 {
			t.AcceptFrom = []string{netip.PrefixFrom(ip, ip.BitLen()).String()}
		}
		if t.DownAfter == 0 {
			t.DownAfter = 2
		}
		if t.UpAfter == 0 {
			t.UpAfter = 2
		}
		if t.RegisterFor == 0 {
			t.RegisterFor = 10 * time.Minute
		}
	}
}

// secretOf returns the first line of a file that is named instead of a secret.
func (d *decoder) secretOf(path, name string) Secret {
	line := d.line(path)
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(d.file), name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		d.complain(line, "%v; name a file that the gateway may read", err)
		return ""
	}
	first, _, _ := strings.Cut(string(text), "\n")
	secret := Secret(strings.TrimRight(first, "\r"))
	if secret == "" {
		d.complain(line, "the first line of %s is empty; it must hold the secret", name)
	}
	return secret
}

// hostPort is what stands between the scheme and the parameters of a trunk's URI.
func hostPort(uri string) string {
	rest, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(uri, "sips:"), "sip:"), ";")
	return rest
}
