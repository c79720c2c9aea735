package config

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// endingEarly is how long before its end a certificate is warned of.
const endingEarly = 14 * 24 * time.Hour

var webOrigin = regexp.MustCompile(`^https?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?$`)

// besideFile lets relative names of files count from the folder of the configuration file.
func (c *Config) besideFile(file string) {
	t := &c.SIP.TLS
	names := []*string{&t.Certificate, &t.Key, &t.ClientCA}
	names = append(names, &c.HTTP.TLS.Certificate, &c.HTTP.TLS.Key)
	for i := range t.Certificates {
		names = append(names, &t.Certificates[i].Certificate, &t.Certificates[i].Key)
	}
	for i := range c.Trunks {
		names = append(names, &c.Trunks[i].CA, &c.Trunks[i].Certificate, &c.Trunks[i].Key)
	}
	for _, name := range names {
		if *name != "" && !filepath.IsAbs(*name) {
			*name = filepath.Join(filepath.Dir(file), *name)
		}
	}
}

func (c *check) tls() {
	c.origins()
	t := c.SIP.TLS
	named := c.pair("sip.tls", t.Certificate, t.Key)
	for i, more := range t.Certificates {
		path := fmt.Sprintf("sip.tls.certificates[%d]", i)
		switch {
		case t.Certificate == "":
			c.no(path, "the first certificate stands in sip.tls.certificate; move it there")
		case more.Certificate == "":
			c.no(path, "it has no certificate; name its file, or remove the entry")
		}
		named = c.pair(path, more.Certificate, more.Key) || named
	}
	c.authorities("sip.tls.client_ca", t.ClientCA)
	if t.Certificate != "" && !named && len(c.d.wrong) == 0 {
		c.warn("sip.tls.certificate", fmt.Sprintf("no certificate is for %s (sip.domain), so phones that check it will not connect", c.SIP.Domain))
	}
}

// pair checks a certificate and its key. It says whether the certificate is for sip.domain.
func (c *check) pair(path, certificate, key string) (named bool) {
	switch {
	case certificate == "" && key == "":
		return false
	case certificate == "":
		c.no(path+".key", "there is a key without its certificate; give certificate too")
		return false
	case key == "":
		c.no(path+".certificate", "there is a certificate without its key; give key too")
		return false
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		c.no(path+".certificate", "%v; name files in PEM that the gateway may read and that belong together", err)
		return false
	}
	c.ends(path+".certificate", pair.Leaf)
	return pair.Leaf.VerifyHostname(c.SIP.Domain) == nil || hasURI(pair.Leaf, "sip:"+c.SIP.Domain)
}

func hasURI(leaf *x509.Certificate, uri string) bool {
	for _, u := range leaf.URIs {
		if strings.EqualFold(u.String(), uri) {
			return true
		}
	}
	return false
}

// ends looks at the time that a certificate is good for. One that has ended is no reason not to start: peers that do not
// look still connect.
func (c *check) ends(path string, leaf *x509.Certificate) {
	now, until := time.Now(), leaf.NotAfter.Format(time.DateTime)
	switch {
	case now.After(leaf.NotAfter):
		c.Outdated = append(c.Outdated, Complaint{c.d.file, c.d.line(path), fmt.Sprintf("%s: the certificate ended at %s; get a new one", path, until)})
	case now.Before(leaf.NotBefore):
		c.Outdated = append(c.Outdated, Complaint{c.d.file, c.d.line(path), fmt.Sprintf("%s: the certificate begins at %s; wait, or set the clock", path, leaf.NotBefore.Format(time.DateTime))})
	case leaf.NotAfter.Sub(now) < endingEarly:
		c.warn(path, "the certificate ends at "+until+", in less than 14 days")
	}
}

// authorities checks a file of certificates.
func (c *check) authorities(path, file string) {
	if file == "" {
		return
	}
	text, err := os.ReadFile(file)
	if err != nil {
		c.no(path, "%v; name a file that the gateway may read", err)
		return
	}
	if !x509.NewCertPool().AppendCertsFromPEM(text) {
		c.no(path, "%s holds no certificate in PEM; name the file of the authorities", file)
		return
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if one, err := x509.ParseCertificate(block.Bytes); err == nil && time.Now().After(one.NotAfter) {
			c.warn(path, fmt.Sprintf("the authority %q ended at %s", one.Subject.CommonName, one.NotAfter.Format(time.DateTime)))
		}
	}
}

// trunkTLS checks what a trunk has to prove and is shown. A certificate, like an address, means one trunk.
func (c *check) trunkTLS(at func(string) string, t Trunk, known map[string]string) {
	c.authorities(at("ca"), t.CA)
	c.pair(strings.TrimSuffix(at(""), "."), t.Certificate, t.Key)
	for i, name := range t.CertificateNames {
		path := at(fmt.Sprintf("certificate_names[%d]", i))
		if !isHost(strings.TrimPrefix(name, "*.")) {
			c.no(path, "%q is not a name of a certificate; write a host name, like sip.example.com", clip(name))
			continue
		}
		lower := strings.ToLower(name)
		if other, twice := known[lower]; twice && other != t.Name {
			c.no(path, "%q is also a name of trunk %q, so its calls have two trunks; make them differ", name, other)
		}
		known[lower] = t.Name
	}
	if len(t.CertificateNames) > 0 && t.CA == "" && c.SIP.TLS.ClientCA == "" {
		c.warn(at("certificate_names"), "without ca or sip.tls.client_ca nobody vouches for who connects with such a certificate, so it counts only when we connect")
	}
}
