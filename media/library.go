package media

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"telagent-gateway/call"
)

// builtIn holds the sounds as raw µ-law at 8000 Hz; audio/README.md says how they were made.
//
//go:embed audio/*.ulaw
var builtIn embed.FS

// maxSound bounds a replacement file: ten minutes. maxMusic bounds all further music together: an hour.
const (
	maxSound = 10 * 60 * clock
	maxMusic = 60 * 60 * clock
)

// prompts are the sentences that the product says.
var prompts = []call.Prompt{
	call.PressOne, call.Apology, call.Requeued, call.LoggedOut, call.Goodbye, call.Position, call.WaitTime, call.Closed, call.Full,
	call.Done, call.NotDone, call.Left,
}

// library holds every sound, decoded once at start.
type library struct {
	loops   map[call.Audio]frames
	music   map[string]frames // by name, beside the usual one
	prompts map[call.Prompt]*sound
	numbers map[int]*sound // 1 to 19, and the tens up to 90
}

// loadLibrary reads the built-in sounds and, from a folder if one is named, the files that replace them: music.wav,
// comfort.wav and one for each prompt and number. Every other WAV file of the folder is music of its name.
func loadLibrary(folder string) (*library, error) {
	if folder != "" {
		if info, err := os.Stat(folder); err != nil {
			return nil, fmt.Errorf("audio folder: %w", err)
		} else if !info.IsDir() {
			return nil, fmt.Errorf("audio folder: %s is no folder", folder)
		}
	}
	lib := &library{
		loops: map[call.Audio]frames{call.Silence: quiet{}}, music: map[string]frames{},
		prompts: map[call.Prompt]*sound{}, numbers: map[int]*sound{},
	}
	for _, a := range []call.Audio{call.Music, call.Comfort} {
		ulaw, err := loadSound(folder, a.String())
		if err != nil {
			return nil, err
		}
		lib.loops[a] = loop{newSound(ulaw, true)}
	}
	for _, p := range prompts {
		ulaw, err := loadSound(folder, string(p))
		if err != nil {
			return nil, err
		}
		lib.prompts[p] = newSound(ulaw, false)
	}
	for n := 1; n < 100; n++ {
		if n > 20 && n%10 != 0 {
			continue
		}
		ulaw, err := loadSound(folder, fmt.Sprint("number_", n))
		if err != nil {
			return nil, err
		}
		lib.numbers[n] = newSound(ulaw, false)
	}
	return lib, lib.loadMusic(folder)
}

// loadMusic reads what else is in the folder.
func (lib *library) loadMusic(folder string) error {
	if folder == "" {
		return nil
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("audio folder: %w", err)
	}
	total := 0
	for _, file := range files {
		name, sounds := strings.CutSuffix(file.Name(), ".wav")
		if _, err := fs.Stat(builtIn, "audio/"+name+".ulaw"); err == nil || !sounds {
			continue
		}
		ulaw, err := loadSound(folder, name)
		if err != nil {
			return err
		}
		if total += len(ulaw); total > maxMusic {
			return fmt.Errorf("audio folder: more than an hour of music in %s", folder)
		}
		lib.music[name] = loop{newSound(ulaw, true)}
	}
	return nil
}

// loop returns an endless sound: music by its name, or the usual one where no file is named so. One that has no file is
// silence.
func (lib *library) loop(a call.Audio, music string) frames {
	if f := lib.music[music]; f != nil && a == call.Music {
		return f
	}
	if f := lib.loops[a]; f != nil {
		return f
	}
	return quiet{}
}

// say returns a prompt from its beginning, with a number from 1 to 99 behind it; a prompt that has no file is over after
// a frame.
func (lib *library) say(p call.Prompt, number int) frames {
	o := &once{}
	if s := lib.prompts[p]; s != nil {
		o.sounds = append(o.sounds, s)
	} else {
		o.sounds = append(o.sounds, newSound(nil, false))
	}
	if number > 20 && number < 100 {
		o.sounds = append(o.sounds, lib.numbers[number-number%10])
		number %= 10
	}
	if s := lib.numbers[number]; s != nil {
		o.sounds = append(o.sounds, s)
	}
	return o
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
