package sip

import (
	"strings"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// trace writes a message to the log, at debug level and without secrets.
func (w *Wire) trace(direction string, f *flow, m sip.Message) {
	if e := w.log.Check(zapcore.DebugLevel, "sip "+direction); e != nil {
		e.Write(zap.String("network", f.network), zap.Stringer("local", f.local), zap.Stringer("remote", f.remote),
			zap.String("message", masked(m.String())))
	}
}

// masked hides what proves somebody's identity: with it a password could be guessed offline. Keys that come by INFO may be
// those of a PIN. Descriptions hold the keys of encrypted audio and the passwords of ICE.
func masked(message string) string {
	if head, body, _ := strings.Cut(message, "\r\n\r\n"); strings.HasPrefix(strings.TrimLeft(message, "\r\n"), "INFO ") && body != "" {
		message = head + "\r\n\r\n***"
	}
	lines := strings.SplitAfter(message, "\n")
	hiding := false
	for i, line := range lines {
		// RFC 3261 §7.3.1: a line that begins with white space goes on with the one before it
		if hiding && (line[:min(1, len(line))] == " " || line[:min(1, len(line))] == "\t") {
			lines[i] = ""
			continue
		}
		hiding = false
		name, rest, ok := strings.Cut(line, ":")
		if !ok {
			if name, rest, ok = strings.Cut(line, "="); !ok || name != "k" {
				continue
			}
		}
		text := strings.TrimRight(rest, "\r\n")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "authorization", "proxy-authorization", "authentication-info", "proxy-authentication-info", "a=crypto", "a=ice-pwd", "a=key-mgmt", "k", "k=clear", "k=base64":
			lines[i], hiding = line[:len(name)+1]+" ***"+rest[len(text):], true
		}
	}
	return strings.Join(lines, "")
}

// unquoted is why something could not be read, without what was read: that may be a part of a proof.
func unquoted(err error) string {
	why := err.Error()
	if i := strings.IndexAny(why, "'\""); i >= 0 {
		why = why[:i] + "…"
	}
	return why
}
