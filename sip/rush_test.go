package sip

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// rush registers a phone over a real socket as phones do: asked for a proof it gives one, told to come later it comes again, and
// what is lost is repeated.
func (p *raw) rush(user string) error {
	words := func(seq int, proof string) []byte {
		return crlf(fmt.Sprintf("REGISTER sip:%s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-%s-%d;rport\nFrom: <sip:%s@%s>;tag=w\nTo: <sip:%s@%s>\n"+
			"Call-ID: rush-%s\nCSeq: %d REGISTER\nMax-Forwards: 70\nContact: <sip:%s@%s>\nExpires: 300\nUser-Agent: a phone of the usual kind 1.0\n%sContent-Length: 0\n\n",
			realm, p.at, user, seq, user, realm, user, realm, user, seq, user, p.at, proof))
	}
	again := 0
	for ask := words(1, ""); again < 100; again++ {
		p.send(ask)
		if err := p.conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond)); err != nil { // T1
			return err
		}
		buf := make([]byte, maxMessage)
		n, err := p.conn.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		if err != nil {
			return err
		}
		m, err := sip.ParseMessage(buf[:n])
		res, is := m.(*sip.Response)
		switch {
		case err != nil || !is:
			return fmt.Errorf("%s got %q: %w", user, buf[:n], err)
		case res.CallID().Value() != "rush-"+user: // a copy of the last phone's
		case res.StatusCode == sip.StatusOK:
			return nil
		case res.StatusCode == sip.StatusUnauthorized && res.CSeq().SeqNo == 1:
			uri := sip.Uri{Scheme: "sip", Host: realm}
			req := sip.NewRequest(sip.REGISTER, uri)
			if err := answerChallenge(req, res, user, "secret-"+user); err != nil {
				return err
			}
			ask = words(2, "Authorization: "+req.GetHeader("authorization").Value()+"\n")
		case res.StatusCode != sip.StatusServiceUnavailable && res.StatusCode != sip.StatusUnauthorized:
			return fmt.Errorf("%s is answered %d", user, res.StatusCode)
		}
	}
	return fmt.Errorf("%s is not registered after %d attempts", user, again)
}

func TestTwoThousandPhonesThatComeAtOnceAreAllRegisteredAndACallDoesNotNotice(t *testing.T) {
	const phones, sockets = 2000, 50
	g := newWild(t, func(o *Options) {
		o.Secrets = func(user string) (Secret, bool) {
			return Secret{HA1MD5: HA1("MD5", user, realm, "secret-"+user), HA1SHA: HA1("SHA-256", user, realm, "secret-"+user)}, true
		}
	})
	quiet := g.callQuietly()
	began := time.Now()
	var all sync.WaitGroup
	failed := make([]error, sockets)
	for i := range sockets {
		p := g.from(fmt.Sprintf("127.46.7.%d", i+1))
		all.Go(func() {
			for n := i; n < phones && failed[i] == nil; n += sockets {
				failed[i] = p.rush(fmt.Sprintf("phone%d", n))
			}
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		t.Fatal(err)
	}
	if n := len(g.w.Phones()); n != phones {
		t.Errorf("%d phones are registered, want %d", n, phones)
	}
	t.Logf("%d phones registered within %v", phones, time.Since(began))
	quiet.undisturbed()
}
