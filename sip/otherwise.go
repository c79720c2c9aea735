package sip

// otherwise asks again, with another offer, who did not accept ours: some phones insist on how their audio is encrypted,
// and say so only by refusing. False: nothing more is asked.
//
// RFC 3261 §21.4.26
func (b *branch) otherwise() bool {
	if b.stopped || b.l.phase != dialing {
		return false
	}
	b.turned++
	b.heard = false
	b.send(b.tx.flow)
	return true
}
