package config

import "strings"

// encryption checks how audio is encrypted, and warns where keys stand in signalling that others can read.
func (c *check) encryption() {
	c.oneOf("media.encryption", c.Media.Encryption, "optional", "required", "rtp")
	if c.Media.Encryption == "required" {
		for i, listen := range c.SIP.Listen {
			transport, _, _ := strings.Cut(listen, ":")
			if transport == "udp" || transport == "tcp" {
				c.warn(item("sip.listen", i), "media.encryption is required, and phones that signal here send the keys of their audio in the clear; let them signal over tls")
			}
		}
	}
	for i, t := range c.Trunks {
		path := item("trunks", i) + ".encryption"
		c.oneOf(path, t.Encryption, "", "rtp", "optional", "sdes", "dtls")
		if (t.Encryption == "optional" || t.Encryption == "sdes") && !secure(t.URI) {
			c.warn(path, "the keys of its audio stand in signalling that is not encrypted, so whoever reads that can listen; write transport=tls in uri, or encryption: dtls")
		}
	}
}

// secure says whether signalling to a URI goes over TLS.
func secure(uri string) bool {
	uri = strings.ToLower(uri)
	return strings.HasPrefix(uri, "sips:") || strings.Contains(uri, "transport=tls") || strings.Contains(uri, "transport=wss")
}
