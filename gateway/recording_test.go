package gateway

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestARecordingIsOpenedInItsFolderAndNowhereElse(t *testing.T) {
	above := t.TempDir()
	folder := filepath.Join(above, "recordings")
	if err := os.MkdirAll(filepath.Join(folder, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"secret", "recordings/one.wav", "recordings/below/two.wav"} {
		if err := os.WriteFile(filepath.Join(above, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(above, "secret"), filepath.Join(folder, "link.wav")); err != nil {
		t.Fatal(err)
	}
	f, err := openRecording(folder, "one.wav")
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(f); err != nil || string(data) != "recordings/one.wav" {
		t.Errorf("read %q (%v)", data, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{
		"", ".", "..", "none.wav", "below", "below/two.wav", "link.wav", "../secret", "../recordings/one.wav", filepath.Join(folder, "one.wav"),
	} {
		if f, err := openRecording(folder, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v, %v", name, f, err)
		}
	}
	if _, err := openRecording("", "one.wav"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a folder: %v", err)
	}
	if _, err := openRecording(filepath.Join(above, "none"), "one.wav"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("with a folder that is gone: %v", err)
	}
}
