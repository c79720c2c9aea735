package console

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// place is where somebody stopped reading a list that is sorted by time, newest first, and by id where times are the same. The
// zero value is before its beginning.
type place struct {
	at time.Time
	id string
}

// cursor prints a place for who goes on there; "": there is nothing to go on with.
func (p place) cursor() string {
	if p.at.IsZero() {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.at.UnixMicro(), 10) + " " + p.id))
}

// placeOf reads a cursor; "" is the beginning.
func placeOf(cursor string) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	at, id, ok := strings.Cut(string(text), " ")
	us, parsed := strconv.ParseInt(at, 10, 64)
	if err != nil || !ok || parsed != nil {
		return place{}, problem("bad_cursor", "This cursor is none that a list was answered with.")
	}
	return place{time.UnixMicro(us).UTC(), id}, nil
}
