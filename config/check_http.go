package config

import "net/netip"

// http checks where the pages are, and that people's passwords and microphones are not left in the clear by mistake.
func (c *check) http() {
	at, err := netip.ParseAddrPort(c.HTTP.Listen)
	if err != nil || at.Port() == 0 {
		c.no("http.listen", "%q is not an IP address with a port; write address:port, like 127.0.0.1:8080", c.HTTP.Listen)
		return
	}
	c.pair("http.tls", c.HTTP.TLS.Certificate, c.HTTP.TLS.Key)
	if !at.Addr().IsLoopback() && c.HTTP.TLS.Certificate == "" {
		c.warn("http.listen", "others than this machine reach the pages without encryption: passwords can be read on the way, and browsers keep the microphone from agents' softphones; give http.tls.certificate and http.tls.key, or listen on 127.0.0.1 behind a reverse proxy that speaks HTTPS")
	}
}
