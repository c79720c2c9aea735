// Command flood plays 20 calls at a gateway of its own, first in peace, then while 10,000 SIP messages a second of
// strangers come in from hundreds of addresses: junk, REGISTERs with and without a wrong proof, OPTIONS, INVITEs. It
// prints what of RTP was lost in both, what the gateway's process took, and whether new calls came through.
//
// It asserts nothing, and on a machine that is busy with other things its figures mean little. Start with main; play.go
// has the calls, storm.go the strangers. It needs bin/telagent (make build).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	storm := flag.String("storm", "", "only send the flood to this address: what the command starts itself with")
	rate := flag.Int("rate", 10_000, "messages a second")
	length := flag.Duration("for", 30*time.Second, "how long each of the two parts takes")
	calls := flag.Int("calls", 20, "calls that talk")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *storm != "" {
		err = flood(ctx, *storm, *rate, *length)
	} else {
		err = play(ctx, *calls, *rate, *length)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "flood:", err)
		os.Exit(1)
	}
}
