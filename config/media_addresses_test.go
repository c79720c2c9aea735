package config

import "testing"

func TestAudioIsReceivedWhereSIPListensAndToldAsSIPIs(t *testing.T) {
	for _, c := range []struct {
		listen    []string
		advertise Advertise
		at, told  string
	}{
		{[]string{"udp:127.0.0.1:5060", "tcp:127.0.0.1:5060"}, nil, "127.0.0.1", ""},
		{[]string{"udp:127.0.0.1:5060", "udp:127.0.0.2:5060", "udp:[::1]:5060"}, nil, "127.0.0.1, ::1", ""},
		{[]string{"udp:[::1]:5060", "udp:127.0.0.1:5060"}, nil, "::1, 127.0.0.1", ""},
		{[]string{"udp:0.0.0.0:5060"}, Advertise{"": "203.0.113.5"}, "0.0.0.0", "203.0.113.5"},
		{[]string{"udp:0.0.0.0:5060", "tcp:[::1]:5060"}, Advertise{"": "203.0.113.5"}, "0.0.0.0, ::1", "203.0.113.5"},
		{[]string{"udp:[::]:5060"}, Advertise{"ipv4": "203.0.113.5", "ipv6": "2001:db8::5"}, "::, 0.0.0.0", "2001:db8::5, 203.0.113.5"},
		{[]string{"udp:[::]:5060"}, Advertise{"": "2001:db8::5"}, "::", "2001:db8::5"},
		{[]string{"udp:0.0.0.0:5060"}, Advertise{"udp:0.0.0.0:5060": "203.0.113.5"}, "0.0.0.0", "203.0.113.5"},
	} {
		conf := &Config{SIP: SIP{Listen: c.listen, Advertise: c.advertise}}
		conf.fillMedia()
		if conf.Media.Listen != c.at || conf.Media.Advertise != c.told {
			t.Errorf("%q %v: received at %q, told %q, want %q and %q", c.listen, c.advertise, conf.Media.Listen, conf.Media.Advertise, c.at, c.told)
		}
	}
}
