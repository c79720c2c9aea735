package media

import "time"

// fits says whether a packet is no longer than the slot's far side takes, and how long that is.
// RFC 8866 §6.3
func (s *slot) fits(p *packet) (most uint32, fits bool) {
	most = s.most.Load()
	return most, most == 0 || p.kind == eventKind || uint32(p.end-p.start) <= most
}

// passPieces sends a packet on that is longer than a slot's far side takes, as several. Shorter ones are not put together:
// what a far side prefers (ptime) is a wish, and to wait would delay what is said. most is the length of a piece, which a
// description may change meanwhile.
func (l *leg) passPieces(now time.Time, s *slot, p *packet, most int) {
	if l.piece == nil {
		l.piece = make([]byte, maxDatagram+sealRoom)
	}
	for at, payload := 0, p.payload(); at < len(payload); at += most {
		piece := *p
		n := copy(l.piece[rtpHeader:], payload[at:min(at+most, len(payload))])
		piece.buf, piece.start, piece.end = l.piece[:rtpHeader+n], rtpHeader, rtpHeader+n
		piece.ts, piece.marker = p.ts+uint32(at), p.marker && at == 0
		if out, to := s.forward(now, l, &piece); out != nil {
			s.owner.send(out, to)
		}
	}
}
