package media

import (
	"fmt"
	"slices"
	"strings"
)

// bundled is what browsers want to read of an audio line beside its formats and keys. The zero value is what others want.
type bundled struct {
	mid    string // identifies the line; empty: lines are not identified
	group  bool   // lines share one port: of ours this one is the only one
	muxed  bool   // RTP and RTCP share one port
	source string // CNAME of our stream; empty: streams are not described
	ssrc   uint32
}

// muxed says whether a line's side takes RTP and RTCP on one port.
// RFC 5761 §5.1.1
func (m *mediaLine) muxed() bool { return slices.Contains(m.attributes, "rtcp-mux") }

// grouped says whether a line is one of a group that shares a port.
// RFC 9143 §7
func (m *mediaLine) grouped() bool {
	kind, lines, _ := strings.Cut(m.attribute("group"), " ")
	return kind == "BUNDLE" && m.attribute("mid") != "" && slices.Contains(strings.Fields(lines), m.attribute("mid"))
}

// bundle is how our line answers an offer's.
func (l *leg) bundle(f *far) bundled {
	m := &f.lines[f.line]
	b := bundled{mid: m.attribute("mid"), group: m.grouped(), muxed: f.muxed}
	if f.way == DTLS && b.mid != "" {
		b.source, b.ssrc = l.cname, l.slot.ssrc()
	}
	return b
}

// ownMid identifies the only line of our offers.
const ownMid = "0"

// lines are the attributes of the audio line.
// RFC 5888 §4, RFC 5761 §5.1.1, RFC 8830 §2, RFC 5576 §4.1
func (b bundled) lines() (lines []string) {
	if b.mid != "" {
		lines = append(lines, "mid:"+b.mid)
	}
	if b.muxed {
		lines = append(lines, "rtcp-mux")
	}
	if b.source != "" {
		lines = append(lines, "msid:"+b.source+" audio", fmt.Sprintf("ssrc:%d cname:%s", b.ssrc, b.source))
	}
	return lines
}

// session are the attributes of the whole description.
// RFC 9143 §7.3.3: a refused line is out of the group
func (b bundled) session() []string {
	if !b.group {
		return nil
	}
	return []string{"group:BUNDLE " + b.mid}
}

// refusal writes a line that we refuse. It keeps its place, with port 0, and its name.
// RFC 3264 §6
func (m *mediaLine) refusal() []string {
	lines := []string{fmt.Sprintf("m=%s 0 %s %s", m.media, m.protocol, strings.Join(m.formats, " "))}
	if mid := m.attribute("mid"); mid != "" {
		lines = append(lines, "a=mid:"+mid)
	}
	return lines
}
