package sip

import (
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"telagent-gateway/call"
)

// unsure is the question whether the far side of a leg over a trunk still has our dialog, asked within it (OPTIONS) while no
// audio comes from there: not at once, as many are mute for a while, and some have no answer to such a question. Who answers
// is there, whatever he says, and only mutes himself; who does not for as long as RFC 3261 lets a request wait, or knows of no
// such dialog, is lost. So a trunk whose host vanished leaves nobody in a dead call until its session timer ends it.
//
// RFC 3261 §11, §12.2.1.2
type unsure struct {
	doubted bool        // no audio comes
	since   time.Time   // when that was told last
	asking  bool        // a question has no answer yet
	again   *time.Timer // the next question; nil: none is planned
	lost    time.Time   // since when no way was found to ask; zero: there was one
}

// muteTime is how long a leg is not heard before it is asked.
const muteTime = 30 * time.Second

// askEvery is how long after an answer the next question follows, while the leg is still not heard.
const askEvery = 15 * time.Second

// Heard says that the audio of a leg that was asked about (Ask) is there again. It never blocks.
func (w *Wire) Heard(leg call.LegID) {
	w.mu.Lock()
	in := w.legs[leg]
	w.mu.Unlock()
	if in != nil {
		in.put(relief{leg})
	}
}

// relief ends the doubt about a leg.
type relief struct{ leg call.LegID }

func (q *queue) relieved(id call.LegID) {
	if l := q.leg(id); l != nil {
		l.unsure.end()
	}
}

func (p *unsure) end() {
	p.doubted, p.lost = false, time.Time{}
	if p.again != nil {
		p.again.Stop()
		p.again = nil
	}
}

// doubt begins to ask after a while, unless that is under way.
func (l *leg) doubt() {
	if p := &l.unsure; !p.doubted {
		p.doubted, p.since = true, time.Now()
		l.inquireIn(muteTime)
	}
}

func (l *leg) inquireIn(d time.Duration) {
	p := &l.unsure
	if p.again != nil {
		p.again.Stop()
	}
	p.again = l.q.after(d, l.inquire)
}

func (l *leg) inquire() {
	p := &l.unsure
	if l.phase != up || !p.doubted || p.asking {
		return
	}
	p.asking = true
	asked := time.Now()
	l.ask(l.dialog, sip.OPTIONS, func(req *sip.Request) {
		req.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
	}, func(_ *sip.Request, f *flow, res *sip.Response) { l.inquired(asked, f, res) })
}

// inquired takes what came of a question.
func (l *leg) inquired(asked time.Time, f *flow, res *sip.Response) {
	p := &l.unsure
	p.asking = false
	if l.phase != up || !p.doubted {
		return
	}
	next := askEvery
	switch {
	case asked.Before(p.since): // it was heard meanwhile
		next = muteTime
	case res == nil && (f == nil || !f.alive()): // there is no way, or it broke off: perhaps there is another one
		if p.lost.IsZero() {
			p.lost = asked
		}
		if time.Since(p.lost) >= giveUp() {
			l.unheard("no way to it")
			return
		}
		next = 2 * time.Second
	case res == nil && overslept(asked.Add(giveUp())):
		next = 0 // the answer may have come while we slept
	case res == nil, res.StatusCode == sip.StatusRequestTimeout:
		l.unheard("neither audio nor an answer")
		return
	case res.StatusCode == sip.StatusCallTransactionDoesNotExists:
		l.unheard("it knows of no such call")
		return
	default:
		p.lost = time.Time{}
	}
	l.inquireIn(next)
}

// unheard gives a leg up, and has its trunk asked.
func (l *leg) unheard(why string) {
	l.q.w.log.Info("a leg is lost: no audio came", zap.String("leg", string(l.id)), zap.String("why", why), zap.String("trunk", l.dialog.Trunk))
	if l.trunk != nil {
		l.trunk.doubted(place{network: l.dialog.Network, remote: l.dialog.Remote})
	}
	l.lose(sip.NewHeader("Reason", reasonValue("SIP", sip.StatusRequestTimeout, why)))
}
