package train

import (
	"fmt"
	"math/rand/v2"
	"sync"

	"cliplab/lab"
	"cliplab/lab/bpe"
	"cliplab/lab/tensor"
)

// batch is one step's input.
type batch struct {
	images   *tensor.Tensor // [batch, 3, size, size]
	tokens   *tensor.Tensor // [batch, TextLength]  rows of the token embedding
	captions []string
	after    []byte // state of the random stream when this batch was drawn
	err      error
}

// loader makes batches ahead of the steps, in memory that goes round: one batch is being used,
// one waits, one is being made.
type loader struct {
	cfg        Config
	source     Source
	vocabulary *lab.Vocabulary
	tokenizer  *bpe.Tokenizer
	captions   int // of the source, for messages

	stream *rand.PCG
	ready  chan *batch
	free   chan *batch
	done   chan struct{}

	failing sync.Mutex // of a batch's err
}

// around is how many batches there are at once.
const around = 3

// newStream is the random stream of a run's data.
func newStream(seed uint64) *rand.PCG { return rand.NewPCG(seed, 0xda7a) }

// start makes n batches, from where the stream is.
func (l *loader) start(n int) {
	l.ready, l.free = make(chan *batch, 1), make(chan *batch, around)
	l.done = make(chan struct{})
	size := l.cfg.Tower.ImageSize
	for range around {
		l.free <- &batch{images: tensor.New(l.cfg.Batch, 3, size, size),
			tokens: tensor.New(l.cfg.Batch, l.cfg.TextLength)}
	}
	go func() {
		for range n {
			var b *batch
			select {
			case b = <-l.free:
			case <-l.done:
				return
			}
			l.fill(b)
			select {
			case l.ready <- b:
			case <-l.done:
				return
			}
		}
	}()
}

// next is the next batch; the memory of the one before goes back with recycle.
func (l *loader) next() *batch         { return <-l.ready }
func (l *loader) recycle(b *batch)     { l.free <- b }
func (l *loader) stop()                { close(l.done) }
func (b *batch) fail(err error) *batch { b.err = err; return b }

// rescue makes a panic in what the source gave an error of the batch: the goroutine is no cell's,
// and the program would end.
func (l *loader) rescue(b *batch, what string, values ...any) {
	if r := recover(); r != nil {
		l.failing.Lock()
		b.err = fmt.Errorf("train: %s: %v", fmt.Sprintf(what, values...), r)
		l.failing.Unlock()
	}
}

// fill draws a batch. Draws come from one stream and pictures are augmented each from a stream
// of its own, so that the result does not depend on the number of goroutines.
func (l *loader) fill(b *batch) *batch {
	defer l.rescue(b, "a batch of %d from the source, of %d captions", l.cfg.Batch, l.captions)
	rng := rand.New(l.stream)
	examples := l.source.Batch(l.cfg.Batch, rng)
	if len(examples) != l.cfg.Batch {
		return b.fail(fmt.Errorf("train: the source gave %d examples for a batch of %d",
			len(examples), l.cfg.Batch))
	}
	b.captions = b.captions[:0]
	b.err = nil
	var wait sync.WaitGroup
	for i, e := range examples {
		if e.Picture == nil {
			return b.fail(fmt.Errorf("train: example %d, %q, has no picture", i, e.Caption))
		}
		b.captions = append(b.captions, e.Caption)
		own := rand.New(rand.NewPCG(rng.Uint64(), uint64(i)))
		wait.Go(func() {
			defer l.rescue(b, "the picture of example %d, %q", i, e.Caption)
			l.cfg.Augment.Apply(b.images.Row(i).Data, e.Picture, e.Caption, l.cfg.Tower.ImageSize, own)
		})
	}
	wait.Wait()
	if b.err != nil {
		return b
	}
	tokens, err := l.tokenizer.Tokenize(b.captions, l.cfg.TextLength, bpe.Truncate)
	if err != nil {
		return b.fail(err)
	}
	rows := tokens.IDs
	if l.vocabulary != nil {
		rows = l.vocabulary.Rows(rows)
	}
	for i, row := range rows {
		for j, id := range row {
			b.tokens.Data[i*l.cfg.TextLength+j] = float32(id)
		}
	}
	b.after, err = l.stream.MarshalBinary()
	return b.fail(err)
}
