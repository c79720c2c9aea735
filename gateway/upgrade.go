package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
	"telagent-gateway/console"
	"telagent-gateway/media"
	"telagent-gateway/telagent"
)

// The bounds of a hand-over.
const (
	checkTime   = 10 * time.Second       // for the new program to say that it runs and takes the configuration
	readyTime   = 10 * time.Second       // for it to start
	settleTime  = 5 * time.Second        // that switches under way are waited for
	quietTime   = 3 * time.Second        // for a moment in which nothing is on its way between the wires and the Floor
	quietPause  = 20 * time.Millisecond  // between two tries to find one
	freezeTime  = time.Second            // for the signalling wire to stand still
	releaseTime = 2 * time.Second        // for the store to take everything
	audioTime   = 10 * time.Second       // for the new process to open the store and ask for the audio, which goes on meanwhile
	runTime     = 5 * time.Second        // for it to run, from the moment that audio stands still; audio goes on there much sooner
	replyTime   = 2 * time.Second        // for answers that are under way, afterwards
	lookTime    = 100 * time.Millisecond // between two looks whether switches are done
)

// standTime is for all of that in which the loop stands still.
const standTime = quietTime + freezeTime + releaseTime + audioTime + runTime

// signalled is what signals are sent to: an *os.Process.
type signalled interface{ Signal(os.Signal) error }

// successor is the process that is to take over.
type successor struct {
	baton *baton
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has
}

// Upgrade hands the calls over to another program, or to the same one with another configuration, in the name of a user; "" is
// the system. binary is its path; empty: that of this process. When it returns without an error the calls are the other
// process's, whose id it returns, HandedOver is closed, and Close ends this one without a word. With an error everything goes on as before: it is
// a *telagent.Refusal, or one that wraps console.ErrUpgrade and says why.
func (g *Gateway) Upgrade(ctx context.Context, by, binary string) (pid int, err error) {
	if !g.reloading.TryLock() {
		return 0, &telagent.Refusal{Code: "upgrade_running", Sentence: "An upgrade or a reload is under way; try again in a moment."}
	}
	defer g.reloading.Unlock()
	if g.handedOver() || g.stopping.Load() {
		return 0, errStopped
	}
	ctx = context.WithoutCancel(ctx) // who asked may hang up
	g.loop.report(call.Repaired{Part: "upgrade_failed"})
	began := time.Now()
	detail := "to " + binary
	if binary == "" {
		if binary, err = os.Executable(); err != nil {
			return 0, fmt.Errorf("%w: %w", console.ErrUpgrade, err)
		}
		detail = "to " + binary
	}
	s, err := g.raise(ctx, binary)
	if err == nil {
		if err = g.handOver(ctx, s, by, detail); err == nil {
			g.log.Info("the calls are another process's now", zap.Int("pid", s.cmd.Process.Pid), zap.Duration("took", time.Since(began)))
			g.server.LastAnswers() // this one too
			g.successor = s.cmd.Process
			close(g.handed)
			return s.cmd.Process.Pid, nil
		}
		s.end()
	}
	err = fmt.Errorf("%w: %w", console.ErrUpgrade, err)
	g.log.Error("an upgrade was not done; everything goes on", zap.Error(err))
	g.loop.report(call.Impaired{Part: "upgrade_failed", Problem: "The upgrade was not done and everything goes on as before: " + err.Error()})
	if told := g.Do(ctx, telagent.Upgrade{By: by, Detail: err.Error(), Failed: "upgrade_failed"}); told != nil {
		g.log.Warn("the audit trail does not say that an upgrade failed", zap.Error(told))
	}
	return 0, err
}

// HandedOver is closed when another process has the calls.
func (g *Gateway) HandedOver() <-chan struct{} { return g.handed }

func (g *Gateway) handedOver() bool {
	select {
	case <-g.handed:
		return true
	default:
		return false
	}
}

