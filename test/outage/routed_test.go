//go:build outage

package outage

import (
	"errors"
	"os"
	"os/exec"

	scene "telagent-gateway/test/stage" // stage is the rehearsal's own
)

// routed is a site in a network namespace of its own, behind a router in another:
//
//	gateway and carrier 10.77.0.1, .2 ── 10.77.1.1 ═ 10.77.1.2 router 10.77.3.1 ═ 10.77.3.2 the site's phones
type routed struct{ here, router, site scene.Namespace }

// layLine makes the three in the namespace that the test runs in, which is its own.
func layLine() (at place, err error) {
	w := &routed{}
	if w.here, err = scene.HereNamespace(); err != nil {
		return at, err
	}
	var err2 error
	w.router, err = scene.NewNamespace()
	w.site, err2 = scene.NewNamespace()
	if err := errors.Join(err, err2); err != nil {
		return at, err
	}
	err = errors.Join(
		w.here.IP("link set lo up\naddr add 10.77.0.1/32 dev lo\naddr add 10.77.0.2/32 dev lo"),
		w.here.IP("link add core type veth peer name core netns NS", w.router),
		w.here.IP("addr add 10.77.1.1/24 dev core\nlink set core up\nroute add 10.77.3.0/24 via 10.77.1.2 src 10.77.0.1"),
		w.router.IP("addr add 10.77.1.2/24 dev core\nlink set core up\nroute add 10.77.0.0/24 via 10.77.1.1"),
		w.router.IP("link add site type veth peer name site netns NS", w.site),
		w.router.IP("addr add 10.77.3.1/24 dev site\nlink set site up"),
		w.site.IP("addr add 10.77.3.2/24 dev site\nlink set site up\nroute add default via 10.77.3.1"),
		w.router.Do(func() error { return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644) }),
	)
	return place{gateway: "10.77.0.1", carrier: "10.77.0.2", phones: "10.77.3.2", site: "10.77.3.0/24", line: w}, err
}

func (w *routed) start(program *exec.Cmd) error { return w.site.Do(program.Start) }

// cut takes the router's link to the site down: the router then answers that the network cannot be reached (RFC 792).
func (w *routed) cut() error { return w.router.IP("link set site down") }

// silence lets the router forget all packets of the two.
func (w *routed) silence() error {
	return w.router.IP("route add blackhole 10.77.3.2/32\nroute add blackhole 10.77.0.1/32")
}

func (w *routed) mend() error {
	// What was not done need not be undone, and ip says so.
	_ = w.router.IP("route del blackhole 10.77.3.2/32")
	_ = w.router.IP("route del blackhole 10.77.0.1/32")
	return w.router.IP("link set site up")
}

// close takes the line out of the namespace that the test runs in, and gives the others back.
func (w *routed) close() error {
	err := w.here.IP("link del core\naddr del 10.77.0.1/32 dev lo\naddr del 10.77.0.2/32 dev lo")
	for _, n := range []scene.Namespace{w.here, w.router, w.site} {
		n.Close()
	}
	return err
}
