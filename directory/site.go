package directory

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"telagent-gateway/telagent"
)

// Site is one entry of sites: a place whose softphones share a way into the network.
type Site struct {
	Name     string   `yaml:"name"`
	Networks []string `yaml:"networks"` // that they register from, as address/bits
}

// sites checks that each has a name and networks of its own.
func (c *check) sites(list []Site, present []telagent.Site) {
	names, networks := make(map[string]bool), c.claims("a network is of one site")
	for _, s := range present {
		if slices.ContainsFunc(list, func(e Site) bool { return e.Name == s.Name }) {
			continue // the file says what it has
		}
		for _, n := range s.Networks {
			networks.has("site "+s.Name, n.String())
		}
	}
	for i, s := range list {
		at := func(key string) string { return fmt.Sprintf("sites[%d].%s", i, key) }
		c.text(at("name"), s.Name)
		switch {
		case s.Name == "" || strings.Contains(s.Name, "/"):
			c.no(at("name"), "%q is no name of a site; write one without a slash, like berlin", clip(s.Name))
		case names[s.Name]:
			c.no(at("name"), "%q is here twice; names must differ", s.Name)
		}
		names[s.Name] = true
		if len(s.Networks) == 0 {
			c.no(at("networks"), "there is none; write what its softphones register from, like 192.0.2.0/24")
		}
		for k, text := range s.Networks {
			path := fmt.Sprintf("%s[%d]", at("networks"), k)
			n, err := netip.ParsePrefix(text)
			if err != nil {
				c.no(path, "%q is not a network; write address/bits, like 192.0.2.0/24", clip(text))
				continue
			}
			networks.claim("site "+s.Name, path, n.Masked().String())
		}
	}
}

// orderSites lets a site give its networks up before another takes them.
func orderSites(entries []Site, present []telagent.Site, where func(string) string) ([]Site, error) {
	has := make(map[string][]string, len(present))
	for _, s := range present {
		for _, n := range s.Networks {
			has[s.Name] = append(has[s.Name], n.String())
		}
	}
	holdings := make([]holding, len(entries))
	for i, e := range entries {
		holdings[i] = holding{has: has[e.Name]}
		for _, n := range e.prefixes() {
			holdings[i].wants = append(holdings[i].wants, n.String())
		}
	}
	return arrange(entries, holdings, where, "sites[%d].networks", "networks")
}

// prefixes returns the networks; they were checked, so each can be read.
func (s Site) prefixes() (all []netip.Prefix) {
	for _, text := range s.Networks {
		if n, err := netip.ParsePrefix(text); err == nil {
			all = append(all, n.Masked())
		}
	}
	return all
}

// sites plans the sites.
func (p *planner) sites(entries []Site, present []telagent.Site) {
	known := make(map[string]telagent.Site, len(present))
	for _, was := range present {
		known[was.Name] = was
	}
	for _, e := range entries {
		is := telagent.Site{Name: e.Name, Networks: e.prefixes()}
		was, there := known[e.Name]
		var d differences
		d.unless(slices.Equal(is.Networks, was.Networks), "networks")
		p.add(telagent.PutSite{By: p.by, Site: is}, "site "+e.Name, there, d)
	}
}
