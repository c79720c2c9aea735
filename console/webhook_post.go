package console

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// answerRead bounds what is read of an answer's body, which says nothing to us.
const answerRead = 4 << 10

// failure is why an attempt failed.
type failure struct {
	words     string // as the end of a sentence
	gone      bool   // nothing shall be sent any more
	ofMessage bool   // the receiver is well and does not want this message
}

// post tries to deliver a message once; nil: it was taken.
//
// The form is that of Standard Webhooks 1.0 (standardwebhooks.com): webhook-id, webhook-timestamp and
// webhook-signature, a 2xx is done, 410 is for ever.
func (r *receiver) post(ctx context.Context, id string, body []byte) *failure {
	ctx, cancel := context.WithTimeout(ctx, webhookPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(body))
	if err != nil {
		return &failure{words: "its address cannot be used"}
	}
	at := strconv.FormatInt(r.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "telagent")
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", at)
	req.Header.Set("webhook-signature", signature(r.Key, id, at, body))
	res, err := r.client.Do(req)
	if err != nil {
		return &failure{words: unreached(err)}
	}
	_, _ = io.CopyN(io.Discard, res.Body, answerRead) // so that the connection can be used again
	_ = res.Body.Close()
	return answered(res.StatusCode)
}

// signature proves to whoever has the key that a message is ours and was sent at a time.
func signature(key []byte, id, at string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(id + "." + at + ".")) // never fails, see hash.Hash
	_, _ = mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// answered says what a status means.
func answered(status int) *failure {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusGone:
		return &failure{words: "it answered 410 Gone", gone: true}
	case status >= 300 && status < 400:
		return &failure{words: fmt.Sprintf("it answered %d, and a redirection is not followed", status)}
	}
	words := strings.TrimSpace(fmt.Sprintf("it answered %d %s", status, http.StatusText(status)))
	// 408, 429 and 5xx are about the receiver, other refusals about what it was sent.
	well := status < 500 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout
	return &failure{words: words, ofMessage: well}
}

// unreached says why there was no answer, without the address, whose path may be a key.
func unreached(err error) string {
	var about *url.Error
	if errors.As(err, &about) {
		err = about.Err
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("it did not answer within %v", webhookPatience)
	}
	return "it cannot be reached: " + err.Error()
}

// sentence makes one of words.
func sentence(words string) string {
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:] + "."
}
