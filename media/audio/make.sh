#!/bin/sh
# Makes every built-in sound anew: raw G.711 µ-law, 8000 Hz, mono. Needs espeak-ng and sox. README.md says more.
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Speech in the language of the voice, into its folder; telephone band and modest loudness. A sentence begins with a moment
# of silence, as phones open their ears late. Words of numbers are put together, as in twenty - one: hardly any silence
# around them.
english() { voice=en-gb-x-rp+f3 speed=150 folder=.; }
german() { voice=de+f2 speed=160 folder=de; mkdir -p de; }
speak() {
	espeak-ng -v "$voice" -s "$speed" -g "$3" -w "$tmp/say.wav" "$2"
	sox -R -D "$tmp/say.wav" -r 8000 -c 1 -e mu-law -t ul "$folder/$1.ulaw" highpass 250 lowpass 3400 norm -7 silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse pad "$4" "$5"
}
say() { speak "$1" "$2" 2 0.25 0.25; }
number() { speak "number_$1" "$2" 0 0.02 0.06; }

english
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
say press_1_first "You now work by phone, as a Telagent. You have a call. Press 1 to take it, or 2 to decline."
say enter_pin "Enter your PIN, then the hash key."
say enter_pin_first "You now work by phone, as a Telagent. You have a call. To take it, enter your PIN, then the hash key. To decline, press star."
say enter_id "Enter your number, then the hash key."
say wrong_pin "That was not right."
say signed_on "You are signed on at this phone."
say signed_on_own "You are signed on. Your calls come to your own number."
say menu "Press 1 for ready, 2 for not ready, 3 for a break, 4 to end after-call work, 5 to take calls at this phone, 9 to sign off. Press star to hear this again."
say menu_team "Press 1 for ready, 2 for not ready, 3 for a break, 4 to end after-call work, 5 to take calls at this phone, 7 to switch your team to its phones, 8 for those who are cut off alone, 9 to sign off. Press star to hear this again."
say stand_by "You are ready. Your calls come on this line."
say test_call "This is a test call. You need do nothing. Goodbye."
# A number follows these.
say position "Your place in the queue is"
say wait_time "Your wait in minutes is about"
say switch_team "Press 1 to switch this number of agents:"
say switched "Agents switched:"
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 30 40 50 60 70 80 90; do
	number "$n" "$n"
done
number 100 "hundred"

german
say press_1 "Sie haben einen Anruf. Drücken Sie die 1, um ihn anzunehmen, oder die 2, um ihn abzulehnen."
say apology "Entschuldigen Sie bitte. Die Verbindung zu Ihrem Gesprächspartner ist abgerissen. Bitte bleiben Sie in der Leitung."
say requeued "Danke für Ihre Geduld. Der nächste freie Mitarbeiter nimmt Ihren Anruf entgegen."
say logged_out "Sie wurden von Ihrer Teamleitung abgemeldet."
say goodbye "Wir können Ihren Anruf gerade nicht entgegennehmen. Auf Wiederhören."
say closed "Sie rufen außerhalb unserer Geschäftszeiten an. Bitte rufen Sie später noch einmal an. Auf Wiederhören."
say full "Alle Mitarbeiter sind im Gespräch, und Sie müssten zu lange warten. Bitte rufen Sie später noch einmal an. Auf Wiederhören."
say done "Erledigt."
say not_done "Das war nicht möglich."
say left "Ein Kollege hat das Gespräch verlassen."
say press_1_first "Sie arbeiten jetzt am Telefon, als Telagent. Sie haben einen Anruf. Drücken Sie die 1, um ihn anzunehmen, oder die 2, um ihn abzulehnen."
say enter_pin "Geben Sie Ihre PIN ein, dann die Rautetaste."
say enter_pin_first "Sie arbeiten jetzt am Telefon, als Telagent. Sie haben einen Anruf. Um ihn anzunehmen, geben Sie Ihre PIN ein, dann die Rautetaste. Um ihn abzulehnen, drücken Sie die Sterntaste."
say enter_id "Geben Sie Ihre Nummer ein, dann die Rautetaste."
say wrong_pin "Das war nicht richtig."
say signed_on "Sie sind an diesem Telefon angemeldet."
say signed_on_own "Sie sind angemeldet. Ihre Anrufe kommen zu Ihrer eigenen Nummer."
say menu "Taste 1: bereit. 2: nicht bereit. 3: Pause. 4: Nachbearbeitung beenden. 5: Anrufe an diesem Telefon annehmen. 9: abmelden. Stern: noch einmal hören."
say menu_team "Taste 1: bereit. 2: nicht bereit. 3: Pause. 4: Nachbearbeitung beenden. 5: Anrufe an diesem Telefon annehmen. 7: Ihr Team auf seine Telefone umschalten. 8: nur die Abgeschnittenen. 9: abmelden. Stern: noch einmal hören."
say stand_by "Sie sind bereit. Ihre Anrufe kommen auf dieser Leitung."
say test_call "Dies ist ein Testanruf. Sie brauchen nichts zu tun. Auf Wiederhören."
say position "Ihr Platz in der Warteschlange ist"
say wait_time "Ihre Wartezeit in Minuten beträgt etwa"
say switch_team "Drücken Sie die 1, um so viele Mitarbeiter umzuschalten:"
say switched "Umgeschaltete Mitarbeiter:"
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 30 40 50 60 70 80 90; do
	number "$n" "$n"
done
number 100 "hundert"
# One-and-twenty: the unit comes first.
number 1_and "einund"
number 2_and "zweiund"
number 3_and "dreiund"
number 4_and "vierund"
number 5_and "fünfund"
number 6_and "sechsund"
number 7_and "siebenund"
number 8_and "achtund"
number 9_and "neunund"

# A call comes: two short beeps.
sox -R -n -r 8000 -c 1 "$tmp/beep.wav" synth 0.15 sine 880 fade h 0.01 0.15 0.01 gain -9 pad 0.1
sox -R -D "$tmp/beep.wav" "$tmp/beep.wav" -e mu-law -t ul tone.ulaw

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
