package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const webhookSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"

func TestAWebhookIsReadWithItsSecretAndNeverPrintsItOrItsAddress(t *testing.T) {
	c, err := read(t, "webhooks:\n- {name: chat, url: 'https://hooks.example.com/T1/key', secret: '"+webhookSecret+"', events: [alarm.raised], teams: [support]}\n"+
		"- {name: sms, url: 'http://127.0.0.1:9000/in', secret: '"+webhookSecret+"'}\n- {name: far, url: 'http://192.0.2.1/', plain_http: true, secret: '"+webhookSecret+"'}\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(c.Webhooks[0].Key()); got != "0123456789abcdef01234567" {
		t.Errorf("the key is %q", got)
	}
	if got := c.Webhooks[1].Events; !reflect.DeepEqual(got, []string{"telagent.began", "telagent.ended"}) {
		t.Errorf("without a list it is told %v", got)
	}
	if text := fmt.Sprintf("%v %+v %#v", c.Webhooks, c.Webhooks, c.Webhooks); strings.Contains(text, "T1") || strings.Contains(text, "MDEy") {
		t.Errorf("it prints as %s", text)
	}
}

func TestAWebhooksSecretMayStandInAFileOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"secret": webhookSecret + "\n",
		"t.yaml": "webhooks: [{name: a, url: 'https://h', secret_file: secret}]\n",
		"u.yaml": "webhooks: [{name: a, url: 'https://h', secret_file: none}]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(filepath.Join(dir, "t.yaml"))
	if err != nil || len(c.Webhooks[0].Key()) != 24 {
		t.Errorf("it is %v, %v", c, err)
	}
	if _, err := Load(filepath.Join(dir, "u.yaml")); err == nil || !strings.Contains(err.Error(), "u.yaml:1: ") || strings.Count(err.Error(), "\n") > 0 {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestEachMistakeInAWebhookIsNamed(t *testing.T) {
	const tail = "\n  secret: " + webhookSecret
	good := "webhooks:\n- name: a\n  url: https://h/p" + tail
	for _, c := range []struct{ text, want string }{
		{"webhooks:\n- name: a b\n  url: https://h" + tail, `t.yaml:2: webhooks[0].name: "a b" is not a name; write letters, digits, '-', '_' and '.', like chat`},
		{good + "\n- name: a\n  url: https://h" + tail, `t.yaml:5: webhooks[1].name: "a" is also the name of webhooks[0]; names must differ`},
		{"webhooks:\n- name: a" + tail, `t.yaml:2: webhooks[0].url: it is missing; write https://host/path`},
		{"webhooks:\n- name: a\n  url: 'https:///x'" + tail, `t.yaml:3: webhooks[0].url: this is not the address of a receiver; write https://host/path`},
		{"webhooks:\n- name: a\n  url: 'ftp://h'" + tail, `t.yaml:3: webhooks[0].url: its scheme is neither https nor http; write https://host/path`},
		{"webhooks:\n- name: a\n  url: 'http://h/x'" + tail, `t.yaml:3: webhooks[0].url: http would send it in the clear to another machine; write https://…, or set plain_http: true`},
		{"webhooks:\n- name: a\n  url: 'https://u:p@h/'" + tail, `t.yaml:3: webhooks[0].url: it has a user or a fragment; write https://host/path alone, the signature proves who sends`},
		{"webhooks:\n- name: a\n  url: https://h\n  secret: abc", `t.yaml:4: webhooks[0].secret: it must be whsec_ and 24 to 64 bytes in base64; make one by: echo whsec_$(openssl rand -base64 32)`},
		{"webhooks:\n- name: a\n  url: https://h", `t.yaml:2: webhooks[0].secret: it must be whsec_ and 24 to 64 bytes in base64; make one by: echo whsec_$(openssl rand -base64 32)`},
		{good + "\n  secret_file: f", `t.yaml:5: secret and secret_file are both given; keep one`},
		{good + "\n  events: [telagent.begun]", `t.yaml:5: webhooks[0].events[0]: "telagent.begun" is unknown; did you mean "telagent.began"?`},
		{good + "\n  teams: ['']", `t.yaml:5: webhooks[0].teams[0]: it is empty; name a team, or remove the entry`},
		{good + "\n  url_: x", `t.yaml:5: unknown key "url_"; did you mean "url"?`},
	} {
		_, err := read(t, c.text, nil)
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}
