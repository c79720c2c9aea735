package telagent_test

import "strings"

// access reads what leads to sign-on by phone, and how it is guarded:
//
//	access NUMBER,… [legs N] [agent N] [caller N] [all N] [within D] [lock D] [supervisors]
func (p *play) access(o options) {
	a := &p.settings.Access
	p.settings.AccessNumbers = strings.Split(o.at(0), ",")
	for word, at := range map[string]*int{"legs": &a.Legs, "agent": &a.WrongPINs.Agent, "caller": &a.WrongPINs.Caller, "all": &a.WrongPINs.All} {
		if n := o.after(word); n != "" {
			*at = p.int(n)
		}
	}
	if d := o.after("within"); d != "" {
		a.WrongPINs.Within = p.duration(d)
	}
	if d := o.after("lock"); d != "" {
		a.WrongPINs.Lock = p.duration(d)
	}
	for _, word := range o {
		a.Supervisors = a.Supervisors || word == "supervisors"
	}
}
