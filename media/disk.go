package media

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// folder is a disk: recordings are files in it that nobody else may read.
type folder string

// unfinished is what a file's name ends in while it is written. One that is left was cut off by a crash: it can be
// played as far as it goes, and goes on if its call does.
const unfinished = ".part"

// openFolder makes the folder if it is not there.
func openFolder(name string) (folder, error) {
	if err := os.MkdirAll(name, 0o700); err != nil {
		return "", fmt.Errorf("folder for recordings: %w", err)
	}
	return folder(name), nil
}

func (d folder) create(name string) (recordFile, error) {
	file := filepath.Join(string(d), name)
	if _, err := os.Lstat(file); err == nil {
		return nil, os.ErrExist
	}
	f, err := os.OpenFile(file+unfinished, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (d folder) goOn(name string) (recordFile, uint32, time.Time, error) {
	f, err := os.OpenFile(filepath.Join(string(d), name)+unfinished, os.O_RDWR, 0)
	if err != nil {
		return nil, 0, time.Time{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, time.Time{}, errors.Join(err, f.Close())
	}
	sound := max(0, min(info.Size(), math.MaxUint32)-int64(len(wavHeader(0))))
	bytes := uint32(sound &^ 3) // whole frames: the last one may be torn
	if err := f.Truncate(int64(len(wavHeader(0))) + int64(bytes)); err != nil {
		return nil, 0, time.Time{}, errors.Join(err, f.Close())
	}
	return f, bytes, info.ModTime(), nil
}

func (d folder) finish(name string, empty bool) error {
	file := filepath.Join(string(d), name)
	if empty {
		return os.Remove(file + unfinished)
	}
	return os.Rename(file+unfinished, file)
}

func (d folder) orphans(since time.Time) (names []string, err error) {
	files, err := os.ReadDir(string(d))
	for _, f := range files {
		name, is := strings.CutSuffix(f.Name(), unfinished)
		if info, err := f.Info(); is && err == nil && info.Mode().IsRegular() && info.ModTime().Before(since) {
			names = append(names, name)
		}
	}
	return names, err
}

func (d folder) free() (uint64, error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(string(d), &stat); err != nil {
		return 0, err
	}
	return uint64(stat.Bavail) * uint64(stat.Bsize), nil
}
