package media

import (
	"fmt"
	"net/netip"
	"strings"
)

// home is where the legs of one address family stand.
type home struct{ bind, advertise netip.Addr }

// homes are one for each family that audio is spoken in, the usual one first; never empty.
type homes []home

// readHomes reads addresses to bind and those to write into SDP, each separated by commas, one of each family at most. An
// address that is not advertised by another one is so itself.
func readHomes(bind, advertise string) (at homes, err error) {
	binds, err := readAddresses("bind", bind)
	if err != nil {
		return nil, err
	}
	told, err := readAddresses("advertise", advertise)
	if err != nil {
		return nil, err
	}
	for _, address := range told {
		if address.IsUnspecified() {
			return nil, fmt.Errorf("address to advertise: %s names no interface; say which one", address)
		}
		if _, ok := homes.of(homesOf(binds), address); !ok {
			return nil, fmt.Errorf("address to advertise: %s is of another family than %s", address, bind)
		}
	}
	for _, h := range homesOf(binds) {
		if other, ok := homesOf(told).of(h.bind); ok {
			h.advertise = other.bind
		}
		if h.advertise.IsUnspecified() {
			return nil, fmt.Errorf("address to advertise: %s names no interface; say which one", h.advertise)
		}
		at = append(at, h)
	}
	return at, nil
}

func homesOf(addresses []netip.Addr) (at homes) {
	for _, a := range addresses {
		at = append(at, home{a, a})
	}
	return at
}

func readAddresses(what, text string) (addresses []netip.Addr, err error) {
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		address, err := netip.ParseAddr(one)
		if err != nil {
			return nil, fmt.Errorf("address to %s: %w", what, err)
		}
		if _, twice := homesOf(addresses).of(address); twice {
			return nil, fmt.Errorf("address to %s: %s is a second one of its family", what, address)
		}
		addresses = append(addresses, address.Unmap())
	}
	return addresses, nil
}

// of returns the home of an address's family; false: there is none.
func (at homes) of(address netip.Addr) (home, bool) {
	for _, h := range at {
		if address.IsValid() && h.bind.Is4() == address.Unmap().Is4() {
			return h, true
		}
	}
	return home{}, false
}

// near returns the home of an address's family, or else the usual one.
func (at homes) near(address netip.Addr) home {
	if h, ok := at.of(address); ok {
		return h
	}
	return at[0]
}

// String names the addresses that are told to others.
func (at homes) String() string {
	words := make([]string, len(at))
	for i, h := range at {
		words[i] = h.advertise.String()
	}
	return strings.Join(words, " and ")
}

// reached returns where a leg can be reached: a new one in every family that there is, one that stands in its own.
func (w *Wire) reached(l *leg) homes {
	if l == nil {
		return w.homes
	}
	return homes{l.home}
}
