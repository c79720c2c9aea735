package telagent

import "time"

// Access says how far the access number leads, and how it is guarded. A zero count or time means its default.
type Access struct {
	Supervisors bool // let supervisors switch their teams there
	Legs        int  // most callers at once
	WrongPINs   WrongPINs
}

// WrongPINs says how many wrong PINs lock sign-on by phone, and for how long. A lock hinders nothing else.
type WrongPINs struct {
	Agent  int // of one agent or user
	Caller int // from one number
	All    int // of all together
	Within time.Duration
	Lock   time.Duration
}

func (s Access) withDefaults() Access {
	count := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	count(&s.Legs, 20)
	count(&s.WrongPINs.Agent, 5)
	count(&s.WrongPINs.Caller, 10)
	count(&s.WrongPINs.All, 100)
	if s.WrongPINs.Within == 0 {
		s.WrongPINs.Within = time.Hour
	}
	if s.WrongPINs.Lock == 0 {
		s.WrongPINs.Lock = 30 * time.Minute
	}
	return s
}
