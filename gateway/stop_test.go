package gateway

import (
	"errors"
	"testing"

	"telagent-gateway/telagent"
)

func TestAGatewayThatEndsIsNotUpgraded(t *testing.T) {
	g := started(t)
	if err := g.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := g.handOver(t.Context(), &successor{}, "", ""); !errors.Is(err, errStopped) { // its program was started before
		t.Errorf("handed over: %v", err)
	}
	if pid, err := g.Upgrade(t.Context(), "", ""); !errors.Is(err, errStopped) {
		t.Errorf("upgraded to process %d, %v", pid, err)
	}
}

func TestAnUpgradeComesToItsEndBeforeTheGatewayDoes(t *testing.T) {
	g := started(t)
	g.reloading.Lock() // as an upgrade does
	ended := make(chan error, 1)
	go func() { ended <- g.Stop(t.Context()) }()
	if err := g.Do(t.Context(), telagent.Drain{}); err != nil {
		t.Errorf("it ends in the middle of an upgrade: %v", err)
	}
	close(g.handed) // the calls are the other process's
	g.reloading.Unlock()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := g.sip.Freeze(t.Context()); err != nil {
		t.Errorf("its legs were touched: %v", err)
	}
	g.leave()
	g.stopping.Store(true) // there is nothing left to be closed
}