// raise starts the new process and returns when it has everything that takes time behind it.
func (g *Gateway) raise(ctx context.Context, binary string) (*successor, error) {
	if err := g.store.Healthy(); err != nil {
		return nil, fmt.Errorf("the store has to take everything first: %w", err)
	}
	if err := ours(binary); err != nil {
		return nil, err
	}
	serve := []string{"serve"}
	if file := g.conf().File(); file != "" {
		serve = append(serve, "-c", file)
		if err := try(ctx, binary, "check", "-c", file); err != nil {
			return nil, err
		}
	}
	if err := try(ctx, binary, "version"); err != nil {
		return nil, err
	}
	baton, theirs, err := newBatons()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, serve...)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = os.Stdout, os.Stderr, []*os.File{theirs}
	cmd.Env = append(heirEnviron(os.Environ()), batonVariable+"=3")
	err = cmd.Start()
	if err := errors.Join(err, theirs.Close()); err != nil {
		baton.close()
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	s := &successor{baton: baton, cmd: cmd, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		_ = cmd.Wait() // what it says of its end is in the log
	}()
	if err = baton.within(readyTime); err == nil {
		err = s.give(g.sockets, storeMark(g.config))
	}
	if err == nil {
		_, err = baton.expect(readyWord, time.Now().Add(readyTime))
	}
	if err != nil {
		s.end()
		return nil, fmt.Errorf("the new process did not get ready: %w", err)
	}
	return s, nil
}

// give hands the listening sockets over, with the mark of our store. They stay ours too.
func (s *successor) give(all *sockets, store string) error {
	names, files, err := all.files()
	if err != nil {
		return err
	}
	for len(files) > mostFiles {
		if err := s.baton.say(message{Word: socketsWord, Names: names[:mostFiles]}, files[:mostFiles]...); err != nil {
			closeAll(files[mostFiles:])
			return err
		}
		names, files = names[mostFiles:], files[mostFiles:]
	}
	return s.baton.say(message{Word: socketsWord, Names: names, Detail: lastPart, Kind: store}, files...)
}

// end ends the process, if it has not. It hears of that last: to one that has the calls our end means that it is alone with them.
func (s *successor) end() {
	_ = s.cmd.Process.Kill() // it may have ended by itself
	<-s.ended
	s.baton.close()
}

// handOver lets everything stand still and the successor go on. With an error everything goes on here.
func (g *Gateway) handOver(ctx context.Context, s *successor, by, detail string) (err error) {
	g.settle(ctx)
	if g.stopping.Load() {
		return errStopped // who ends the gateway does not mean another one to go on
	}
	defer g.service.vouch(standTime)()
	g.ladders.storeAll() // most of them before anybody waits
	still, err := g.standStill(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.end() // first: it may have sockets
			still.resume()
			g.goOn()
		}
	}()
	if g.ends() {
		return errStopped
	}
	g.ladders.storeAll()
	released, cancel := context.WithTimeout(ctx, releaseTime)
	defer cancel()
	if err := g.store.Release(released); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.end()
			g.retake(ctx)
		}
	}()
	word := message{Word: goWord, Why: by, Detail: detail}
	if still.drain != nil {
		if word.Body, err = json.Marshal(still.drain); err != nil {
			return err
		}
	}
	if err := s.baton.within(audioTime); err != nil {
		return err
	}
	if err := s.baton.say(word); err != nil {
		return err
	}
	if _, err := s.baton.expect(audioWord, time.Now().Add(audioTime)); err != nil {
		return fmt.Errorf("the new process did not take the calls: %w", err)
	}
	if err := g.handAudio(s, still); err != nil {
		return err
	}
	g.leave()
	return nil
}

// ends says that the gateway is to end: somebody said so, or its last call has ended for which a drain waited.
func (g *Gateway) ends() bool {
	select {
	case <-g.drained:
		return true
	default:
		return g.stopping.Load()
	}
}

