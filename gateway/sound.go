package gateway

import "go.uber.org/zap"

// sound looks after a step whether the Floor is in a state that cannot be, where the log is told of each detail: it costs
// more than most steps. What it finds is a bug, as a panic is; the Floor goes on.
func (l *loop) sound(in input) {
	if _, reads := in.(reading); reads || !l.log.Core().Enabled(zap.DebugLevel) {
		return
	}
	if wrong := l.floor.Check(); len(wrong) > 0 {
		l.bugs.Add(1)
		l.log.Error("the Floor is in a state that cannot be: this is a bug", zap.Strings("wrong", wrong), zap.String("after", line(in)),
			zap.Strings("last_inputs", lines(l.recent)))
	}
}
