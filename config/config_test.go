package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

func read(t *testing.T, text string, env map[string]string) (*Config, error) {
	t.Helper()
	c := Default()
	err := c.read("t.yaml", []byte(text), func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	})
	return c, err
}

const full = `
sip:
  domain: gw.example.com
  listen: ["udp:0.0.0.0:5060", "tcp:[::1]:5060"]
  advertise: 203.0.113.5
media:
  ports: 30000-30999
http:
  listen: 127.0.0.1:9090
store: postgres://gw:${PG}@db/telagent
trunks:
  - name: carrier
    uri: sip:198.51.100.7:5060;transport=udp
    username: gw
    password: ${CARRIER_PASSWORD}
    register: true
    accept_from: [198.51.100.7/32, 198.51.100.16/28]
    channels: 30
  - {name: other, uri: "sip:carrier.example.net"}
dialling:
  region: DE
  allow: [DE, +43]
  deny: [+4932]
  limits: {calls: 2, per_hour: 60}
  caller_id: {default: "+4930100", queues: {support: "+4930200"}}
policy: {ring_time: 15s, strikes: 2}
log: {level: debug, format: json}
`

func TestAFullFileIsReadOverTheDefaults(t *testing.T) {
	c, err := read(t, full, map[string]string{"CARRIER_PASSWORD": "s3cret", "PG": "pw"})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.SIP.Domain, want.SIP.Listen, want.SIP.Advertise = "gw.example.com", []string{"udp:0.0.0.0:5060", "tcp:[::1]:5060"}, Advertise{"": "203.0.113.5"}
	want.Media.Ports = Ports{30000, 30999}
	want.Media.Listen, want.Media.Advertise = "0.0.0.0, ::1", "203.0.113.5"
	want.HTTP.Listen = "127.0.0.1:9090"
	want.Store = "postgres://gw:pw@db/telagent"
	want.Trunks = []Trunk{
		{
			Name: "carrier", URI: "sip:198.51.100.7:5060;transport=udp", Username: "gw", Password: "s3cret",
			Register: true, AcceptFrom: []string{"198.51.100.7/32", "198.51.100.16/28"}, Channels: 30,
			DownAfter: 2, UpAfter: 2, RegisterFor: 10 * time.Minute,
		},
		{Name: "other", URI: "sip:carrier.example.net", DownAfter: 2, UpAfter: 2, RegisterFor: 10 * time.Minute},
	}
	want.Dialling.Region, want.Dialling.Allow, want.Dialling.Deny = "DE", []string{"DE", "+43"}, []string{"+4932"}
	want.Dialling.Limits = DialLimits{2, 60}
	want.Dialling.CallerID = CallerID{Default: "+4930100", Queues: map[string]string{"support": "+4930200"}}
	want.Policy.RingTime, want.Policy.Strikes = 15*time.Second, 2
	want.Log = Log{"debug", "json"}
	want.source = c.source
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got\n%#v\nwant\n%#v", *c, *want)
	}
}

func TestWithoutAFileTheDefaultsHoldAndStayOnLoopback(t *testing.T) {
	c, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	if c.Media.Listen != "127.0.0.1" {
		t.Errorf("media listens on %q", c.Media.Listen)
	}
	for _, text := range append(c.SIP.Listen, c.HTTP.Listen, c.Media.Listen) {
		if !strings.Contains(text, "127.0.0.1") {
			t.Errorf("%q is not loopback", text)
		}
	}
	if _, err := read(t, "", nil); err != nil {
		t.Errorf("an empty file is refused: %v", err)
	}
}

