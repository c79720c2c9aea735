package gateway

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// openRecording opens a sound file of the folder for recordings. A name that leads elsewhere, or to what is no plain
// file, is answered like one that is not there.
func openRecording(folder, name string) (fs.File, error) {
	if folder == "" || name != filepath.Base(name) || !filepath.IsLocal(name) {
		return nil, fmt.Errorf("open the recording %q: %w", name, fs.ErrNotExist)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("open the folder for recordings: %w", err)
	}
	defer func() { _ = root.Close() }() // the file stays open
	if info, err := root.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open the recording %q: %w", name, fs.ErrNotExist)
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open the recording: %w", err)
	}
	return file, nil
}
