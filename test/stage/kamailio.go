package stage

import (
	_ "embed"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// CarrierConfig is Kamailio's configuration as a carrier. HOST, GATEWAY and PASSWORD are replaced in it.
//
//go:embed carrier.cfg
var CarrierConfig string

// CarrierPassword is what everybody proves himself with at a carrier.
const CarrierPassword = "carrier-secret"

// StartCarrier runs a Kamailio at a host of loopback, port 5060, and 5061 over TLS when it has an authority, until the test ends: it challenges whoever registers or
// calls, brings calls to +1800… to the gateway that registered as gw, or else to the one at host:port;transport=…, and others
// to the phones that registered there.
func StartCarrier(t *testing.T, host, gateway string, authority *Authority) {
	t.Helper()
	StartKamailio(t, host, strings.NewReplacer("GATEWAY", gateway, "PASSWORD", CarrierPassword).Replace(CarrierConfig), authority)
}

// EdgeConfig is Kamailio's configuration as a proxy in front of a gateway. HOST, GATEWAY and GATEWAY_IP are replaced in it.
//
//go:embed edge.cfg
var EdgeConfig string

// StartEdge runs a Kamailio at a host of loopback, port 5060, and 5061 over TLS when it has an authority, until the test ends: it brings phones to the gateway at
// host:port;transport=…, and the gateway to them.
func StartEdge(t *testing.T, host, gateway string, authority *Authority) {
	t.Helper()
	ip, _, _ := strings.Cut(gateway, ":")
	StartKamailio(t, host, strings.NewReplacer("GATEWAY_IP", ip, "GATEWAY", gateway).Replace(EdgeConfig), authority)
}

// StartKamailio runs one with that configuration, which listens on TCP at host, port 5060. HOST is replaced in it; with an
// authority, which may be nil, TLS is defined, and CERTIFICATE, SECRET and AUTHORITY are files.
func StartKamailio(t *testing.T, host, config string, authority *Authority) {
	t.Helper()
	dir := t.TempDir()
	words, more := []string{"HOST", host}, []string{}
	if authority != nil {
		certificate, key := authority.Issue(host)
		words, more = append(words, "CERTIFICATE", certificate, "SECRET", key, "AUTHORITY", authority.CA), []string{"-A", "TLS"}
	}
	config = strings.NewReplacer(words...).Replace(config)
	name := func(file string) string { return filepath.Join(dir, file) }
	if err := os.WriteFile(name("kamailio.cfg"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(name("log"))
	if err != nil {
		t.Fatal(err)
	}
	// -DD: stay here; -Y and -P: leave no file elsewhere; -m and -M: 16 and 4 MB are plenty.
	cmd := exec.Command("kamailio", "-DD", "-E", "-f", name("kamailio.cfg"), "-Y", dir, "-P", name("pid"), "-w", dir, "-m", "16", "-M", "4")
	cmd.Args = append(cmd.Args, more...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatalf("start kamailio (Debian package kamailio): %v", err)
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // its children end with it
		<-exited
		_ = log.Close()
		if data, err := os.ReadFile(name("log")); t.Failed() || err != nil {
			t.Logf("log of kamailio (%v):\n%s", err, data[max(0, len(data)-6000):])
		}
	})
	Await(t, "kamailio listens", 20*time.Second, func() bool {
		select {
		case <-exited:
			data, _ := os.ReadFile(name("log"))
			t.Fatalf("kamailio did not start:\n%s", data)
		default:
		}
		conn, err := net.Dial("tcp", net.JoinHostPort(host, "5060"))
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
}
