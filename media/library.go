package media

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"telagent-gateway/call"
)

// builtIn holds the sounds as raw µ-law at 8000 Hz; audio/README.md says how they were made.
//
//go:embed audio/*.ulaw
var builtIn embed.FS

// maxSound bounds a replacement file: ten minutes.
const maxSound = 10 * 60 * clock

// library holds every sound, decoded once at start.
type library struct {
	loops   map[call.Audio]frames
	prompts map[call.Prompt]*sound
}

// loadLibrary reads the built-in sounds and, from a folder if one is named, the files that replace them: music.wav,
// comfort.wav and one for each prompt.
func loadLibrary(folder string) (*library, error) {
	if folder != "" {
		if info, err := os.Stat(folder); err != nil {
			return nil, fmt.Errorf("audio folder: %w", err)
		} else if !info.IsDir() {
			return nil, fmt.Errorf("audio folder: %s is no folder", folder)
		}
	}
	lib := &library{loops: map[call.Audio]frames{call.Silence: quiet{}}, prompts: map[call.Prompt]*sound{}}
	for _, a := range []call.Audio{call.Music, call.Comfort} {
		ulaw, err := loadSound(folder, a.String())
		if err != nil {
			return nil, err
		}
		lib.loops[a] = loop{newSound(ulaw, true)}
	}
	for _, p := range []call.Prompt{call.PressOne, call.Apology, call.Requeued, call.LoggedOut, call.Goodbye} {
		ulaw, err := loadSound(folder, string(p))
		if err != nil {
			return nil, err
		}
		lib.prompts[p] = newSound(ulaw, false)
	}
	return lib, nil
}

// loop returns an endless sound; one that has no file is silence.
func (lib *library) loop(a call.Audio, _ string) frames {
	if f := lib.loops[a]; f != nil {
		return f
	}
	return quiet{}
}

// say returns a prompt from its beginning; one that has no file is over after a frame.
func (lib *library) say(p call.Prompt, _ int) frames {
	if s := lib.prompts[p]; s != nil {
		return &once{sound: s}
	}
	return &once{sound: newSound(nil, false)}
}

func loadSound(folder, name string) (ulaw []byte, err error) {
	if folder != "" {
		file := filepath.Join(folder, name+".wav")
		data, err := os.ReadFile(file)
		switch {
		case err == nil:
			if ulaw, err = readWAV(data); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			return ulaw, nil
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("replacement sound: %w", err)
		}
	}
	ulaw, err = builtIn.ReadFile("audio/" + name + ".ulaw")
	if err != nil {
		return nil, fmt.Errorf("built-in sound %s: %w", name, err)
	}
	return ulaw, nil
}
