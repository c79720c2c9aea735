//go:build chaos

package chaos

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// fullDisks are the faults of the disk that the gateway writes to.
var fullDisks = []fault{
	{"disk-full", "the disk of the store has no room for 20 s", 200 * time.Millisecond, playDiskFull},
}

// playDiskFull fills the small disk that the store is on: 20 calls talk on, one more comes each second, is taken and ends,
// and all have their records once there is room again.
func playDiskFull(t *testing.T) judged {
	disk := filepath.Join(t.TempDir(), "small")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("none", disk, "tmpfs", 0, "size=24m"); err != nil {
		t.Fatalf("mount a small disk: %v", err)
	}
	h := open(t, plan{net: "127.47.18", agents: 30, store: "sqlite:" + filepath.Join(disk, "telagent.db")})
	t.Cleanup(func() { _ = unix.Unmount(disk, unix.MNT_DETACH) }) // it ends with this process's mounts all the same
	pairs := h.talk(20)
	h.commit()
	from, ballast := time.Now(), filepath.Join(disk, "ballast")
	fill(t, ballast)
	came := h.arrivals(20*time.Second, time.Second)
	if h.Ready() {
		t.Error("a gateway whose disk is full says that it is ready")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	j := h.heal(pairs, from)
	j.up += len(came)
	for _, c := range came {
		if !c.talked {
			j.fault("a call that came meanwhile: %v", c.problem)
		}
	}
	if !await(bound, h.Ready) {
		j.fault("it is not ready though there is room again")
	}
	j.faults = append(j.faults, h.leave(pairs)...)
	j.faults = append(j.faults, h.settle(len(pairs)+len(came))...)
	return j
}

// fill writes to a file until the disk has no room left.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // a full disk may not take its last bytes
	for _, size := range []int{1 << 20, 1 << 10, 1} {
		for err := error(nil); err == nil; _, err = f.Write(make([]byte, size)) {
		}
	}
}
