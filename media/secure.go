package media

import (
	"errors"
	"fmt"
	"slices"
)

// agreed returns the ways that a new offer to the same peer holds, and its profile: those that are in use. In the clear
// nothing more is asked for.
func (l *leg) agreed() ([]Way, profile) {
	t, f := l.session.terms, &l.far
	switch {
	case f.codec == noCodec:
		return t.offered(), profileOf(t.offered())
	case f.way != RTP && (f.profile == avp || f.profile == avpf) && slices.Contains(t.ways(), RTP):
		return []Way{f.way, RTP}, f.profile
	}
	return []Way{f.way}, f.profile
}

// protect writes into our line of an offer what the ways need. A key that is in use is offered again, so that it goes on
// being used, and every other key is new. The caller holds mu.
func (w *Wire) protect(l *leg, line *ourLine, offered []Way) {
	s := &l.session
	used := s.crypto
	s.crypto = nil
	for _, way := range offered {
		switch way {
		case SDES:
			s.offerKeys(used, l.guard.Load())
			for i := range s.crypto {
				line.secure = append(line.secure, s.crypto[i].attribute())
			}
		case DTLS:
			if l.ice.ours == (iceUser{}) {
				l.ice.ours = newICEUser()
			}
			line.secure, line.session = w.secureLines(l, setupEither, true)
			line.bundled.mid, line.bundled.group = ownMid, true
			line.bundled.source, line.bundled.ssrc = l.cname, l.slot.ssrc()
		case RTP:
		}
	}
}

// offerKeys makes the keys of an offer: the one in use first, and one for every other suite, which stays while nothing was
// sealed with it. Tags are never used twice for a leg, so that an answer says which of its offers it takes.
// RFC 4568 §7.1.1
func (s *session) offerKeys(used []crypto, now *guard) {
	var first crypto
	for _, c := range used {
		if now != nil && c.lock != nil && c.lock == now.out {
			first, s.crypto = c, append(s.crypto, c)
		}
	}
	for _, suite := range offeredSuites {
		if suite == first.suite {
			continue
		}
		if i := slices.IndexFunc(used, func(c crypto) bool { return c.suite == suite && c.lock == nil }); i >= 0 {
			s.crypto = append(s.crypto, used[i])
			continue
		}
		if s.lastTag++; s.lastTag == first.tag {
			s.lastTag++
		}
		s.crypto = append(s.crypto, newCrypto(s.lastTag, suite))
	}
}

// keyed returns the guard for an answer to an offer with these keys of ours; nil: plain RTP.
// RFC 4568 §5.1.3
func (l *leg) keyed(f *far, ours []crypto) (*guard, error) {
	switch f.way {
	case RTP:
		// Which of several offers a key answers is not for us to guess.
		if f.keys && slices.ContainsFunc(l.session.proposals, func(p proposal) bool { return len(p.crypto) > 0 }) {
			return nil, errors.New("an a=crypto that was not offered")
		}
		return nil, nil
	case DTLS:
		return l.associate(f, false), nil
	case SDES:
	}
	if len(f.crypto) != 1 {
		return nil, errors.New("an answer takes one a=crypto")
	}
	theirs := &f.crypto[0]
	for i := range ours {
		if ours[i].tag == theirs.tag && ours[i].suite == theirs.suite {
			return l.guarded(&ours[i], theirs, false)
		}
	}
	return nil, fmt.Errorf("a=crypto %d with %s was not offered", theirs.tag, theirs.suite)
}

// respond returns our keys in the answer to an offer, and the guard that goes with it; nil: plain RTP. A key of ours stays
// as long as the far side keeps its own and its address: otherwise it may begin with new counters for both.
// RFC 4568 §5.1.2, §7.1.4
func (l *leg) respond(f *far) (ours []crypto, g *guard, err error) {
	switch f.way {
	case RTP:
		return nil, nil, nil
	case DTLS:
		return nil, l.associate(f, true), nil
	case SDES:
	}
	theirs := &f.crypto[0] // the first that we can use
	mine := newCrypto(theirs.tag, theirs.suite)
	now, stays := l.guard.Load(), !f.rtp.IsValid() || f.rtp == l.far.rtp
	if stays && now != nil && now.in != nil && now.out != nil && now.in.keys == theirs.keying {
		mine.keying, mine.lock = now.out.keys, now.out
	}
	g, err = l.guarded(&mine, theirs, stays && f.direction.sends())
	return []crypto{mine}, g, err
}

// guarded makes the guard of two keys. A lock that is in use stays, with its counters. later says that the far side does not
// know our key yet, so that the one before goes on until it does, which what it sends will show.
func (l *leg) guarded(ours, theirs *crypto, later bool) (g *guard, err error) {
	g = &guard{out: ours.lock}
	now := l.guard.Load()
	if now != nil && now.in != nil && now.in.keys == theirs.keying {
		g.in = now.in
	} else if g.in, err = newLock(theirs.keying); err != nil {
		return nil, err
	}
	if g.out == nil {
		if g.out, err = newLock(ours.keying); err != nil {
			return nil, err
		}
		ours.lock = g.out
	}
	switch {
	case now == nil || now.in == nil:
	case now.in == g.in && now.out == g.out:
		return now, nil
	case now.in != g.in:
		g.before = &guard{in: now.in, out: g.out}
		if later && now.out != nil {
			g.before.out = now.out
		}
	}
	return g, nil
}

// sealing returns our key in the description that a guard seals with; nil: it does not stand there.
func (s *session) sealing(g *guard) *crypto {
	for i := range s.crypto {
		if c := &s.crypto[i]; c.lock != nil && c.lock == g.out {
			return c
		}
	}
	return nil
}
