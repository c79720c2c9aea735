package gateway

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ours says why a file is not run: only who may replace the gateway's own program may name another one.
func ours(binary string) error {
	if !filepath.IsAbs(binary) {
		return fmt.Errorf("%s is not an absolute path", binary)
	}
	for _, path := range []string{binary, filepath.Dir(binary)} {
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("find the new program: %w", err)
		}
		owner, known := info.Sys().(*syscall.Stat_t)
		if !known || owner.Uid != 0 && int(owner.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 && info.Mode()&os.ModeSticky == 0 {
			return fmt.Errorf("%s is not run: it may be written by others than the gateway's user and root", path)
		}
	}
	return nil
}

// try runs the new program for something that it does at once.
func try(ctx context.Context, binary string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.WaitDelay = time.Second // what it started itself may go on, and has what it says in its hands
	said, err := cmd.CombinedOutput()
	if err != nil {
		text := strings.TrimSpace(string(said[:min(len(said), 2000)]))
		return fmt.Errorf("%s %s: %w: %s", binary, strings.Join(args, " "), err, text)
	}
	return nil
}
