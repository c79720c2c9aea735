package media

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
)

// wav makes a WAV file, with a chunk before the sound as some programs write it.
func wav(form, channels uint16, rate uint32, depth uint16, sound []byte) []byte {
	out := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00")
	out = binary.LittleEndian.AppendUint16(out, form)
	out = binary.LittleEndian.AppendUint16(out, channels)
	out = binary.LittleEndian.AppendUint32(out, rate)
	out = binary.LittleEndian.AppendUint32(out, rate*uint32(channels)*uint32(depth)/8)
	out = binary.LittleEndian.AppendUint16(out, channels*depth/8)
	out = binary.LittleEndian.AppendUint16(out, depth)
	out = append(out, "LIST\x03\x00\x00\x00abc\x00data"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(sound)))
	return append(out, sound...)
}

func TestASoundIsReplacedByAFileOfItsName(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "goodbye.wav"), wav(1, 1, clock, 16, make([]byte, 2000)), 0o600); err != nil {
		t.Fatal(err)
	}
	lib, err := loadLibrary(folder, "")
	if err != nil {
		t.Fatal(err)
	}
	if n := lib.languages["en"].prompts[call.Goodbye].samples; n != 1000 {
		t.Errorf("%d samples", n)
	}
	if n := lib.languages["en"].prompts[call.PressOne].samples; n < clock {
		t.Errorf("another sound has %d samples", n)
	}
}

func TestAReplacementSoundThatIsNoneSaysWhatIsNeeded(t *testing.T) {
	good := wav(1, 1, clock, 16, make([]byte, 100))
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"stereo":         {wav(1, 2, clock, 16, make([]byte, 100)), "2 channel(s)"},
		"of CD rate":     {wav(1, 1, 44100, 16, make([]byte, 100)), "44100 Hz"},
		"of eight bits":  {wav(1, 1, clock, 8, make([]byte, 100)), "8 bit; needed is PCM"},
		"compressed":     {wav(85, 1, clock, 16, make([]byte, 100)), "format 85"},
		"empty":          {wav(1, 1, clock, 16, nil), "0 samples"},
		"endless":        {wav(1, 1, clock, 16, make([]byte, 2*maxSound+2)), "ten minutes"},
		"cut short":      {good[:len(good)-1], "cut short"},
		"a header alone": {good[:12], "no sound"},
		"another format": {[]byte("ID3 and so on"), "no WAV"},
	} {
		folder := t.TempDir()
		file := filepath.Join(folder, "music.wav")
		if err := os.WriteFile(file, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := loadLibrary(folder, "")
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: got %v, want the file and %q in it", name, err, c.want)
		}
	}
}

func TestALoopGoesOnWithItsBeginningForAllSlotsAlike(t *testing.T) {
	ulaw := make([]byte, 512)
	for i := range ulaw {
		ulaw[i] = byte(i)
	}
	l := loop{newSound(ulaw, true)}
	at := start
	got, _ := l.frame(pcmu, at, 160)
	for range 100 {
		at = at.Add(20 * time.Millisecond)
		next, more := l.frame(pcmu, at, 160)
		if !more || next[0] != got[159]+1 {
			t.Fatalf("%d follows %d", next[0], got[159])
		}
		if other, _ := l.frame(pcma, at, 160); other[0] != muToA[next[0]] {
			t.Fatal("the same place sounds otherwise in the other codec")
		}
		got = next
	}
}

