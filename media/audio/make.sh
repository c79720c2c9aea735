#!/bin/sh
# Makes every built-in sound anew: raw G.711 µ-law, 8000 Hz, mono. Needs espeak-ng and sox. README.md says more.
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Sentences: a moment of silence first, as phones open their ears late; then telephone band and modest loudness.
say() {
	espeak-ng -v en-gb-x-rp+f3 -s 150 -g 2 -w "$tmp/say.wav" "$2"
	sox -R -D "$tmp/say.wav" -r 8000 -c 1 -e mu-law -t ul "$1.ulaw" highpass 250 lowpass 3400 norm -7 silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse pad 0.25 0.25
}
say press_1 "You have a call. Press 1 to take it, or 2 to decline."
say apology "We are sorry. The connection to your agent was lost. Please stay on the line."
say requeued "Thank you for waiting. The next free agent will take your call."
say logged_out "You have been signed off by your supervisor."
say goodbye "We cannot take your call right now. Goodbye."
say closed "You are calling outside of our opening hours. Please call again later. Goodbye."
say full "All our agents are busy, and your wait would be too long. Please call again later. Goodbye."
say done "Done."
say not_done "That was not possible."
say left "A colleague has left the call."
# A number follows these two.
say position "Your place in the queue is"
say wait_time "Your wait in minutes is about"

# Numbers are put together, as in twenty - one: hardly any silence around them.
number() {
	espeak-ng -v en-gb-x-rp+f3 -s 150 -w "$tmp/say.wav" "$1"
	sox -R -D "$tmp/say.wav" -r 8000 -c 1 -e mu-law -t ul "number_$1.ulaw" highpass 250 lowpass 3400 norm -7 silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse pad 0.02 0.06
}
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 30 40 50 60 70 80 90; do
	number "$n"
done

# Queue music: plucked chords, C A-minor F G, two seconds each, in arpeggio. The tail of each note is within its bar, so
# that the end meets the beginning.
bar() {
	i=0
	parts=""
	for note in "$2" "$3" "$4" "$5" "$4" "$3" "$4" "$3"; do
		sox -R -n -r 8000 -c 1 "$tmp/n$i.wav" synth 1.2 pluck "$note" fade t 0.005 1.2 0.8 gain -9 pad "$(echo "$i" | awk '{print $1*0.25}')"
		parts="$parts $tmp/n$i.wav"
		i=$((i + 1))
	done
	sox -R -m $parts "$tmp/$1.wav" trim 0 2 fade t 0.01 2 0.05
}
bar m1 C4 E4 G4 C5
bar m2 A3 C4 E4 A4
bar m3 F3 A3 C4 F4
bar m4 G3 B3 D4 G4
sox -R -D "$tmp/m1.wav" "$tmp/m2.wav" "$tmp/m3.wav" "$tmp/m4.wav" -e mu-law -t ul music.ulaw lowpass 3000 norm -13

# Comfort: soft chords of sines that swell over a fifth that never stops; whole cycles in eight seconds, so that the end
# meets the beginning.
swell() {
	sox -R -n -r 8000 -c 1 "$tmp/$1.wav" synth 4 sine "$2" synth 4 sine mix "$3" fade h 1.8 4 1.8
}
swell c1 369.99 554.37
swell c2 329.63 493.88
sox -R "$tmp/c1.wav" "$tmp/c2.wav" "$tmp/swells.wav"
sox -R -n -r 8000 -c 1 "$tmp/fifth.wav" synth 8 sine 293.625 synth 8 sine mix 440 gain -5
sox -R -D -m "$tmp/fifth.wav" "$tmp/swells.wav" -e mu-law -t ul comfort.ulaw lowpass 2000 norm -16
