package console

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of what is remembered of requests with an Idempotency-Key. They are in memory: a restart forgets them.
const (
	onceLife    = 24 * time.Hour
	oncePerUser = 1000      // one more forgets the user's oldest
	onceInAll   = 10000     // one more forgets the oldest of all
	onceBody    = 256 << 10 // a longer answer is not remembered
	onceBytes   = 64 << 20  // of all answers; one more forgets the oldest
)

// secretPaths begin the addresses whose answers hold what lets somebody in: a token, a secret, codes. They are not remembered
// and not repeated, for a proof that was asked for once has to be asked for again.
var secretPaths = []string{"/account", "/tokens", "/softphone", "/sign-in", "/setup"}

// isSecret says whether an address is one of them.
func isSecret(path string) bool {
	return slices.ContainsFunc(secretPaths, func(secret string) bool {
		rest, under := strings.CutPrefix(path, prefix+secret)
		return under && (rest == "" || rest[0] == '/')
	})
}

// onceKey is a key of a user.
type onceKey struct{ user, key string }

// remembered is what became of a request.
type remembered struct {
	print  [sha256.Size]byte // of the request
	began  time.Time
	done   bool // else it is under way
	status int
	header http.Header
	body   []byte
}

// onces remember what was answered to requests with a key of their own (draft-ietf-httpapi-idempotency-key-header-07), so
// that the same request again changes nothing and gets the same answer. Safe for concurrent use.
type onces struct {
	now func() time.Time

	mu    sync.Mutex
	byKey map[onceKey]*remembered
	order []onceKey // the oldest first
	of    map[string]int
	bytes int // of all bodies
}

func newOnces(now func() time.Time) *onces {
	return &onces{now: now, byKey: make(map[onceKey]*remembered), of: make(map[string]int)}
}

// begin finds what was answered to the key; nil: nothing yet, and it is under way from now on.
func (o *onces) begin(k onceKey, print [sha256.Size]byte) *remembered {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	for len(o.order) > 0 && now.Sub(o.byKey[o.order[0]].began) >= onceLife {
		o.forget(0)
	}
	if known := o.byKey[k]; known != nil {
		as := *known
		return &as
	}
	if o.of[k.user] >= oncePerUser {
		for i, other := range o.order {
			if other.user == k.user {
				o.forget(i)
				break
			}
		}
	}
	if len(o.order) >= onceInAll {
		o.forget(0)
	}
	o.byKey[k] = &remembered{print: print, began: now}
	o.order = append(o.order, k)
	o.of[k.user]++
	return nil
}

// forget drops the i-th oldest. The caller holds the mutex.
func (o *onces) forget(i int) {
	k := o.order[i]
	o.bytes -= len(o.byKey[k].body)
	delete(o.byKey, k)
	o.order = append(o.order[:i], o.order[i+1:]...)
	if o.of[k.user]--; o.of[k.user] == 0 {
		delete(o.of, k.user)
	}
}

// end remembers an answer; nil: the request may be made again.
func (o *onces) end(k onceKey, a *remembered) {
	o.mu.Lock()
	defer o.mu.Unlock()
	known := o.byKey[k]
	if known == nil {
		return // others took its place meanwhile
	}
	if a != nil {
		known.done, known.status, known.header, known.body = true, a.status, a.header, a.body
		for o.bytes += len(a.body); o.bytes > onceBytes; {
			o.forget(0)
		}
		return
	}
	for i, other := range o.order {
		if other == k {
			o.forget(i)
			return
		}
	}
}

// once carries a request with an Idempotency-Key out once: the same again is answered as the first time.
func (c *Console) once(w http.ResponseWriter, r *http.Request, next http.Handler) {
	key := strings.Trim(r.Header.Get("Idempotency-Key"), `"`)
	if key == "" || safe(r.Method) || !strings.HasPrefix(r.URL.Path, prefix+"/") || isSecret(r.URL.Path) {
		next.ServeHTTP(w, r)
		return
	}
	if len(key) > 255 || strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		writeProblem(w, problem("bad_key", "An Idempotency-Key is 1 to 255 characters of ASCII without spaces."))
		return
	}
	token := hashToken(tokenOf(r))
	a, ok := c.identify(token, addressOf(r))
	if !ok {
		next.ServeHTTP(w, r) // it will be told to sign in
		return
	}
	print, err := fingerprint(w, r)
	if err != nil {
		status := http.StatusBadRequest
		if errors.As(err, new(*http.MaxBytesError)) {
			status = http.StatusRequestEntityTooLarge
		}
		detail := fmt.Sprintf("The body of the request could not be read: %s.", err)
		writeProblem(w, &Problem{Title: http.StatusText(status), Status: status, Code: codeOf[status], Detail: detail})
		return
	}
	k := onceKey{a.viewer.name, key}
	if a.grant != nil { // with its own rights, and so with its own answers
		k.user += " " + hex.EncodeToString(token[:])
	}
	switch known := c.onces.begin(k, print); {
	case known == nil:
		c.carryOut(w, r, next, k)
	case known.print != print:
		writeProblem(w, problem("key_reused", "This Idempotency-Key was sent with another request."))
	case !known.done:
		writeProblem(w, problem("in_flight", "The first request with this Idempotency-Key is still under way."))
	default:
		for name, values := range known.header {
			w.Header()[name] = values
		}
		w.Header().Set("Idempotent-Replayed", "true")
		w.WriteHeader(known.status)
		_, _ = w.Write(known.body) // a client that went away needs no answer
	}
}

// carryOut makes a request and remembers its answer, unless it did nothing for a reason that passes.
func (c *Console) carryOut(w http.ResponseWriter, r *http.Request, next http.Handler, k onceKey) {
	copied := &copying{ResponseWriter: w}
	defer func() {
		if !copied.isFinal() || len(w.Header().Values("Set-Cookie")) > 0 {
			c.onces.end(k, nil)
			return
		}
		header := http.Header{}
		for _, name := range []string{"Content-Type", "Etag", "Location"} {
			if values := w.Header().Values(name); len(values) > 0 {
				header[name] = values
			}
		}
		c.onces.end(k, &remembered{status: copied.status, header: header, body: bytes.Clone(copied.body.Bytes())})
	}()
	next.ServeHTTP(copied, r)
}

// fingerprint reads a request wholly and says which one it is; it can be read again.
func fingerprint(w http.ResponseWriter, r *http.Request) (print [sha256.Size]byte, err error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, fileSize))
	if err != nil {
		return print, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	h := sha256.New()
	for _, part := range []string{
		r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Content-Type"), r.Header.Get("If-Match"), r.Header.Get("If-None-Match"),
	} {
		_, _ = fmt.Fprintf(h, "%q ", part) // a hash takes everything
	}
	h.Write(body)
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// copying keeps a copy of an answer.
type copying struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	long   bool
}

// WriteHeader implements http.ResponseWriter.
func (c *copying) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (c *copying) Write(data []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	if c.body.Len()+len(data) > onceBody {
		c.long = true
		c.body.Reset()
	}
	if !c.long {
		c.body.Write(data)
	}
	return c.ResponseWriter.Write(data)
}

// Unwrap lets http.ResponseController find the writer.
func (c *copying) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// isFinal says whether the same request again would have to be answered the same. What the gateway could not do now it may
// do later; what it did and could not store yet it does not do twice.
func (c *copying) isFinal() bool {
	switch c.status {
	case 0, http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError:
		return false
	case http.StatusServiceUnavailable:
		return bytes.Contains(c.body.Bytes(), []byte(`"not_saved"`))
	}
	return !c.long
}
