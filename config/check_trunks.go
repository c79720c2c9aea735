package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var trunkName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)

func (c *check) trunks() {
	names := make(map[string]int)
	networks := make(map[netip.Prefix]string)
	certified := make(map[string]string)
	for i, t := range c.Trunks {
		at := func(key string) string { return fmt.Sprintf("trunks[%d].%s", i, key) }
		if !trunkName.MatchString(t.Name) {
			c.no(at("name"), "%q is not a name; write letters, digits, '-', '_' and '.', like carrier", t.Name)
		} else if first, twice := names[t.Name]; twice {
			c.no(at("name"), "%q is also the name of trunks[%d]; names must differ", t.Name, first)
		}
		names[t.Name] = i
		c.trunkURI(at("uri"), t.URI)
		if t.Proxy == "" {
			c.sendable(at("uri"), t.URI)
		} else {
			c.sendable(at("proxy"), t.Proxy)
		}
		c.trunkAccount(at, t)
		c.codecs(at("codecs"), t.Codecs)
		if t.Channels < 0 {
			c.no(at("channels"), "%d is less than none; write a number, 0 for no limit", t.Channels)
		}
		if t.CallsPerHour < 0 {
			c.no(at("calls_per_hour"), "%d is less than none; write a number, 0 for no limit", t.CallsPerHour)
		}
		c.between(at("max_duration"), t.MaxDuration, 0, longestCall)
		if t.Ping != 0 {
			c.between(at("ping"), t.Ping, 5*time.Second, time.Hour)
		}
		c.trunkCalls(at, t)
		c.trunkTLS(at, t, certified)
		for j, text := range t.AcceptFrom {
			c.network(at(fmt.Sprintf("accept_from[%d]", j)), text, t.Name, networks)
		}
	}
}

// trunkAccount checks what a trunk is registered with, and how it is chosen.
func (c *check) trunkAccount(at func(string) string, t Trunk) {
	if t.Register && (t.Username == "" || t.Password == "" && t.PasswordFile == "") {
		c.no(at("register"), "registering needs username and password; give both, or set register: false")
	}
	if !t.Register && (t.Registrar != "" || t.ContactUser != "") {
		c.no(at("register"), "it is false, and registrar or contact_user say how to register; set register: true, or remove them")
	}
	for key, name := range map[string]string{"username": t.Username, "auth_username": t.AuthUsername, "contact_user": t.ContactUser} {
		if strings.ContainsAny(name, "\r\n\"") {
			c.no(at(key), "it has a quote or a line break; write the name alone")
		}
	}
	if t.Proxy != "" {
		c.trunkURI(at("proxy"), t.Proxy)
	}
	if t.Registrar != "" {
		c.trunkURI(at("registrar"), t.Registrar)
	}
	c.within(at("priority"), t.Priority, 0, 65535)
	c.within(at("weight"), t.Weight, 0, 65535)
	c.within(at("down_after"), t.DownAfter, 1, 20)
	c.within(at("up_after"), t.UpAfter, 1, 20)
	c.between(at("register_for"), t.RegisterFor, time.Minute, 24*time.Hour)
}

func (c *check) within(path string, value, low, high int) {
	if value < low || value > high {
		c.no(path, "%d is out of range; write a number from %d to %d", value, low, high)
	}
}

// network checks one entry of accept_from. A call's trunk is known by its address alone, so no two trunks may share one.
func (c *check) network(path, text, trunk string, known map[netip.Prefix]string) {
	network, err := netip.ParsePrefix(text)
	if err != nil {
		if ip, err := netip.ParseAddr(text); err == nil {
			c.no(path, "%q has no number of bits; write %s/%d for this one address", text, ip, ip.BitLen())
			return
		}
		c.no(path, "%q is not a network; write address/bits, like 198.51.100.7/32", text)
		return
	}
	if plain := mapped(network); plain != "" {
		c.no(path, "%q is a network of IPv4; write %s", text, plain) // no sender is ever seen as one of IPv6
		return
	}
	if network != network.Masked() {
		c.no(path, "%q has bits set behind its length; write %s, or %s/%d for the one address",
			text, network.Masked(), network.Addr(), network.Addr().BitLen())
		return
	}
	for other, owner := range known {
		if owner != trunk && other.Overlaps(network) {
			c.no(path, "%s overlaps %s of trunk %q, so calls from there have two trunks; make them differ", network, other, owner)
		}
	}
	known[network] = trunk
}

// trunkURI takes what RFC 3261 §19.1.1 allows and a trunk needs: no user part, no headers, one parameter.
func (c *check) trunkURI(path, uri string) {
	const right = "write sip:host:port;transport=udp, like sip:198.51.100.7:5060;transport=udp"
	rest, ok := strings.CutPrefix(uri, "sip:")
	if !ok {
		rest, ok = strings.CutPrefix(uri, "sips:")
	}
	switch {
	case uri == "":
		c.no(path, "it is missing; %s", right)
		return
	case !ok || strings.ContainsAny(rest, "@?<>\" "): // not quoted: what stands before an @ may be a password
		c.no(path, "this is not the address of a trunk; %s", right)
		return
	}
	_, parameters, _ := strings.Cut(rest, ";")
	for one := range strings.SplitSeq(parameters, ";") {
		switch strings.ToLower(one) {
		case "", "transport=tcp", "transport=tls":
		case "transport=udp":
			if strings.HasPrefix(uri, "sips:") {
				c.no(path, "sips is TLS, which is not spoken over UDP; remove %q", one)
			}
		default:
			c.no(path, "%q is not a parameter that is known; %s", one, right)
		}
	}
	name, port := splitPort(hostPort(uri))
	if n, err := strconv.Atoi(port); !isHost(name) || port != "" && (err != nil || n < 1 || n > 65535) {
		c.no(path, "%q is not a host with a port; %s", hostPort(uri), right)
	}
}

// splitPort cuts a port off a host that may be an IPv6 address in brackets.
func splitPort(s string) (host, port string) {
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 || colon < strings.LastIndexByte(s, ']') {
		return s, ""
	}
	if colon == len(s)-1 {
		return s, "" // host: without a port is no host
	}
	return s[:colon], s[colon+1:]
}
