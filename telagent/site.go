package telagent

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Site is a place whose agents share a way into the network: an outage there is one, not many.
type Site struct {
	Name     string
	Networks []netip.Prefix // that softphones there register from
}

// Site networks of softphones that belong to no named site, by the length of what one provider gives to one place.
const (
	siteBits4 = 24
	siteBits6 = 48
)

func (f *Floor) putSite(c PutSite) error {
	if err := f.admin(c.By); err != nil {
		return err
	}
	s := Site{Name: c.Site.Name}
	if strings.TrimSpace(s.Name) == "" || !utf8.ValidString(s.Name) || strings.ContainsFunc(s.Name, unicode.IsControl) || strings.Contains(s.Name, "/") {
		return refuse("bad_site", "A site needs a name in plain words, without a slash.")
	}
	for _, n := range c.Site.Networks {
		if !n.IsValid() {
			return refuse("bad_site", "A network of %s cannot be read; write it as 192.0.2.0/24.", s.Name)
		}
		if n = n.Masked(); !slices.Contains(s.Networks, n) {
			s.Networks = append(s.Networks, n)
		}
	}
	if len(s.Networks) == 0 {
		return refuse("bad_site", "%s needs a network that its softphones register from.", s.Name)
	}
	for _, name := range sortedKeys(f.sites) {
		for _, n := range s.Networks {
			if name != s.Name && slices.Contains(f.sites[name].Networks, n) {
				return refuse("network_taken", "%s belongs to the site %s already.", n, name)
			}
		}
	}
	if was, is := f.sites[s.Name]; is && reflect.DeepEqual(was, s) {
		return nil
	}
	f.sites[s.Name] = s
	f.say(SiteChanged{Site: s})
	f.revise(SiteEntry, s.Name, c.By)
	f.resite()
	return nil
}

func (f *Floor) dropSite(c DropSite) error {
	if err := f.admin(c.By); err != nil {
		return err
	}
	s, is := f.sites[c.Name]
	if !is {
		return refuse("unknown_site", "There is no site %s.", c.Name)
	}
	delete(f.sites, c.Name)
	f.say(SiteChanged{Site: s, Gone: true})
	f.erase(SiteEntry, s.Name, c.By)
	f.resite()
	return nil
}

// resite tells of everybody who has a softphone somewhere, because the places have other names now.
func (f *Floor) resite() {
	for _, id := range sortedKeys(f.agents) {
		if a := f.agents[id]; f.where[id].IsValid() {
			f.touch(a)
		}
	}
}

// siteOf returns where an agent's softphone is: the named site with the longest network that holds the address it registers
// from, else his network of usual size as text; empty: nothing is known of it.
func (f *Floor) siteOf(a *agent) string {
	at := f.where[a.ID].Unmap()
	if !at.IsValid() {
		return ""
	}
	name, longest := "", -1
	for _, s := range f.sites {
		for _, n := range s.Networks {
			if n.Contains(at) && n.Bits() > longest {
				name, longest = s.Name, n.Bits()
			}
		}
	}
	if longest >= 0 {
		return name
	}
	bits := siteBits6
	if at.Is4() {
		bits = siteBits4
	}
	return netip.PrefixFrom(at.WithZone(""), bits).Masked().String()
}
