package config

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPagesBeyondThisMachineWantTLS(t *testing.T) {
	dir := t.TempDir()
	paper(t, dir, "page", "gw.example.com", 365*24*time.Hour)
	for name, c := range map[string]struct{ http, wrong, warning string }{
		"on this machine":       {"{listen: 127.0.0.1:8080}", "", ""},
		"on this machine, IPv6": {`{listen: "[::1]:8080"}`, "", ""},
		"for all, in the clear": {"{listen: 0.0.0.0:8080}", "", "without encryption"},
		"for all, over TLS":     {"{listen: 0.0.0.0:8443, tls: {certificate: page.pem, key: page.key}}", "", ""},
		"without its key":       {"{listen: 0.0.0.0:8443, tls: {certificate: page.pem}}", "http.tls.certificate: there is a certificate without its key", ""},
		"no such file":          {"{tls: {certificate: none.pem, key: page.key}}", "no such file", ""},
		"no address":            {"{listen: nowhere}", "http.listen: ", ""},
	} {
		conf := Default()
		err := conf.read(filepath.Join(dir, "telagent.yaml"), []byte("http: "+c.http+"\n"), func(string) (string, bool) { return "", false })
		if got := text(err); c.wrong == "" && err != nil || !strings.Contains(got, c.wrong) {
			t.Errorf("%s: %q, want %q", name, got, c.wrong)
		}
		if got := text(conf.Warnings.orNil()); (c.warning == "") != (got == "") || !strings.Contains(got, c.warning) {
			t.Errorf("%s: warnings %q, want %q", name, got, c.warning)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
