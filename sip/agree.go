package sip

import (
	"fmt"
	"slices"
)

// standing is what of a trunk cannot change while the wire runs; the rest is nobody's to read but by terms.
func (t Trunk) standing() Trunk {
	t.AuthUser, t.Password, t.AcceptFrom, t.Channels, t.DownAfter, t.UpAfter = "", "", nil, 0, 0, 0
	t.Timer, t.Reliable, t.Trusted, t.Shows, t.Rewrite = 0, ReliableOffered, false, Shows{}, Rewrite{}
	return t
}

// terms are what is agreed with the trunk now. It changes as a whole; do not write to it.
func (t *trunk) terms() *Trunk { return t.now.Load() }

// Agree takes other terms of the trunks, and other bounds of strangers, while calls are up; what runs goes on as it began.
// Of a trunk only AuthUser, Password, AcceptFrom, Channels, DownAfter, UpAfter, Timer, Reliable, Trusted, Shows and Rewrite
// may be others, and no trunk may come or go: an error says so, and then nothing has changed. Ledger and Banned stay as they
// are.
func (w *Wire) Agree(trunks []Trunk, s Security) error {
	if len(trunks) != len(w.trunks) {
		return fmt.Errorf("change trunks: there are %d, not %d", len(w.trunks), len(trunks))
	}
	next := make([]*trunk, len(trunks))
	for i, t := range trunks {
		var err error
		if next[i], err = newTrunk(t); err != nil {
			return err
		}
		if is := w.trunks[i].Trunk; !next[i].same(is) {
			return fmt.Errorf("change trunk %s: it is another one, or led to in another way", is.Name)
		}
	}
	for i, t := range w.trunks {
		t.now.Store(next[i].terms())
	}
	was := w.gate.rules.Load()
	s.Ledger, s.Banned = was.Ledger, was.Banned
	s = s.besides(w.trunks)
	w.gate.rules.Store(&s)
	return nil
}

// same says whether a trunk stands as another one does.
func (t *trunk) same(as Trunk) bool {
	is := t.Trunk
	names := slices.Equal(is.CertificateNames, as.CertificateNames)
	is.CertificateNames, as.CertificateNames = nil, nil
	return names && fmt.Sprint(is) == fmt.Sprint(as)
}

// besides are bounds that let through where trunks are called from, too.
func (s Security) besides(trunks []*trunk) Security {
	s.Allow = slices.Clone(s.Allow)
	for _, t := range trunks {
		s.Allow = append(s.Allow, t.terms().AcceptFrom...)
	}
	return s
}
