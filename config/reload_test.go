package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestAnotherReadingOfTheFileSaysWhichKeysAreOthersAndByWhatTheyChange(t *testing.T) {
	const before = `
sip: {domain: gw.example.com}
trunks:
  - {name: carrier, uri: "sip:198.51.100.7", username: gw, password: old-secret, channels: 30}
policy:
  ring_time: 15s
`
	was, err := read(t, before, nil)
	if err != nil {
		t.Fatal(err)
	}
	same, err := read(t, before, nil)
	if err != nil || len(was.Differences(same)) != 0 {
		t.Fatalf("the same file differs: %v (%v)", was.Differences(same), err)
	}
	next, err := read(t, strings.NewReplacer("old-secret", "new-secret", "15s", "25s", "30", "40", "gw.example.com", "here.example.com", "198.51.100.7", "198.51.100.8").
		Replace(before)+"store: sqlite:other.db\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range was.Differences(next) {
		got = append(got, fmt.Sprintf("%s:%d %s %s>%s %v", d.File, d.Line, d.Key, d.Was, d.Is, d.When))
	}
	want := []string{
		"t.yaml:2 sip.domain gw.example.com>here.example.com upgrade",
		"t.yaml:7 store sqlite:telagent.db>sqlite:other.db restart",
		"t.yaml:4 trunks[0].uri sip:198.51.100.7>sip:198.51.100.8 upgrade",
		"t.yaml:4 trunks[0].password ********>******** reload",
		"t.yaml:4 trunks[0].accept_from [198.51.100.7/32]>[198.51.100.8/32] reload",
		"t.yaml:4 trunks[0].channels 30>40 reload",
		"t.yaml:6 policy.ring_time 15s>25s reload",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	fewer, err := read(t, "sip: {domain: gw.example.com}\npolicy: {ring_time: 15s}\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := was.Differences(fewer); len(d) != 1 || d[0].Key != "trunks" || d[0].Is != "none" && d[0].Is != "0 entries" {
		t.Errorf("a trunk that is gone: %+v", d)
	}
}

func TestWhereADrainSendsCallsIsChecked(t *testing.T) {
	for redirect, good := range map[string]bool{
		"sip:198.51.100.9:5060": true, "sips:gw2.example.com": true, "sip:+4930@[2001:db8::9]:5060;transport=tcp": true, "": true,
		"198.51.100.9": false, "sip:": false, "tel:+4930": false, "sip:a b": false,
	} {
		_, err := read(t, fmt.Sprintf("drain: {redirect: %q}\n", redirect), nil)
		if good != (err == nil) {
			t.Errorf("%q: %v", redirect, err)
		}
	}
}
