package media

import (
	"slices"
	"time"
)

// mix is what one slot hears when it hears several legs: the sum of their voices. Levels stay as they are, so that
// nobody becomes quieter when somebody joins; where several shout at once the sum is cut off at the loudest sample that
// there is, which is what a loud line does as well.
type mix struct {
	ears []*ear // those that leave stay for one frame more
	sum  [longestFrame]int32
	out  [longestFrame]byte
}

// change lets the mix consist of these voices from its next frame on. Who stays is not touched; who comes rises from
// silence within a frame, who leaves fades within one.
func (m *mix) change(voices []*voice) {
	for _, e := range m.ears {
		switch {
		case !slices.Contains(voices, e.voice):
			e.state = leaving
		case e.state == leaving:
			e.state = entering
		}
	}
	for _, v := range voices {
		if !slices.ContainsFunc(m.ears, func(e *ear) bool { return e.voice == v }) {
			m.ears = append(m.ears, newEar(v))
		}
	}
}

func (m *mix) frame(c codec, _ time.Time, n int) ([]byte, bool) {
	sum, out := m.sum[:n], m.out[:n]
	clear(sum)
	for _, e := range m.ears {
		e.add(sum)
	}
	m.ears = slices.DeleteFunc(m.ears, func(e *ear) bool { return e.state == leaving })
	encode := muFromLinear
	if c == pcma {
		encode = aFromLinear
	}
	for i, s := range sum {
		out[i] = encode(int16(max(-32768, min(s, 32767))))
	}
	return out, true
}