func TestG711IsWhatItsStandardSays(t *testing.T) {
	// ITU-T G.711, tables 1a to 2b: both ends, the first steps, and decision values, scaled to 16 bits.
	for b, want := range map[byte]int16{0xff: 0, 0x7f: 0, 0x80: 32124, 0x00: -32124, 0xfe: 8, 0x7e: -8, 0xef: 132, 0xf0: 120} {
		if got := linearFromMu(b); got != want {
			t.Errorf("µ-law %x is %d, want %d", b, got, want)
		}
	}
	for b, want := range map[byte]int16{0xd5: 8, 0x55: -8, 0xaa: 32256, 0x2a: -32256, 0xd4: 24, 0xc5: 264, 0xda: 248} {
		if got := linearFromA(b); got != want {
			t.Errorf("A-law %x is %d, want %d", b, got, want)
		}
	}
	for i := range 256 {
		b := byte(i)
		if got := muFromLinear(linearFromMu(b)); got != b && b != 0x7f {
			t.Errorf("µ-law %x comes back as %x", b, got)
		}
		if got := aFromLinear(linearFromA(b)); got != b {
			t.Errorf("A-law %x comes back as %x", b, got)
		}
	}
	for s := -32768; s <= 32767; s++ {
		step := max(16, abs(s)/16+8)
		if d := abs(int(linearFromMu(muFromLinear(int16(s)))) - s); d > step && abs(s) < 32635 {
			t.Fatalf("µ-law of %d is off by %d", s, d)
		}
		if d := abs(int(linearFromA(aFromLinear(int16(s)))) - s); d > step+8 {
			t.Fatalf("A-law of %d is off by %d", s, d)
		}
	}
}

func abs(n int) int { return max(n, -n) }

func TestEveryPromptOfTheVocabularyHasASound(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../call/action.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	lib, err := sounds()
	if err != nil {
		t.Fatal(err)
	}
	german := lib.languages["de"]
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || fmt.Sprint(v.Type) != "Prompt" {
			return true
		}
		name, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		found++
		if s := lib.languages["en"].prompts[call.Prompt(name)]; s == nil || s.samples < clock/2 {
			t.Errorf("prompt %s has no sound", name)
		}
		if s := german.prompts[call.Prompt(name)]; (s == nil || s.samples < clock/2) != (name == string(call.Tone)) {
			t.Errorf("prompt %s has no German sound, or needs none", name)
		}
		return true
	})
	if found < 24 {
		t.Errorf("%d prompts found", found)
	}
}

func TestANumberIsSpokenBehindItsPromptAsItsLanguageCounts(t *testing.T) {
	lib, err := sounds()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		number          int
		english, german string
	}{
		{-3, "", ""},
		{0, "", ""},
		{1, "1", "1"},
		{13, "13", "13"},
		{20, "20", "20"},
		{21, "20 1", "1_and 20"},
		{30, "30", "30"},
		{99, "90 9", "9_and 90"},
		{100, "1 100", "100"},
		{121, "1 100 20 1", "100 1_and 20"},
		{217, "2 100 17", "2 100 17"},
		{999, "9 100 90 9", "9 100 9_and 90"},
		{1000, "", ""},
	} {
		for name, words := range map[string]string{"": c.english, "en": c.english, "de": c.german, "de-AT": c.german, "DE": c.german} {
			l := lib.languages[strings.ToLower(name[:min(2, len(name))])]
			if name == "" {
				l = lib.languages["en"]
			}
			want := []*sound{l.prompts[call.Position]}
			for _, word := range strings.Fields(words) {
				want = append(want, l.words[word])
			}
			got := lib.say(call.Position, c.number, name).(*once).sounds
			if !slices.Equal(got, want) || slices.Contains(got, nil) {
				t.Errorf("%d in %q: %d sounds, want %q", c.number, name, len(got), words)
			}
		}
	}
}

