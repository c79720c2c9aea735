package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

func TestAnRFCIsListedWithWhereItIsCitedAndWhatIsMissing(t *testing.T) {
	tree := fstest.MapFS{
		"sip/dial.go":      {Data: []byte("package sip\n\n// RFC 3261 §13.2, §13.3.1.4; todo RFC 3262 §3\nvar x = `RFC 9999`\n")},
		"sip/dial_test.go": {Data: []byte("package sip\n\n// RFC 4475 §3.1\n")},
		"media/rtp.go":     {Data: []byte("package media\n\n// RFC 3550 §5.1, and RFC 3261 §8; todo RFC 3550 §6.4\n")},
	}
	page, err := rfcPage(tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		"| [3261](https://www.rfc-editor.org/rfc/rfc3261) | SIP: Session Initiation Protocol | cited | `media`: rtp; `sip`: dial |",
		"| Reliability of provisional responses (PRACK) | todo §3 (sip/dial.go) |  |",
		"| RTP | cited; todo §6.4 (media/rtp.go) | `media`: rtp |",
	} {
		if !strings.Contains(page, row) {
			t.Errorf("the page has no row %q:\n%s", row, page)
		}
	}
	if strings.Contains(page, "9999") || strings.Contains(page, "4475") {
		t.Errorf("the page cites what no production comment does:\n%s", page)
	}
}

func TestAScenarioIsListedWithTheTestsThatNameIt(t *testing.T) {
	tree := fstest.MapFS{
		"telagent/testdata/s04-talking.floor": {Data: []byte("# also S06\n0s tick\n")},
		"test/peers/switch_test.go": {Data: []byte("package peers\n\nimport \"testing\"\n\n" +
			"// S05 with a softphone that dies.\nfunc TestTheSoftphoneDies(t *testing.T) {}\n\nfunc TestS04WithRealPeers(t *testing.T) {}\n")},
	}
	page, err := scenarioPage(tree)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{
		"| S04 |": "`telagent/testdata/s04-talking.floor`<br>`test/peers` TestS04WithRealPeers |",
		"| S05 |": "`test/peers` TestTheSoftphoneDies |",
		"| S06 |": "`telagent/testdata/s04-talking.floor` |",
		"| S07 |": "| not yet |",
	}
	found := 0
	for line := range strings.Lines(page) {
		for start, end := range rows {
			if strings.HasPrefix(line, start) {
				found++
				if !strings.HasSuffix(strings.TrimSpace(line), end) {
					t.Errorf("%q does not end in %q", line, end)
				}
			}
		}
	}
	if found != len(rows) {
		t.Errorf("%d of %d rows found:\n%s", found, len(rows), page)
	}
}

func TestAScenarioThatDoesNotExistIsAnError(t *testing.T) {
	tree := fstest.MapFS{"telagent/testdata/s99-never.floor": {Data: []byte("0s tick\n")}}
	if _, err := scenarioPage(tree); err == nil || !strings.Contains(err.Error(), "S99") {
		t.Errorf("got %v", err)
	}
}

func TestAClaimIsListedWithTheTestsThatProveIt(t *testing.T) {
	const source = "package sip\n\nimport \"testing\"\n\nfunc Test%s(t *testing.T) {\n\tclaims.Proven(t, %s)\n}\n"
	tree := fstest.MapFS{
		"sip/a_test.go":   {Data: fmt.Appendf(nil, source, "A", `"nobody is harmed"`)},
		"media/b_test.go": {Data: fmt.Appendf(nil, source, "B", `"nobody is harmed"`)},
		"media/c_test.go": {Data: fmt.Appendf(nil, "//go:build peers\n\n"+source, "C", `"a claim of its own"`)},
	}
	page, err := claimsPage(tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{"| nobody is harmed | `media` TestB<br>`sip` TestA |", "| a claim of its own | `media` TestC |"} {
		if !strings.Contains(page, row) {
			t.Errorf("the page has no row %q:\n%s", row, page)
		}
	}
	tree["sip/d_test.go"] = &fstest.MapFile{Data: fmt.Appendf(nil, source, "D", "sentence")}
	if page, err := claimsPage(tree); err == nil {
		t.Errorf("a claim that is no literal is listed:\n%s", page)
	}
}

func TestALimitWithoutItsConstantOrItsTestIsNoLimit(t *testing.T) {
	if table, err := limitsTable(fstest.MapFS{"sip/udp.go": {Data: []byte("package sip\n\nconst maxMessage = 64 << 10\n")}}); err == nil {
		t.Errorf("without its test it is in the table:\n%s", table)
	}
	for expr, want := range map[string]string{"64 << 10": "65536", "10_000": "10000", "2 * time.Minute": "2 minutes"} {
		if got := plain(expr); got != want {
			t.Errorf("%s is shown as %q, want %q", expr, got, want)
		}
	}
}
