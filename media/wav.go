package media

import (
	"encoding/binary"
	"errors"
	"fmt"
)

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

// wavHeader is all of a stereo WAV file, 16-bit PCM at 8000 Hz, that comes before its so many bytes of sound.
func wavHeader(bytes uint32) []byte {
	const frame = 4 // bytes
	out := binary.LittleEndian.AppendUint32([]byte("RIFF"), 36+bytes)
	out = append(out, "WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00"...) // a chunk of 16 bytes: PCM, two channels
	out = binary.LittleEndian.AppendUint32(out, clock)
	out = binary.LittleEndian.AppendUint32(out, clock*frame)
	out = append(out, frame, 0, 16, 0)
	return binary.LittleEndian.AppendUint32(append(out, "data"...), bytes)
}
