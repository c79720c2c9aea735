package test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"telagent-gateway/test/claims"
	"telagent-gateway/test/stage"
)

func TestThePagesAreServedOverTLSAndARenewedCertificateIsShown(t *testing.T) {
	claims.Proven(t, "over TLS the pages tell browsers to come over TLS alone (HSTS), and take nothing before TLS 1.2", "3.4.1", "12.1.1")
	b := newBench(t)
	host := regexp.MustCompile(`listen: "([\d.]+):8080"`).FindStringSubmatch(b.read("telagent.yaml"))[1]
	a := stage.NewAuthority(t)
	issue := func() {
		certificate, key := a.Issue(host)
		for from, to := range map[string]string{certificate: b.path("page.crt"), key: b.path("page.key")} {
			data, err := os.ReadFile(from)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(to, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	issue()
	b.write("telagent.yaml", strings.Replace(b.read("telagent.yaml"), `http: {`, `http: {tls: {certificate: page.crt, key: page.key}, `, 1))
	defer b.serve()()
	url := strings.TrimPrefix(b.env[0], "TELAGENT_SERVER=")
	if url != "https://"+host+":8080" {
		t.Errorf("the pages are at %s", url)
	}
	pem, err := os.ReadFile(a.CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	get := func(c *tls.Config) (*http.Response, error) {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: c, DisableKeepAlives: true}, Timeout: time.Minute}
		res, err := client.Get(url + "/")
		if err == nil {
			_ = res.Body.Close()
		}
		return res, err
	}
	first, err := get(&tls.Config{RootCAs: roots})
	if err != nil {
		t.Fatal(err)
	}
	if first.Header.Get("Strict-Transport-Security") == "" {
		t.Error("browsers are not told to come over TLS alone")
	}
	if _, err := get(&tls.Config{RootCAs: roots, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	issue()
	stage.Await(t, "the renewed certificate is shown", time.Minute, func() bool {
		now, err := get(&tls.Config{RootCAs: roots})
		return err == nil && !now.TLS.PeerCertificates[0].Equal(first.TLS.PeerCertificates[0])
	})
}
