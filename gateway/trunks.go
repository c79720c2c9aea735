package gateway

import (
	"time"

	"telagent-gateway/config"
	"telagent-gateway/sip"
)

// The words of a trunk's configuration as the signalling wire takes them; they were checked.

func sessionTimer(c *config.Config, t config.Trunk) time.Duration {
	if t.SessionTimer != nil {
		return *t.SessionTimer
	}
	return c.SIP.SessionTimer
}

func reliable(t config.Trunk) sip.Reliable {
	switch t.Reliable {
	case "required":
		return sip.ReliableRequired
	case "off":
		return sip.ReliableOff
	}
	return sip.ReliableOffered
}

func shows(t config.Trunk) sip.Shows {
	s := sip.Shows{Account: t.CallerID.Account}
	switch t.CallerID.Header {
	case "ppi":
		s.In = sip.PreferredIdentity
	case "rpid":
		s.In = sip.RemoteParty
	case "from":
		s.In = sip.FromAlone
	}
	switch t.CallerID.Diversion {
	case "diversion":
		s.History = sip.Diverted
	case "history_info":
		s.History = sip.HistoryInfo
	}
	return s
}

func rewrite(t config.Trunk) sip.Rewrite {
	r := t.Rewrite
	return sip.Rewrite{
		CalledIn: config.Rewriter(r.CalledIn), CallingIn: config.Rewriter(r.CallingIn),
		CalledOut: config.Rewriter(r.CalledOut), CallingOut: config.Rewriter(r.CallingOut),
	}
}