func TestALanguageThatIsNotThereOrLacksASoundGivesWayToTheUsualOneAndThatToEnglish(t *testing.T) {
	folder := t.TempDir()
	for name, samples := range map[string]int{"fr/goodbye.wav": 1000, "fr/position.wav": 1001, "fr/number_7.wav": 500, "de/goodbye.wav": 1002} {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, wav(1, 1, clock, 16, make([]byte, 2*samples)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lib, err := loadLibrary(folder, "de")
	if err != nil {
		t.Fatal(err)
	}
	german, english := lib.languages["de"], lib.languages["en"]
	for _, c := range []struct {
		prompt call.Prompt
		number int
		in     string
		want   int // samples of all
	}{
		{call.Goodbye, 0, "fr", 1000},
		{call.Goodbye, 0, "", 1002},
		{call.Goodbye, 0, "en", english.prompts[call.Goodbye].samples},
		{call.Goodbye, 0, "it", 1002},
		{call.Apology, 0, "fr", german.prompts[call.Apology].samples},
		{call.Tone, 0, "fr", english.prompts[call.Tone].samples}, // the same in all languages
		{call.Position, 7, "fr", 1501},
		{call.Position, 8, "fr", german.prompts[call.Position].samples + german.words["8"].samples},
		{"no such prompt", 7, "fr", 0},
	} {
		got := 0
		for _, s := range lib.say(c.prompt, c.number, c.in).(*once).sounds {
			got += s.samples
		}
		if got != c.want {
			t.Errorf("%s %d in %q has %d samples, want %d", c.prompt, c.number, c.in, got, c.want)
		}
	}
	if _, err := loadLibrary("", "fr"); err == nil || !strings.Contains(err.Error(), `"fr" has no sounds; there are de, en`) {
		t.Errorf("a usual language without sounds: %v", err)
	}
}

func TestASentenceIsHeardInTheLanguageThatIsAskedFor(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.talks("c", 0x33)
	for _, in := range []string{"de", ""} {
		l := s.w.library.languages[cmp.Or(in, "en")]
		for order, prompt := range map[call.Action]call.Prompt{
			call.Say{Leg: "c", Prompt: call.EnterPIN, Language: in}: call.EnterPIN,
			call.Ask{Leg: "c", Prompt: call.WrongPIN, Language: in}: call.WrongPIN,
		} {
			s.said = nil
			length := time.Duration(l.prompts[prompt].samples) * time.Second / clock
			s.w.Do(order)
			s.run(length - 20*time.Millisecond)
			s.expectSaid()
			s.run(60 * time.Millisecond)
			s.expectPlayed(string(prompt))
		}
	}
}

func TestAPromptWithANumberIsPlayedWholeAndReportedOnce(t *testing.T) {
	s := newStage(t)
	s.arrives("c", "0 101")
	s.w.Do(call.Park{Leg: "c", Audio: call.Silence})
	s.w.Do(call.Say{Leg: "c", Prompt: call.Position, Number: 42})
	length, english := time.Duration(0), s.w.library.languages["en"]
	for _, part := range []*sound{english.prompts[call.Position], english.words["40"], english.words["2"]} {
		length += time.Duration((part.samples+159)/160) * 20 * time.Millisecond
	}
	s.run(length - 40*time.Millisecond)
	s.expectPlayed()
	s.run(60 * time.Millisecond)
	s.expectPlayed("position")
	s.run(time.Second)
	s.expectPlayed("position")
}

func TestMusicIsTakenByItsNameOrElseTheUsualOne(t *testing.T) {
	folder := t.TempDir()
	for name, b := range map[string]byte{"jazz.wav": 1, "music.wav": 2, "notes.txt": 3} {
		pcm := bytes.Repeat([]byte{0, b}, 2000)
		if err := os.WriteFile(filepath.Join(folder, name), wav(1, 1, clock, 16, pcm), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lib, err := loadLibrary(folder, "")
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(t)
	s.w.library = lib
	s.arrives("c", "0 101")
	for music, want := range map[string]int16{"jazz": 0x100, "": 0x200, "blues": 0x200, "notes": 0x200} {
		s.w.Do(call.Park{Leg: "c", Audio: call.Music, Music: music})
		s.run(100 * time.Millisecond)
		s.expectOnly("c", muFromLinear(want))
		if state, _ := s.w.Snapshot("c"); state.Music != music {
			t.Errorf("state has music %q", state.Music)
		}
	}
	s.w.Do(call.Park{Leg: "c", Audio: call.Silence, Music: "jazz"})
	s.expectOnly("c", 0xff)
}

func TestMusicBeyondAnHourIsRefused(t *testing.T) {
	folder := t.TempDir()
	long := filepath.Join(t.TempDir(), "long.wav")
	if err := os.WriteFile(long, wav(1, 1, clock, 16, make([]byte, 2*maxSound)), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range maxMusic/maxSound + 1 {
		if err := os.Symlink(long, filepath.Join(folder, fmt.Sprint(i, ".wav"))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := loadLibrary(folder, ""); err == nil || !strings.Contains(err.Error(), "an hour of music") {
		t.Errorf("got %v", err)
	}
}
