package media

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"telagent-gateway/call"
)

// builtIn holds the sounds as raw µ-law at 8000 Hz; audio/README.md says how they were made.
//
//go:embed audio/*.ulaw audio/de/*.ulaw
var builtIn embed.FS

// maxSound bounds a replacement file: ten minutes. maxMusic bounds all further music together: an hour.
const (
	maxSound = 10 * 60 * clock
	maxMusic = 60 * 60 * clock
)

// prompts are the sentences that the product says.
var prompts = []call.Prompt{
	call.PressOne, call.Apology, call.Requeued, call.LoggedOut, call.Goodbye, call.Position, call.WaitTime, call.Closed, call.Full,
	call.Done, call.NotDone, call.Left, call.PressOneFirst, call.EnterPIN, call.EnterPINFirst, call.EnterID, call.WrongPIN, call.SignedOn, call.SignedOnOwn, call.Menu,
	call.MenuTeam, call.SwitchTeam, call.Switched, call.Tone, call.StandBy, call.TestCall,
}

// library holds every sound, decoded once at start.
type library struct {
	loops     map[call.Audio]frames
	music     map[string]frames    // by name, beside the usual one
	languages map[string]*language // by name; English is whole
	usual     string               // the language of what is said where none is asked for
}

// loadLibrary reads the built-in sounds and, from a folder if one is named, the files that replace them: music.wav,
// comfort.wav and one for each prompt and word of a number. Sub-folders are languages by their names. Every other WAV
// file of the folder is music of its name.
func loadLibrary(folder, usual string) (*library, error) {
	lib := &library{
		loops: map[call.Audio]frames{call.Silence: quiet{}}, music: map[string]frames{}, languages: map[string]*language{},
		usual: usual,
	}
	for _, a := range []call.Audio{call.Music, call.Comfort} {
		s, err := loadSound(folder, "", a.String(), true)
		if err != nil {
			return nil, err
		}
		lib.loops[a] = loop{s}
	}
	names, err := languagesIn(folder)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if lib.languages[name], err = loadLanguage(folder, name); err != nil {
			return nil, err
		}
	}
	if usual != "" && lib.languages[usual] == nil {
		return nil, fmt.Errorf("language %q has no sounds; there are %s", usual, strings.Join(names, ", "))
	}
	return lib, lib.loadMusic(folder)
}

// languageName is what a sub-folder of a language is called: two or three letters, as in ISO 639.
var languageName = regexp.MustCompile(`^[a-z]{2,3}$`)

// languagesIn returns the languages that are built in and those that are sub-folders of a folder, if one is named.
func languagesIn(folder string) ([]string, error) {
	names := slices.Collect(maps.Keys(grammars))
	if folder != "" {
		files, err := os.ReadDir(folder)
		if err != nil {
			return nil, fmt.Errorf("audio folder: %w", err)
		}
		for _, file := range files {
			if languageName.MatchString(file.Name()) && !slices.Contains(names, file.Name()) {
				names = append(names, file.Name())
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

// loadLanguage reads what there is of a language. English must be whole.
func loadLanguage(folder, name string) (*language, error) {
	l := &language{prompts: map[call.Prompt]*sound{}, words: map[string]*sound{}, grammar: inEnglish}
	if g := grammars[name]; g != nil {
		l.grammar = g
	}
	in := name
	if name == english {
		in = ""
	}
	find := func(file string) (*sound, error) {
		s, err := loadSound(folder, in, file, false)
		if in != "" && errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return s, err
	}
	var err error
	for _, p := range prompts {
		if l.prompts[p], err = find(string(p)); err != nil {
			return nil, err
		}
	}
	for word := range l.grammar.words() {
		if l.words[word], err = find("number_" + word); err != nil {
			return nil, err
		}
	}
	return l, nil
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
		s, err := loadSound(folder, "", name, true)
		if err != nil {
			return err
		}
		if total += s.samples; total > maxMusic {
			return fmt.Errorf("audio folder: more than an hour of music in %s", folder)
		}
		lib.music[name] = loop{s}
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

// loadSound reads the file of a folder that replaces a sound, or else the built-in one. in is the sub-folder of the
// language; empty: the folder itself.
func loadSound(folder, in, name string, loops bool) (*sound, error) {
	if folder != "" {
		file := filepath.Join(folder, in, name+".wav")
		data, err := os.ReadFile(file)
		switch {
		case err == nil:
			ulaw, err := readWAV(data)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			return newSound(ulaw, loops), nil
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("replacement sound: %w", err)
		}
	}
	ulaw, err := builtIn.ReadFile(path.Join("audio", in, name+".ulaw"))
	if err != nil {
		return nil, fmt.Errorf("built-in sound %s: %w", name, err)
	}
	return newSound(ulaw, loops), nil
}
