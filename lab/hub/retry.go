package hub

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"
)

const tries = 5 // without a byte of progress, as huggingface_hub does

// retry calls ask until it succeeds, the hub has given its word, or enough is enough. Without
// stubborn it asks once: something is cached that will do.
func (c *Client) retry(ctx context.Context, stubborn bool, ask func(context.Context) error) error {
	for n := 0; ; n++ {
		limited, cancel := context.WithTimeout(ctx, askTimeout)
		err := ask(limited)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil || !stubborn || n >= tries-1 || !transient(err) {
			return err
		}
		if err := c.wait(ctx, n, err); err != nil {
			return err
		}
	}
}

// transient says whether another try may go better.
func transient(err error) bool {
	var wrong *answerError
	var status *statusError
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	switch {
	case answered(err), errors.As(err, &wrong), errors.As(err, &cert),
		errors.Is(err, context.Canceled):
		return false
	case errors.As(err, &status):
		return status.code >= 500 || status.code == http.StatusTooManyRequests ||
			status.code == http.StatusRequestTimeout
	case errors.As(err, &dns):
		return dns.IsTemporary && !dns.IsNotFound
	case isDial(err):
		return false // nobody listens, or no route: waiting seconds seldom helps
	}
	return true
}

func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// wait pauses before retry n, 1, 2, 4, 8 seconds, or as long as a busy hub asks.
func (c *Client) wait(ctx context.Context, n int, why error) error {
	pause := c.pause
	if pause == 0 {
		pause = time.Second
	}
	pause <<= min(n, 4)
	var status *statusError
	if errors.As(why, &status) {
		pause = max(pause, status.after)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pause):
		return nil
	}
}
