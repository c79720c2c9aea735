package media

import (
	"embed"
	"encoding/binary"
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

// readWAV returns the sound of a RIFF WAVE file, which must be 16-bit PCM, mono, 8000 Hz, as µ-law.
func readWAV(data []byte) ([]byte, error) {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return nil, errors.New("is no WAV file")
	}
	known := false
	for rest := data[12:]; len(rest) >= 8; {
		name, size := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:]))
		chunk := rest[8:]
		if size > uint64(len(chunk)) {
			return nil, fmt.Errorf("is cut short in its %q chunk", name)
		}
		rest, chunk = chunk[min(size+size%2, uint64(len(chunk))):], chunk[:size]
		switch {
		case name == "fmt " && len(chunk) >= 16:
			form, channels := binary.LittleEndian.Uint16(chunk), binary.LittleEndian.Uint16(chunk[2:])
			rate, depth := binary.LittleEndian.Uint32(chunk[4:]), binary.LittleEndian.Uint16(chunk[14:])
			if form != 1 || channels != 1 || rate != clock || depth != 16 {
				return nil, fmt.Errorf("is format %d, %d channel(s), %d Hz, %d bit; needed is PCM (format 1), mono, 8000 Hz, 16 bit",
					form, channels, rate, depth)
			}
			known = true
		case name == "data" && known:
			return encodeLinear(chunk)
		}
	}
	return nil, errors.New("has no sound in it (fmt and data chunks)")
}

func encodeLinear(pcm []byte) ([]byte, error) {
	ulaw := make([]byte, len(pcm)/2)
	for i := range ulaw {
		ulaw[i] = muFromLinear(int16(binary.LittleEndian.Uint16(pcm[2*i:])))
	}
	if len(ulaw) == 0 || len(ulaw) > maxSound {
		return nil, fmt.Errorf("has %d samples; needed are 1 to %d (ten minutes)", len(ulaw), maxSound)
	}
	return ulaw, nil
}