// handAudio is the last moment: audio stands still here and goes on there.
func (g *Gateway) handAudio(s *successor, still *stillness) error {
	stood := time.Now()
	states, err := g.media.Freeze()
	if err != nil {
		return err
	}
	if err = s.baton.within(runTime); err == nil {
		err = g.giveAudio(s, states, still.unheard())
	}
	if err == nil {
		if _, err = s.baton.expect(runningWord, time.Now().Add(runTime)); err != nil {
			s.end()
			g.media.Reclaim() // it may have gone on with all of them
			g.sip.Reclaim()
		}
	}
	if err != nil {
		s.end()
		if thawed := g.media.Thaw(); thawed != nil {
			g.log.Error("audio does not go on", zap.Error(thawed))
		}
		return fmt.Errorf("the new process did not run: %w", err)
	}
	g.log.Info("audio stood still", zap.Duration("for", time.Since(stood)), zap.Int("legs", len(states)))
	return nil
}

func (g *Gateway) giveAudio(s *successor, states []media.LegState, unheard []call.Event) error {
	for _, state := range states {
		body, err := state.Encode()
		if err != nil {
			return err
		}
		rtp, rtcp, err := g.media.Sockets(state.Leg)
		if err != nil {
			return err
		}
		if err := s.baton.say(message{Word: legWord, Names: []string{"rtp", "rtcp"}, Body: body}, os.NewFile(uintptr(rtp), "rtp"), os.NewFile(uintptr(rtcp), "rtcp")); err != nil {
			return err
		}
	}
	for _, e := range unheard {
		if m, is := factMessage(e); is {
			if err := s.baton.say(m); err != nil {
				return err
			}
		}
	}
	return s.baton.say(message{Word: endWord})
}

// settle waits a moment for switches that are under way: after the hand-over they would begin anew.
func (g *Gateway) settle(ctx context.Context) {
	for end := time.Now().Add(settleTime); time.Now().Before(end); time.Sleep(lookTime) {
		view, err := g.loop.snapshot(ctx)
		if err != nil || !switches(view) {
			return
		}
	}
}

func switches(v *telagent.View) bool {
	for _, a := range v.Agents {
		if a.Switching != nil {
			return true
		}
	}
	return false
}

// standStill lets signalling and the loop stand still at a moment in which nothing is on its way between them. What comes
// waits in the sockets. With an error everything goes on.
func (g *Gateway) standStill(ctx context.Context) (still *stillness, err error) {
	g.service.handOver()
	g.sockets.shut(true)
	defer func() {
		if err != nil {
			g.goOn()
		}
	}()
	for end := time.Now().Add(quietTime); time.Now().Before(end); time.Sleep(quietPause) {
		ordered := g.orders.Load()
		if err := g.freezeSignalling(ctx); err != nil {
			return nil, err
		}
		if still, err = g.loop.pause(ctx); err != nil {
			return nil, err
		}
		if g.orders.Load() == ordered {
			return still, nil
		}
		still.resume() // something was ordered that signalling has not carried out
		g.sip.Thaw()
	}
	return nil, errors.New("there was no moment without something under way; try again when less happens")
}

func (g *Gateway) freezeSignalling(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, freezeTime)
	defer cancel()
	return g.sip.Freeze(ctx)
}

// goOn lets signalling be read, and connections come in, after it stood still.
func (g *Gateway) goOn() {
	g.sip.Thaw()
	g.sockets.shut(false)
	g.service.takeBack()
}

// retake takes the store back. Until it succeeds everything waits in memory, as when the database is away.
func (g *Gateway) retake(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, releaseTime)
	defer cancel()
	if err := g.store.Retake(ctx); err != nil {
		g.log.Error("the store was not taken back yet", zap.Error(err))
		go func() {
			for g.store.Retake(context.Background()) != nil && !g.stopping.Load() {
				time.Sleep(lookTime)
			}
		}()
	}
}

// leave ends what is the successor's now, without a word to anybody.
func (g *Gateway) leave() {
	g.sip.Abandon()
	if err := errors.Join(g.media.Abandon(), g.store.Abandon()); err != nil {
		g.log.Warn("the old process did not end well", zap.Error(err))
	}
}

// depart ends what is left of a process whose calls are another one's. Who asked for something in that moment is told that it was
// not done.
func (g *Gateway) depart() error {
	g.loop.stop()
	err := g.server.Leave(replyTime)
	g.keeper.close()
	g.service.close()
	g.strain.close()
	g.ladders.close()
	g.verifies.Wait()
	return err
}
