package config

import (
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
)

// Advertise is which addresses of this machine others are told, by "ipv4", "ipv6" or an entry of sip.listen. The name of
// the only one may be empty: it stands for all listeners of its kind of address.
type Advertise map[string]string

var advertiseType = reflect.TypeFor[Advertise]()

// First is the address for who can take one only: IPv4 where there is any. Empty: there is none.
func (a Advertise) First() string {
	for _, name := range append([]string{"", "ipv4", "ipv6"}, slices.Sorted(maps.Keys(a))...) {
		if a[name] != "" {
			return a[name]
		}
	}
	return ""
}

// covers says that a listener on all addresses has one that can be told.
func (a Advertise) covers(listen string, on netip.Addr) bool {
	if a[""] != "" || a[listen] != "" {
		return true
	}
	if on.Is6() {
		return a["ipv6"] != ""
	}
	return a["ipv4"] != ""
}

func (c *check) advertised() {
	for _, name := range slices.Sorted(maps.Keys(c.SIP.Advertise)) {
		value, path := c.SIP.Advertise[name], join("sip.advertise", name)
		if name == "" {
			path = "sip.advertise"
		}
		c.advertise(path, value)
		ip, err := netip.ParseAddr(value)
		switch {
		case err != nil:
		case name == "ipv4" && !ip.Is4(), name == "ipv6" && !ip.Is6():
			c.no(path, "%s is none of %s; write one, or use the other name", ip, name)
		case name != "" && name != "ipv4" && name != "ipv6" && !slices.Contains(c.SIP.Listen, name):
			c.no(path, "%q is no entry of sip.listen; write ipv4, ipv6 or one of them", clip(name))
		}
	}
}

// origin says whether a page's origin is written as browsers write it.
func (c *check) origins() {
	for i, origin := range c.SIP.WebOrigins {
		if origin != "*" && !webOrigin.MatchString(origin) {
			c.no(fmt.Sprintf("sip.web_origins[%d]", i), "%q is no origin; write scheme and host alone, like https://phone.example.com", clip(origin))
		}
	}
}