func TestEachMistakeIsNamedWithItsLineAndWhatWouldBeRight(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"sip:\n  domian: x", `t.yaml:2: unknown key "domian"; did you mean "domain"?`},
		{"sup: {}", `t.yaml:1: unknown key "sup"; did you mean "sip"?`},
		{"sip:\n  zzzzzz: 1", `t.yaml:2: unknown key "zzzzzz"; the keys here are domain, listen, advertise, dns, session_timer, ask_phones, web_origins, tls`},
		{"sip: 5", `t.yaml:1: sip is a single value; it must be a mapping of keys to values, like domain: …`},
		{"sip:\n  dns: [192.0.2.53]", `t.yaml:2: sip.dns[0]: "192.0.2.53" is not an address with a port; write one like 192.0.2.53:53`},
		{"- a", `t.yaml:1: the file is a list; it must be a mapping of keys to values, like sip: …`},
		{"sip:\n  listen: udp:127.0.0.1:5060", `t.yaml:2: sip.listen is a single value; it must be a list, like [first, second]`},
		{"sip:\n  domain: [a]", `t.yaml:2: sip.domain is a list; it must be a single value, like "text"`},
		{"sip:\n\tdomain: a", `t.yaml:2: a tab stands where only spaces may; indent with spaces`},
		{"sip: {domain: a", `t.yaml:1: not YAML: could not find flow mapping end token '}'`},
		{"log: {}\nlog: {}", `t.yaml:2: the key "log" is here twice, first in line 1; keep one`},
		{"log: {}\n---\nlog: {}", `t.yaml:3: a second document begins; put everything into one, without ---`},
		{"log: &a {}", `t.yaml:1: anchors (&), aliases (*) and tags (!) are not read; write the value itself, in quotes if it begins with such a sign`},
		{"sip:\n  listen:\n    -\n", `t.yaml:3: sip.listen[0] is empty; give it a value or remove it`},
		{"sip:\n  listen:\n    - tls:127.0.0.1:5061", `t.yaml:3: sip.listen[0]: tls needs a certificate; give sip.tls.certificate and sip.tls.key`},
		{"sip: {listen: [\"ws:0.0.0.0:5066\"]}", `t.yaml:1: sip.listen[0]: nobody can answer to 0.0.0.0; set sip.advertise to this machine's address, or listen on that address`},
		{"sip: {listen: [\"ws:0.0.0.0:5066\"], advertise: {ipv6: \"2001:db8::1\"}}", `t.yaml:1: sip.listen[0]: nobody can answer to 0.0.0.0; set sip.advertise to this machine's address, or listen on that address`},
		{"sip: {listen: [\"tcp:[::]:5060\", \"tcp:0.0.0.0:5060\"], advertise: 203.0.113.5}", `t.yaml:1: sip.listen[0]: [::] takes IPv4 too, so the port is taken by tcp:0.0.0.0:5060; keep one of them`},
		{"sip: {advertise: {ipv4: \"2001:db8::1\"}}", `t.yaml:1: sip.advertise.ipv4: 2001:db8::1 is none of ipv4; write one, or use the other name`},
		{"sip:\n  advertise:\n    tls: 203.0.113.5", `t.yaml:3: sip.advertise.tls: "tls" is no entry of sip.listen; write ipv4, ipv6 or one of them`},
		{"sip: {advertise: [203.0.113.5]}", `t.yaml:1: sip.advertise is a list; it must be a mapping of keys to values, like {name: value}`},
		{"sip: {web_origins: [\"https://a/b\"]}", `t.yaml:1: sip.web_origins[0]: "https://a/b" is no origin; write scheme and host alone, like https://phone.example.com`},
		{"sip: {tls: {key: k.pem}}", `t.yaml:1: sip.tls.key: there is a key without its certificate; give certificate too`},
		{"sip: {tls: {certificate: c.pem}}", `t.yaml:1: sip.tls.certificate: there is a certificate without its key; give key too`},
		{"sip: {tls: {client_ca: /nowhere.pem}}", `t.yaml:1: sip.tls.client_ca: open /nowhere.pem: no such file or directory; name a file that the gateway may read`},
		{"sip: {listen: [\"wss:127.0.0.1:7443\"]}", `t.yaml:1: sip.listen[0]: wss needs a certificate; give sip.tls.certificate and sip.tls.key`},
		{"sip: {listen: [\"sctp:127.0.0.1:5060\"]}", `t.yaml:1: sip.listen[0]: "sctp:127.0.0.1:5060" has no transport that is known; write udp, tcp, tls, ws or wss before address:port, like udp:0.0.0.0:5060`},
		{"sip: {listen: [\"udp:localhost:5060\"]}", `t.yaml:1: sip.listen[0]: "localhost:5060" is not an IP address with a port; write udp:address:port, like udp:0.0.0.0:5060`},
		{"sip: {listen: [\"udp:127.0.0.1:0\"]}", `t.yaml:1: sip.listen[0]: "127.0.0.1:0" is not an IP address with a port; write udp:address:port, like udp:0.0.0.0:5060`},
		{"sip: {listen: []}", `t.yaml:1: sip.listen: the list is empty; write at least one, like udp:0.0.0.0:5060`},
		{"sip: {listen: [\"udp:127.0.0.1:5060\", \"udp:127.0.0.1:5060\"]}", `t.yaml:1: sip.listen[1]: "udp:127.0.0.1:5060" is here twice; keep one`},
		{"sip: {domain: \"a b\"}", `t.yaml:1: sip.domain: "a b" is not a domain; write a host name or an IP address, like gw.example.com`},
		{"sip: {advertise: \"0.0.0.0\"}", `t.yaml:1: sip.advertise: "0.0.0.0" is not the IP address of a machine; write one without a port, like 203.0.113.5`},
		{"media: {ports: 5}", `t.yaml:1: media.ports: "5" is not a range of ports; write FIRST-LAST, like 20000-29999`},
		{"media: {ports: 20001-29999}", `t.yaml:1: media.ports: "20001-29999" cuts a pair of RTP and RTCP in two; FIRST must be even and LAST odd, like 20002-29999`},
		{"media: {ports: 20000-70000}", `t.yaml:1: media.ports: "20000-70000" is not a usable range of ports; write FIRST-LAST within 1024-65535, like 20000-29999`},
		{"media: {listen: eth0}", `t.yaml:1: media.listen: "eth0" is not an IP address; write one without a port, like 0.0.0.0`},
		{"media: {listen: 0.0.0.0}", `t.yaml:1: media.listen: nobody can answer to 0.0.0.0; set media.advertise or sip.advertise to this machine's address`},
		{"media: {codecs: [opus]}", `t.yaml:1: media.codecs[0]: "opus" is unknown; write one of pcmu, pcma`},
		{"media: {codecs: [pcma, pcma]}", `t.yaml:1: media.codecs[1]: "pcma" is here twice; keep one`},
		{"trunks: [{name: a, uri: 'sip:192.0.2.1', codecs: [PCMA]}]", `t.yaml:1: trunks[0].codecs[0]: "PCMA" is unknown; did you mean "pcma"?`},
		{"media: {listen: '127.0.0.1, 127.0.0.2'}", `t.yaml:1: media.listen: 127.0.0.2 is a second address of its kind; write one IPv4 and one IPv6 address at most`},
		{"media: {listen: '127.0.0.1, ::'}", `t.yaml:1: media.listen: nobody can answer to ::; set media.advertise or sip.advertise to this machine's address`},
		{"media: {listen: 127.0.0.1, advertise: '2001:db8::5'}", `t.yaml:1: media.advertise: no RTP is received at addresses like 2001:db8::5; add one to media.listen`},
		{"media: {silence: 50ms}", `t.yaml:1: media.silence: 50ms is out of range; write a time from 200ms to 1m0s`},
		{"media: {recordings: config.go}", `t.yaml:1: media.recordings: "config.go" is a file; name a folder, or remove the key if nothing is to be recorded`},
		{"media: {audio: /nowhere}", `t.yaml:1: media.audio: "/nowhere" is not a folder that can be read; name one, or remove the key for the built-in audio`},
		{"policy: {language: fr}", `t.yaml:1: policy.language: "fr" is not built in; write en or de, or put its prompts into a sub-folder of that name of media.audio`},
		{"http: {listen: \":8080\"}", `t.yaml:1: http.listen: ":8080" is not an IP address with a port; write address:port, like 127.0.0.1:8080`},
		{"store: mysql://u:pw@h/d", `t.yaml:1: store: this names no store that is known; write sqlite:FILE or postgres://user:password@host/database`},
		{"store: 'sqlite:'", `t.yaml:1: store: "sqlite:" names no file; write sqlite:FILE, like sqlite:telagent.db`},
		{"policy: {ring_time: 20}", `t.yaml:1: policy.ring_time: "20" is not a length of time; write a number with its unit, like 500ms, 30s or 5m`},
		{"policy: {ring_time: -5s}", `t.yaml:1: policy.ring_time: "-5s" is not a length of time; write a number with its unit, like 500ms, 30s or 5m`},
		{"policy: {strikes: many}", `t.yaml:1: policy.strikes: "many" is not a whole number; write one, like 5`},
		{"policy: {nailed_up: {redial_after: 0s}}", `t.yaml:1: policy.nailed_up.redial_after: 0s is out of range; write a time from 100ms to 1m0s`},
		{"policy: {nailed_up: {failures: 0}}", `t.yaml:1: policy.nailed_up.failures: 0 is out of range; write a number from 1 to 100`},
		{"policy: {idle_timeout: 25h}", `t.yaml:1: policy.idle_timeout: 25h0m0s is out of range; write a time from 0s to 24h0m0s`},
		{"policy: {after_sign_in: offline}", `t.yaml:1: policy.after_sign_in: "offline" is unknown; write one of not_ready, away, available`},
		{"policy: {thresholds: {acw: {amber: 5m}}}", `t.yaml:1: policy.thresholds.acw.red: 3m0s is shorter than amber (5m0s), which comes first; make it longer`},
		{"policy: {dial_time: 1s}", `t.yaml:1: policy.dial_time: 1s is out of range; write a time from 5s to 10m0s`},
		{"policy: {emergency_reserve: -1}", `t.yaml:1: policy.emergency_reserve: -1 is out of range; write a number from 0 to 1000`},
		{"policy:\n  access_numbers: [\"+4930900\", desk]", `t.yaml:2: policy.access_numbers[1]: "desk" is no number; write it as the trunk delivers it, digits with or without +, in quotes`},
		{"policy:\n  menu_legs: 0", "t.yaml:2: policy.menu_legs: 0 is out of range; write a number from 1 to 10000"},
		{"policy:\n  wrong_pins: {agent: 0}", "t.yaml:2: policy.wrong_pins.agent: 0 is out of range; write a number from 1 to 10000"},
		{"policy:\n  wrong_pins: {lock: 1s}", "t.yaml:2: policy.wrong_pins.lock: 1s is out of range; write a time from 1m0s to 24h0m0s"},
		{"policy:\n  feature_codes:\n    \"*71\": gone", `t.yaml:3: policy.feature_codes.*71: "gone" is unknown; write one of available, not_ready, break, away, offline, end_wrap_up, continue_wrap_up, hang_up`},
		{"policy: {feature_codes: {\"71\": away}}", `t.yaml:1: policy.feature_codes.71: "71" is no code; write * and digits, in quotes, like "*71"`},
		{"policy: {feature_codes: {\"*71\": \"away:ill\"}}", `t.yaml:1: policy.feature_codes.*71: a reason goes with break alone; write break:ill, or remove the reason`},
		{"policy: {feature_codes: {\"*71\": \"break:\"}}", `t.yaml:1: policy.feature_codes.*71: the reason is empty, too long or cannot be shown; write at most 64 bytes in one line, like break:Lunch`},
		{"policy: {strikes: 0}", `t.yaml:1: policy.strikes: 0 is out of range; write a number from 1 to 100`},
		{"policy: {unreachable: {busy: {delay: 0s}}}", `t.yaml:1: policy.unreachable.busy.delay: 0s is out of range; write a time from 1s to 24h0m0s`},
		{"policy: {unreachable: {busy: {status: gone}}}", `t.yaml:1: policy.unreachable.busy.status: "gone" is unknown; write one of stay, not_ready, away`},
		{"policy: {unreachable: {busy: {reason: BUSY}}}", `t.yaml:1: policy.unreachable.busy.reason: a reason goes with the status away; set that too, or remove the reason`},
		{"policy: {unreachable: {busy: {status: away, reason: \"a\\nb\"}}}", `t.yaml:1: policy.unreachable.busy.reason: it is too long or has characters that cannot be shown; write at most 100 bytes in one line`},
		{"policy: {unreachable: {trunk_fault: {strike: true}}}", `t.yaml:1: policy.unreachable.trunk_fault.strike: it is no fault of the agent; write false, or remove it`},
		{"policy: {unreachable: {no_capacity: {status: away}}}", `t.yaml:1: policy.unreachable.no_capacity.status: it is no fault of the agent; write stay, or remove it`},
		{"policy: {unreachable: {bored: {strike: true}}}", `t.yaml:1: unknown key "bored"; the keys here are declined, busy, no_answer, no_confirm, unreachable, trunk_fault, no_capacity`},
		{"policy: {machines: -1}", `t.yaml:1: policy.machines: -1 is out of range; write a number from 0 to 100`},
		{"policy: {test_calls: 0}", `t.yaml:1: policy.test_calls: 0 is out of range; write a number from 1 to 60`},
		{"policy: {test_ring: 2m}", `t.yaml:1: policy.test_ring: 2m0s is out of range; write a time from 1s to 1m0s`},
		{"policy: {language: German}", `t.yaml:1: policy.language: "German" is no language; write its two or three letters, like en or de`},
		{"policy: {access_number: 0301}", `t.yaml:1: policy.access_number: "0301" is not a number in E.164; write + and the country code first, like "+49301234567"`},
		{"media: {silence: 10s}", `t.yaml:1: policy.cut_off: 5s is shorter than media.silence (10s), which comes first; make it longer`},
		{"log: {level: inof}", `t.yaml:1: log.level: "inof" is unknown; did you mean "info"?`},
		{"log: {format: xml}", `t.yaml:1: log.format: "xml" is unknown; write one of console, json`},
	} {
		_, err := read(t, c.text, nil)
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestEachMistakeInATrunkIsNamed(t *testing.T) {
	const good = "trunks:\n- name: a\n  uri: sip:192.0.2.1:5060\n"
	for _, c := range []struct{ text, want string }{
		{"trunks:\n- uri: sip:192.0.2.1", `t.yaml:2: trunks[0].name: "" is not a name; write letters, digits, '-', '_' and '.', like carrier`},
		{"trunks:\n- name: a", `t.yaml:2: trunks[0].uri: it is missing; write sip:host:port;transport=udp, like sip:198.51.100.7:5060;transport=udp`},
		{good + "- name: a\n  uri: sip:192.0.2.2", `t.yaml:4: trunks[1].name: "a" is also the name of trunks[0]; names must differ`},
		{"trunks:\n- {name: a, uri: \"sips:h;transport=udp\"}", `t.yaml:2: trunks[0].uri: sips is TLS, which is not spoken over UDP; remove "transport=udp"`},
		{"trunks:\n- {name: a, uri: \"sip:u:pw@h\"}", `t.yaml:2: trunks[0].uri: this is not the address of a trunk; write sip:host:port;transport=udp, like sip:198.51.100.7:5060;transport=udp`},
		{"trunks:\n- {name: a, uri: \"sip:h;transport=ws\"}", `t.yaml:2: trunks[0].uri: "transport=ws" is not a parameter that is known; write sip:host:port;transport=udp, like sip:198.51.100.7:5060;transport=udp`},
		{"trunks:\n- {name: a, uri: \"sips:h\", certificate_names: [\"a b\"]}", `t.yaml:2: trunks[0].certificate_names[0]: "a b" is not a name of a certificate; write a host name, like sip.example.com`},
		{"trunks:\n- {name: a, uri: \"sips:h\", ca: /nowhere.pem}", `t.yaml:2: trunks[0].ca: open /nowhere.pem: no such file or directory; name a file that the gateway may read`},
		{"trunks:\n- {name: a, uri: \"sip:h;lr\"}", `t.yaml:2: trunks[0].uri: "lr" is not a parameter that is known; write sip:host:port;transport=udp, like sip:198.51.100.7:5060;transport=udp`},
		{"trunks:\n- {name: a, uri: \"sip:192.0.2.999:5060\"}", `t.yaml:2: trunks[0].uri: "192.0.2.999:5060" is not a host with a port; write sip:host:port;transport=udp, like sip:198.51.100.7:5060;transport=udp`},
		{"trunks:\n- {name: a, uri: \"sip:h:\"}", `t.yaml:2: trunks[0].uri: "h:" is not a host with a port; write sip:host:port;transport=udp, like sip:198.51.100.7:5060;transport=udp`},
		{good + "  register: true", `t.yaml:4: trunks[0].register: registering needs username and password; give both, or set register: false`},
		{good + "  register: maybe", `t.yaml:4: trunks[0].register: "maybe" is neither true nor false; write one of them`},
		{good + "  channels: -1", `t.yaml:4: trunks[0].channels: -1 is less than none; write a number, 0 for no limit`},
		{good + "  down_after: 90", `t.yaml:4: trunks[0].down_after: 90 is out of range; write a number from 1 to 20`},
		{good + "  contact_user: gw", `t.yaml:2: trunks[0].register: it is false, and registrar or contact_user say how to register; set register: true, or remove them`},
		{good + "  ping: 1s", `t.yaml:4: trunks[0].ping: 1s is out of range; write a time from 5s to 1h0m0s`},
		{
			good + "- {name: b, uri: \"sip:192.0.2.1:5062\"}",
			`t.yaml:4: trunks[1].accept_from[0]: 192.0.2.1/32 overlaps 192.0.2.1/32 of trunk "a", so calls from there have two trunks; make them differ`,
		},
		{good + "  accept_from: [192.0.2.1]", `t.yaml:4: trunks[0].accept_from[0]: "192.0.2.1" has no number of bits; write 192.0.2.1/32 for this one address`},
		{good + "  accept_from: [192.0.2.1/24]", `t.yaml:4: trunks[0].accept_from[0]: "192.0.2.1/24" has bits set behind its length; write 192.0.2.0/24, or 192.0.2.1/32 for the one address`},
		{good + "  accept_from: [here]", `t.yaml:4: trunks[0].accept_from[0]: "here" is not a network; write address/bits, like 198.51.100.7/32`},
		{
			good + "  accept_from: [192.0.2.0/24]\n- name: b\n  uri: sip:h\n  accept_from: [192.0.2.8/32]",
			`t.yaml:7: trunks[1].accept_from[0]: 192.0.2.8/32 overlaps 192.0.2.0/24 of trunk "a", so calls from there have two trunks; make them differ`,
		},
		{good + "  password: a\n  password_file: b", `t.yaml:5: password and password_file are both given; keep one`},
		{good + "  username: \"a\\nb\"", `t.yaml:4: trunks[0].username: it has a quote or a line break; write the name alone`},
	} {
		_, err := read(t, c.text, nil)
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestEachMistakeInTheDialRulesIsNamed(t *testing.T) {
	const right = "write DE, +4930, or 115 for a short number"
	for _, c := range []struct{ text, want string }{
		{"dialling:\n  region: Germany", `t.yaml:2: dialling.region: "Germany" is not a country; write its ISO code of two capital letters, like DE`},
		{"dialling:\n  allow:\n  - DE\n  - '0049'", `t.yaml:4: dialling.allow[1]: "0049" is neither a country nor the beginning of a number; ` + right},
		{"dialling:\n  deny: [Cuba]", `t.yaml:2: dialling.deny[0]: "Cuba" is neither a country nor the beginning of a number; ` + right},
		{"dialling:\n  premium: [de]", `t.yaml:2: dialling.premium[0]: "de" is neither a country nor the beginning of a number; ` + right},
		{"dialling: {allow: [DE, DE]}", `t.yaml:1: dialling.allow[1]: "DE" is here twice; keep one`},
		{"dialling: {emergency: ['+49112']}", `t.yaml:1: dialling.emergency[0]: "+49112" is not an emergency number; write 2 to 6 digits, like "110"`},
		{"dialling: {max_duration: 48h}", `t.yaml:1: dialling.max_duration: 48h0m0s is out of range; write a time from 0s to 24h0m0s`},
		{"dialling: {limits: {calls: -1}}", `t.yaml:1: dialling.limits.calls: -1 is less than none; write a number, 0 for no limit`},
		{"dialling: {limits: {per_hour: -1}}", `t.yaml:1: dialling.limits.per_hour: -1 is less than none; write a number, 0 for no limit`},
		{"dialling:\n  caller_id: {agents: {ana: '030'}}", `t.yaml:2: dialling.caller_id.agents.ana: "030" is not a number in E.164; write + and the country code first, like "+49301234567"`},
		{"dialling:\n  allow: DE", `t.yaml:2: dialling.allow is a single value; it must be a list, like [first, second]`},
		{"dialling:\n  alow: [DE]", `t.yaml:2: unknown key "alow"; did you mean "allow"?`},
		{"trunks:\n- {name: a, uri: 'sip:192.0.2.1', calls_per_hour: -1}", `t.yaml:2: trunks[0].calls_per_hour: -1 is less than none; write a number, 0 for no limit`},
		{"trunks:\n- {name: a, uri: 'sip:192.0.2.1', max_duration: 25h}", `t.yaml:2: trunks[0].max_duration: 25h0m0s is out of range; write a time from 0s to 24h0m0s`},
	} {
		_, err := read(t, c.text, nil)
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestDialRulesThatAllowNothingOrMoreThanTheySeemAreWarnedOf(t *testing.T) {
	const trunk = "trunks:\n- {name: a, uri: 'sip:192.0.2.1'}\ndialling:\n  region: DE\n"
	const nothing = "dialling.allow: nothing may be dialled over the trunks but the numbers that the directory names, and emergency numbers; name the countries that agents call, like allow: [DE]"
	for text, want := range map[string]string{
		"":                               "",
		trunk + "  allow: [DE, +4930]\n": "",
		trunk:                            "t.yaml:3: " + nothing,
		"trunks:\n- {name: a, uri: 'sip:192.0.2.1'}\ndialling: {emergency: ['110']}\n": "t.yaml:3: " + nothing,
		"trunks:\n- {name: a, uri: 'sip:192.0.2.1'}\ndialling:\n  allow: [DE]\n":       "t.yaml:3: dialling.region: without it no emergency numbers but 112 and 911 are known; write your country, like DE",
		trunk + "  allow: [+]":                "t.yaml:5: dialling.allow[0]: it allows every country, dear ones too; name those that you call, like DE",
		trunk + "  allow: [DE, +1]":           "t.yaml:5: dialling.allow[1]: it allows two dozen countries, many of them dear; write US and CA for the United States and Canada",
		trunk + "  allow: [DE]\n  deny: [+1]": "",
	} {
		c, err := read(t, text, nil)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := c.Warnings.Error(); got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestKeysOfAudioInSignallingThatOthersCanReadAreWarnedOf(t *testing.T) {
	const trunk = "trunks:\n- {name: a, uri: 'sip:192.0.2.1;transport=udp', encryption: "
	const keys = "t.yaml:2: trunks[0].encryption: the keys of its audio stand in signalling that is not encrypted, so whoever reads that can listen; write transport=tls in uri, or encryption: dtls"
	const dialling = "dialling: {region: DE, allow: [DE]}\n"
	for text, want := range map[string]string{
		trunk + "sdes}\n" + dialling:                                            keys,
		trunk + "optional}\n" + dialling:                                        keys,
		trunk + "rtp}\n" + dialling:                                             "",
		trunk + "dtls}\n" + dialling:                                            "",
		"media: {encryption: optional}":                                         "",
		"sip:\n  listen: ['udp:127.0.0.1:5060']\nmedia: {encryption: required}": "t.yaml:2: sip.listen[0]: media.encryption is required, and phones that signal here send the keys of their audio in the clear; let them signal over tls",
	} {
		c, err := read(t, text, nil)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := c.Warnings.Error(); got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
	for _, text := range []string{trunk + "zrtp}\n", "media: {encryption: on}"} {
		if _, err := read(t, text, nil); err == nil || !strings.Contains(err.Error(), "encryption: \"") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestATrunksCallsComeFromItsAddressUnlessTheFileSaysOtherwise(t *testing.T) {
	c, err := read(t, "trunks:\n- {name: a, uri: \"sip:192.0.2.1:5060;transport=udp\"}\n- {name: b, uri: \"sip:[2001:db8::1]\"}\n"+
		"- {name: c, uri: \"sip:carrier.example.net\"}\n- {name: d, uri: \"sip:192.0.2.9\", accept_from: [192.0.2.64/26]}\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"192.0.2.1/32", "2001:db8::1/128", "", "192.0.2.64/26"} {
		if got := strings.Join(c.Trunks[i].AcceptFrom, " "); got != want {
			t.Errorf("trunk %s: got %q, want %q", c.Trunks[i].Name, got, want)
		}
	}
}

func TestEverythingWrongIsSaidAtOnceInTheOrderOfTheLines(t *testing.T) {
	_, err := read(t, "log: {level: loud}\nhttp: {listen: here}\nsip:\n  domian: x\n  listen: ['sctp:0.0.0.0:5061']\ntrunks:\n- nme: a\n", nil)
	var all Complaints
	if !errors.As(err, &all) {
		t.Fatalf("got %T %v", err, err)
	}
	lines := []int{1, 2, 4, 5, 7, 7, 7} // the trunk lacks name and uri besides
	if len(all) != len(lines) {
		t.Fatalf("got %d complaints:\n%v", len(all), err)
	}
	form := regexp.MustCompile(`^t\.yaml:\d+: .+; .+`)
	for i, c := range all {
		if c.Line != lines[i] || !form.MatchString(c.Error()) {
			t.Errorf("complaint %d: %v", i, c)
		}
	}
}

func TestAMissingVariableIsNamedAndAPresentOneCannotAddKeys(t *testing.T) {
	_, err := read(t, "log: {}\nsip:\n  domain: ${DOMAIN}\n", nil)
	want := "t.yaml:3: the environment has no ${DOMAIN}; set it, or write the value here ($${DOMAIN} for the text itself)"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	_, err = read(t, "sip:\n  domain: ${DOMAIN}\n", map[string]string{"DOMAIN": "a\nlog: {level: debug}"})
	if err == nil || !strings.Contains(err.Error(), "t.yaml:2: sip.domain:") {
		t.Errorf("got %v", err)
	}
	c, err := read(t, "trunks: [{name: t, uri: 'sip:192.0.2.1', username: 'a$${B}c$d'}]\npolicy: {strikes: \"${N}\"}", map[string]string{"N": "7"})
	if err != nil || c.Trunks[0].Username != "a${B}c$d" || c.Policy.Strikes != 7 {
		t.Errorf("got %v %+v", err, c.Policy)
	}
}

func TestAPasswordComesFromAFileBesideTheConfiguration(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("pw", "from file\r\nrest")
	write("empty", "\n")
	trunk := "trunks:\n- name: a\n  uri: sip:192.0.2.1\n  username: u\n  register: true\n  password_file: "
	c, err := Load(write("good.yaml", trunk+"pw"))
	if err != nil || c.Trunks[0].Password.Reveal() != "from file" {
		t.Errorf("got %v, %q", err, c.Trunks[0].Password.Reveal())
	}
	for _, name := range []string{"empty", "absent"} {
		if _, err := Load(write("bad.yaml", trunk+name)); err == nil || !strings.Contains(err.Error(), "bad.yaml:6: ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := Load(filepath.Join(dir, "no such file")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	c, err := read(t, full, map[string]string{"CARRIER_PASSWORD": "s3cret", "PG": "s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	printed := []string{c.Trunks[0].Password.String(), c.Store.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		printed = append(printed, fmt.Sprintf(verb, *c), fmt.Sprintf(verb, c.Trunks[0].Password), fmt.Sprintf(verb, c.Store))
	}
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	printed = append(printed, string(encoded))
	hidden := fmt.Sprintf("%x", "s3cret")
	for _, text := range printed {
		if strings.Contains(text, "s3cret") || strings.Contains(text, hidden) {
			t.Errorf("printed: %s", text)
		}
	}
	if got := DSN("postgres://u:pw@h/d?password=pw").String(); strings.Contains(got, "pw") {
		t.Errorf("printed: %s", got)
	}
	if got := DSN("sqlite:telagent.db").String(); got != "sqlite:telagent.db" {
		t.Errorf("got %q", got)
	}
	_, err = read(t, "store: mysql://u:s3cret@h/d\ntrunks:\n- {name: a, uri: 'sip:u:s3cret@h'}\n- {name: b, password: [s3cret]}", nil)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("complained: %v", err)
	}
}

func TestTheReferenceNamesEveryKeyWithItsMeaning(t *testing.T) {
	page := Reference()
	var walk func(prefix string, typ reflect.Type)
	walk = func(prefix string, typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			if f.Tag.Get("yaml") == "-" {
				continue
			}
			if f.Tag.Get("yaml") == "" || f.Tag.Get("help") == "" {
				t.Errorf("%s%s has no key or no meaning", prefix, f.Name)
			}
			key := prefix + f.Tag.Get("yaml")
			switch {
			case f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[Ports]():
				walk(key+".", f.Type)
			case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct && f.Type != reflect.TypeFor[[]NumberRule]():
				walk(key+"[].", f.Type.Elem())
			case !strings.Contains(page, "| `"+key+"` |"):
				t.Errorf("%s is not on the page", key)
			}
		}
	}
	walk("", reflect.TypeFor[Config]())
	for _, row := range []string{
		"| `media.ports` | FIRST-LAST | `20000-29999` |", "| `policy.requeue_after` | time | `1m30s` |",
		"| `store` | text | `sqlite:telagent.db` |", "| `trunks[].password` | secret | none |",
		"| `sip.listen` | list | `[udp:127.0.0.1:5060, tcp:127.0.0.1:5060]` |",
	} {
		if !strings.Contains(page, row) {
			t.Errorf("no row %s in\n%s", row, page)
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("sip:\n  listen: [udp:0.0.0.0:5060, *a]\n? x\n: y\n<<: {a: 1}\nt: |\n  x\n"))
	f.Add([]byte("trunks:\n- {name: a, uri: 'sip:[::1]:5060;transport=tcp', accept_from: [::/0, 0.0.0.0/0]}\n- name\n- \n"))
	f.Add([]byte("media: {ports: 20000-29999, silence: 1s}\nstore: postgres://u:p@h/d\nlog: ~\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := Default()
		err := c.read("f.yaml", data, func(name string) (string, bool) { return name, name != "" })
		if err == nil {
			if c.SIP.Domain == "" || len(c.SIP.Listen) == 0 || c.Policy.RingTime <= 0 {
				t.Errorf("accepted: %+v", *c)
			}
			return
		}
		var all Complaints
		if !errors.As(err, &all) || len(all) == 0 {
			t.Fatalf("got %T %v", err, err)
		}
		lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + 1
		for _, one := range all {
			if one.Line < 0 || one.Line > lines || one.What == "" {
				t.Errorf("%d lines, complaint %+v", lines, one)
			}
		}
	})
}
