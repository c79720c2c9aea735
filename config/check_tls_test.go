package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// paper writes a certificate for a name that ends some time from now, and its key, into a folder.
func paper(t *testing.T, dir, file, name string, left time.Duration) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(left)}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for suffix, block := range map[string]*pem.Block{".pem": {Type: "CERTIFICATE", Bytes: raw}, ".key": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, file+suffix), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCertificatesAreLookedAt(t *testing.T) {
	const year = 365 * 24 * time.Hour
	dir := t.TempDir()
	for _, c := range []struct {
		file, name string
		left       time.Duration
	}{{"good", "gw.example.com", year}, {"other", "other.example", year}, {"soon", "gw.example.com", 48 * time.Hour}, {"old", "gw.example.com", -time.Minute}} {
		paper(t, dir, c.file, c.name, c.left)
	}
	for name, c := range map[string]struct{ tls, wrong, warning, outdated string }{
		"good":             {"{certificate: good.pem, key: good.key}", "", "", ""},
		"of another":       {"{certificate: good.pem, key: other.key}", "private key does not match public key", "", ""},
		"missing":          {"{certificate: none.pem, key: good.key}", "no such file", "", ""},
		"a key twice":      {"{certificate: good.key, key: good.key}", "failed to find certificate PEM data", "", ""},
		"about to end":     {"{certificate: soon.pem, key: soon.key}", "", "in less than 14 days", ""},
		"ended":            {"{certificate: old.pem, key: old.key}", "", "", "the certificate ended at"},
		"another's":        {"{certificate: other.pem, key: other.key}", "", "no certificate is for gw.example.com (sip.domain)", ""},
		"one of two":       {"{certificate: other.pem, key: other.key, certificates: [{certificate: good.pem, key: good.key}]}", "", "", ""},
		"a second is old":  {"{certificate: good.pem, key: good.key, certificates: [{certificate: old.pem, key: old.key}]}", "", "", "sip.tls.certificates[0].certificate: the certificate ended at"},
		"no first":         {"{certificates: [{certificate: good.pem, key: good.key}]}", "the first certificate stands in sip.tls.certificate", "", ""},
		"an empty second":  {"{certificate: good.pem, key: good.key, certificates: [{}]}", "it has no certificate", "", ""},
		"authorities":      {"{certificate: good.pem, key: good.key, client_ca: good.pem}", "", "", ""},
		"no authorities":   {"{certificate: good.pem, key: good.key, client_ca: good.key}", "holds no certificate in PEM", "", ""},
		"an old authority": {"{certificate: good.pem, key: good.key, client_ca: old.pem}", "", "the authority \"\" ended at", ""},
	} {
		file := filepath.Join(dir, "t.yaml")
		text := fmt.Sprintf("sip: {domain: gw.example.com, listen: ['tls:127.0.0.1:5061'], tls: %s}\ndialling: {region: DE, allow: [DE]}\n", c.tls)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		conf, err := Load(file)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v, want something about %q", name, err, c.wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for what, both := range map[string][2]string{"warned": {said(conf.Warnings), c.warning}, "outdated": {said(conf.Outdated), c.outdated}} {
			if got, want := both[0], both[1]; want == "" && got != "" || !strings.Contains(got, want) {
				t.Errorf("%s: %s %q, want %q", name, what, got, want)
			}
		}
	}
}

// said is what complaints say, about certificates alone.
func said(all Complaints) string {
	var lines []string
	for _, c := range all {
		if strings.Contains(c.What, "sip.tls") {
			lines = append(lines, c.What)
		}
	}
	return strings.Join(lines, "\n")
}

func TestATrunkThatIsKnownByItsCertificateIsNotKnownByItsAddressUnlessThatIsSaid(t *testing.T) {
	c, err := read(t, "trunks:\n- {name: a, uri: 'sips:192.0.2.1', certificate_names: [sip.a.example]}\n- {name: b, uri: 'sips:192.0.2.2', certificate_names: [sip.b.example], accept_from: [192.0.2.2/32]}\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := c.Trunks[0].AcceptFrom, c.Trunks[1].AcceptFrom; len(a) != 0 || len(b) != 1 {
		t.Errorf("a is known by %v, b by %v", a, b)
	}
	_, err = read(t, "trunks:\n- {name: a, uri: 'sips:h', certificate_names: [X.example]}\n- {name: b, uri: 'sips:i', certificate_names: [x.Example]}\n", nil)
	if err == nil || !strings.Contains(err.Error(), `"x.Example" is also a name of trunk "a"`) {
		t.Errorf("got %v", err)
	}
}
