package sip

import (
	"context"
	"fmt"
	"strings"
)

// connect returns the flow of a stream connection to a destination, a new one if we have made none.
func (w *Wire) connect(ctx context.Context, to destination) (*flow, error) {
	w.mu.Lock()
	s := w.outgoing[to]
	w.mu.Unlock()
	if s != nil {
		return s.flow, nil
	}
	if to.network == "TLS" {
		return nil, fmt.Errorf("connect to tls:%v: TLS is not supported yet", to.remote) // todo RFC 3261 §26.2.1
	}
	conn, err := w.net.dial(ctx, to.remote)
	if err != nil {
		return nil, fmt.Errorf("connect to %s:%v: %w", strings.ToLower(to.network), to.remote, err)
	}
	return w.open(to.network, conn, &to)
}
