package config

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// addresses are IP addresses of a text in which commas separate them; those that are none are left out.
func addresses(text string) (all []netip.Addr) {
	for one := range strings.SplitSeq(text, ",") {
		if ip, err := netip.ParseAddr(strings.TrimSpace(one)); err == nil {
			all = append(all, ip)
		}
	}
	return all
}

// ofFamily returns the first of a family; invalid: there is none.
func ofFamily(all []netip.Addr, six bool) netip.Addr {
	for _, ip := range all {
		if ip.Is6() == six {
			return ip
		}
	}
	return netip.Addr{}
}

// fillMedia lets RTP be received where SIP listens, in each family, and be told as SIP is.
func (c *Config) fillMedia() {
	var listens, told []string
	if c.Media.Listen == "" {
		var all []netip.Addr
		for _, listen := range c.SIP.Listen {
			_, address, _ := strings.Cut(listen, ":")
			if host, _, err := net.SplitHostPort(address); err == nil {
				all = append(all, addresses(host)...)
			}
		}
		if slices.Contains(all, netip.IPv6Unspecified()) && c.SIP.Advertise.of(false) != "" {
			all = append(all, netip.IPv4Unspecified()) // [::] takes IPv4 too
		}
		for _, ip := range all {
			if ofFamily(all, ip.Is6()) == ip && !slices.Contains(listens, ip.String()) {
				listens = append(listens, ip.String())
			}
		}
		c.Media.Listen = strings.Join(listens, ", ")
	}
	if c.Media.Advertise == "" {
		for _, ip := range addresses(c.Media.Listen) {
			if address := c.SIP.Advertise.of(ip.Is6()); address != "" {
				told = append(told, address)
			}
		}
		c.Media.Advertise = strings.Join(told, ", ")
	}
}

// of is the address of a family; empty: there is none.
func (a Advertise) of(six bool) string {
	name := "ipv4"
	if six {
		name = "ipv6"
	}
	if a[name] != "" {
		return a[name]
	}
	var rest []string
	for _, value := range a {
		if ip, err := netip.ParseAddr(value); err == nil && ip.Is6() == six {
			rest = append(rest, value)
		}
	}
	if a[""] != "" && slices.Contains(rest, a[""]) {
		return a[""]
	}
	slices.Sort(rest)
	return strings.Join(rest[:min(1, len(rest))], "")
}

// mediaAddresses checks where RTP is received and what others are told.
func (c *check) mediaAddresses() {
	told := addresses(c.Media.Advertise)
	if _, given := c.d.lines["media.listen"]; given {
		for _, ip := range c.oneOfEach("media.listen", c.Media.Listen, "0.0.0.0") {
			if ip.IsUnspecified() && !ofFamily(told, ip.Is6()).IsValid() {
				c.no("media.listen", "nobody can answer to %s; set media.advertise or sip.advertise to this machine's address", ip)
			}
		}
	}
	if _, given := c.d.lines["media.advertise"]; !given {
		return
	}
	for _, ip := range c.oneOfEach("media.advertise", c.Media.Advertise, "203.0.113.5") {
		switch {
		case ip.IsUnspecified() || ip.IsMulticast():
			c.no("media.advertise", "%q is not the IP address of a machine; write one without a port, like 203.0.113.5", ip.String())
		case !ofFamily(addresses(c.Media.Listen), ip.Is6()).IsValid():
			c.no("media.advertise", "no RTP is received at addresses like %s; add one to media.listen", ip)
		}
	}
}

// oneOfEach checks a list of addresses, of which each family may have one, and returns those that are some.
func (c *check) oneOfEach(path, value, example string) (all []netip.Addr) {
	for one := range strings.SplitSeq(value, ",") {
		one = strings.TrimSpace(one)
		ip, err := netip.ParseAddr(one)
		switch {
		case err != nil:
			c.no(path, "%q is not an IP address; write one without a port, like %s", one, example)
		case ofFamily(all, ip.Is6()).IsValid():
			c.no(path, "%s is a second address of its kind; write one IPv4 and one IPv6 address at most", ip)
		default:
			all = append(all, ip)
		}
	}
	return all
}
