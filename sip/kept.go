package sip

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// keptVersion is that of the structs in this file.
const keptVersion = 1

// keptLeg is what another process needs to go on with a leg, as a plain value that encodes to JSON and back. It holds digests
// of passwords: it is shown to nobody.
type keptLeg struct {
	Version int
	// Up says that the core knows the leg as established. Else it is over, or was never begun for the core, and what is here
	// has still to be said on the wire.
	Up       bool
	Dialog   *Dialog       `json:",omitempty"` // with the CSeq that ours stay above, see reserve
	Calling  string        `json:",omitempty"` // the phone that began it
	Diverted string        `json:",omitempty"`
	Hops     *uint32       `json:",omitempty"` // that its INVITE had left
	Vouched  *keptVouch    `json:",omitempty"`
	Accepted *keptAnswer   `json:",omitempty"`
	Byes     []keptBye     `json:",omitempty"`
	Referral *keptReferral `json:",omitempty"`
	Invites  []keptInvite  `json:",omitempty"`
	Caller   *keptCaller   `json:",omitempty"`

	// Describes says that the far side is to be told our description, and did not take it yet.
	Describes bool `json:",omitempty"`
}

// keptFlow says where messages go. That of a connection is gone with its process.
type keptFlow struct {
	Network       string
	Local, Remote netip.AddrPort
}

// keptVouch is what a trusted trunk brought to prove the number of a caller.
type keptVouch struct {
	Number string
	Lines  []string
}

// keptAnswer is a 200 to an INVITE whose ACK did not come yet.
type keptAnswer struct {
	keptFlow
	Invite   []byte
	Response []byte
	First    bool   // of the INVITE that began the dialog
	Asks     bool   // it holds an offer of ours
	Farewell string // Reason of the BYE that goes out after the ACK
	Until    time.Time
}

// keptBye is a dialog that we said goodbye in, and have no answer yet.
type keptBye struct {
	Dialog *Dialog
	Reason string
	Until  time.Time
}

// keptReferral is a transfer that the far side asked for.
type keptReferral struct {
	Event       string
	Seq         uint32 // of the REFER
	Quiet, Done bool
	Said        int
	Owed        string `json:",omitempty"` // the line that says how it ended and was not told yet
}

// keptInvite is an INVITE of ours without a final answer.
type keptInvite struct {
	keptFlow
	Request []byte
	Trunk   string
	AOR     string
	At      time.Time // when it was sent
	Early   []*Dialog // with those who rang
}

// keptCaller is an INVITE that we have not answered.
type keptCaller struct {
	keptFlow
	Request []byte
	Caller  call.Source
	Heard   bool      // he got a description of ours already, which another process does not stand by
	At      time.Time // when it came
}

// encode returns the stored form.
func (k *keptLeg) encode() ([]byte, error) { return json.Marshal(k) }

// decodeKept reads the stored form. What it returns without an error can be gone on with.
func decodeKept(raw []byte) (*keptLeg, error) {
	k := &keptLeg{}
	if err := json.Unmarshal(raw, k); err != nil {
		return nil, errors.New("what was kept of it cannot be read")
	}
	if k.Version != keptVersion {
		return nil, fmt.Errorf("what was kept of it is of version %d; this program knows version %d", k.Version, keptVersion)
	}
	return k, k.check()
}

// check says what is wrong with something that was kept.
func (k *keptLeg) check() error {
	if (k.Up || k.Accepted != nil || k.Caller != nil) && k.Dialog == nil {
		return errors.New("its dialog was not kept")
	}
	if k.Up && k.Caller != nil {
		return errors.New("what was kept of it contradicts itself")
	}
	if k.Dialog != nil {
		if err := k.Dialog.check(); err != nil {
			return err
		}
	}
	var others []*Dialog
	for _, b := range k.Byes {
		others = append(others, b.Dialog)
	}
	for _, i := range k.Invites {
		others = append(others, i.Early...)
	}
	for _, d := range others {
		if d == nil {
			return errors.New("its dialog was not kept")
		}
		if err := d.check(); err != nil {
			return err
		}
	}
	return nil
}

// check says what is wrong with a dialog that was stored.
func (d *Dialog) check() error {
	if d.Version != 1 {
		return fmt.Errorf("its dialog is of version %d; this program knows version 1", d.Version)
	}
	if d.CallID == "" || d.LocalTag == "" {
		return errors.New("its dialog has no name")
	}
	return nil
}

// callID returns the name of the queue that goes on with it; empty: there is nothing to go on with.
func (k *keptLeg) callID(parser *sip.Parser) string {
	switch {
	case k.Dialog != nil:
		return k.Dialog.CallID
	case len(k.Byes) > 0:
		return k.Byes[0].Dialog.CallID
	}
	for _, i := range k.Invites {
		if req := requestOf(parser, i.Request); req != nil {
			return req.CallID().Value()
		}
	}
	return ""
}

// requestOf reads a request that was kept; nil: it is none that we take.
func requestOf(parser *sip.Parser, raw []byte) *sip.Request {
	m, _, err := parser.Parse(raw, false)
	if err != nil {
		return nil
	}
	req, is := m.(*sip.Request)
	if !is || !req.IsInvite() || validateRequest(req) != nil {
		return nil
	}
	return req
}

// responseOf reads a response that was kept; nil: it is none.
func responseOf(parser *sip.Parser, raw []byte) *sip.Response {
	m, _, err := parser.Parse(raw, false)
	if err != nil {
		return nil
	}
	res, _ := m.(*sip.Response)
	if res == nil || !validateResponse(res) {
		return nil
	}
	return res
}
