package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// stream appends to f what is missing after at.
func (d *download) stream(ctx context.Context, f *os.File, sum *sum, at *int64) error {
	if d.meta.size >= 0 && *at == d.meta.size {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, err := d.do(ctx, http.MethodGet, d.meta.url, *at, true)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if err := d.refusal(r, d.store.repo, d.meta.commit, d.name); err != nil {
		return err
	}
	if *at > 0 && !continues(r, *at) {
		if err := d.restart(f, sum, at); err != nil {
			return err
		}
		if r.StatusCode != http.StatusOK {
			return fmt.Errorf("%s cannot go on from a cut", place(r.Request.URL))
		}
	}
	if r.StatusCode/100 != 2 {
		return newStatusError(r)
	}
	body := &patient{r: r.Body, stall: d.stall, cancel: cancel}
	w := &sink{f, sum, d.meter, at, d.meta.size}
	_, err = io.Copy(w, body)
	if err == nil && d.meta.size >= 0 && *at < d.meta.size {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// continues says whether an answer to a Range request starts at the wanted byte.
func continues(r *http.Response, at int64) bool {
	start, _, ok := strings.Cut(strings.TrimPrefix(r.Header.Get("Content-Range"), "bytes "), "-")
	n, err := strconv.ParseInt(start, 10, 64)
	return r.StatusCode == http.StatusPartialContent && ok && err == nil && n == at
}

// sink takes the bytes of a content.
type sink struct {
	f     *os.File
	sum   *sum
	meter *meter
	at    *int64
	size  int64
}

type writeError struct{ error }

// Write is part of io.Writer.
func (s *sink) Write(p []byte) (int, error) {
	if s.size >= 0 && *s.at+int64(len(p)) > s.size {
		return 0, &answerError{fmt.Errorf("more than the %d bytes that the hub announced", s.size)}
	}
	n, err := s.f.Write(p)
	s.sum.Write(p[:n])
	*s.at += int64(n)
	s.meter.add(int64(n))
	if err != nil {
		return n, &writeError{err}
	}
	return n, nil
}

// patient gives up on a connection that sends nothing for long.
type patient struct {
	r      io.Reader
	stall  time.Duration
	cancel func()
	timer  *time.Timer
}

// Read is part of io.Reader.
func (p *patient) Read(b []byte) (int, error) {
	stall := p.stall
	if stall == 0 {
		stall = 30 * time.Second
	}
	if p.timer == nil {
		p.timer = time.AfterFunc(stall, p.cancel)
	} else {
		p.timer.Reset(stall)
	}
	n, err := p.r.Read(b)
	p.timer.Stop() // what is done with the bytes may take its time
	if err != nil && errors.Is(err, context.Canceled) {
		err = fmt.Errorf("nothing came for %v", stall)
	}
	return n, err
}
