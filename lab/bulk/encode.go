package bulk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"time"

	"cliplab/lab"
	"cliplab/lab/pixels"
	"cliplab/lab/progress"
	"cliplab/lab/tensor"
)

// DefaultBatch is how many pictures or captions are encoded at once.
const DefaultBatch = 32

// Options of a run.
type Options struct {
	Model     string // as lab.Load took it, for the settings; "" is the model's own name
	Revision  string
	Precision string // of the model's arithmetic, for the settings; "" is f32
	ImageSize int    // as lab.WithImageSize took it, for the settings; 0 is the model's own
	Batch     int    // 0 is DefaultBatch
	Raw       bool   // keep the lengths of the features; otherwise rows are unit features
	Overwrite bool   // start anew where features are

	Report func(Item, error) // is told each item that is skipped; nil for none
}

// Result counts what a run did.
type Result struct {
	Rows    int // in the file now
	New     int // of which this run wrote
	Skipped int // items without a row
	Dim     int
	Elapsed time.Duration
}

// Rate is rows a second.
func (r Result) Rate() float64 { return float64(r.New) / max(r.Elapsed.Seconds(), 1e-9) }

// EncodePictures appends to a file the features of all pictures that are not in it yet.
//
//	out  .npy or .safetensors, [rows, embed] float32
//
// A picture that cannot be read is skipped, reported and listed. The error is of what ends the
// run: a done ctx, a full disk, a file that was made otherwise. What is written by then stays,
// and the next call goes on.
func EncodePictures(ctx context.Context, m *lab.Model, src *Source, out string,
	opt Options) (Result, error) {
	if src.Kind != PictureRows {
		return Result{}, fmt.Errorf("bulk: %s is a source of %s, not of pictures", src.Place, src.Kind)
	}
	return run(ctx, m, src, out, opt, readPicture(m), func(batch []*lab.Tensor) *lab.Tensor {
		return m.EncodeImage(stack(batch))
	})
}

// EncodeTexts appends to a file the features of all captions that are not in it yet, as
// EncodePictures does. A caption that is too long for the model is skipped.
func EncodeTexts(ctx context.Context, m *lab.Model, src *Source, out string,
	opt Options) (Result, error) {
	if src.Kind != TextRows {
		return Result{}, fmt.Errorf("bulk: %s is a source of %s, not of texts", src.Place, src.Kind)
	}
	tokenize := func(item Item) (*lab.Tokens, error) { return m.Tokenize(item.Caption) }
	return run(ctx, m, src, out, opt, tokenize, func(batch []*lab.Tokens) *lab.Tensor {
		var all lab.Tokens
		for _, t := range batch {
			all.IDs = append(all.IDs, t.IDs...)
			all.Texts = append(all.Texts, t.Texts...)
		}
		return m.EncodeText(&all)
	})
}

// readPicture decodes a file and makes it what the model reads.
func readPicture(m *lab.Model) func(Item) (*lab.Tensor, error) {
	return func(item Item) (*lab.Tensor, error) {
		f, err := os.Open(item.Path)
		if err != nil {
			return nil, pathless(err)
		}
		defer f.Close()
		img, err := pixels.Decode(f)
		if err != nil {
			return nil, err
		}
		return m.Preprocess(img), nil
	}
}

// stack makes one batch of pictures prepared one by one.
//
//	batch  n of [1, 3, size, size]
//	result [n, 3, size, size]
func stack(batch []*lab.Tensor) *lab.Tensor {
	one := batch[0]
	all := tensor.New(append([]int{len(batch)}, one.Shape[1:]...)...)
	for i, p := range batch {
		copy(all.Data[i*len(one.Data):], p.Data)
	}
	return all
}

// run encodes a source into a file.
func run[T any](ctx context.Context, m *lab.Model, src *Source, out string, opt Options,
	prepare func(Item) (T, error), encode func([]T) *lab.Tensor) (r Result, err error) {
	total, err := src.Len()
	if err != nil {
		return r, err
	}
	if total == 0 {
		return r, emptySource(src)
	}
	o, err := openOutput(out, opt.settings(m, src), opt.Overwrite)
	if err != nil {
		return r, err
	}
	start, before := time.Now(), o.rows
	defer func() {
		err = errors.Join(err, o.close())
		r.Rows, r.New, r.Dim = o.rows, o.rows-before, o.settings.Dim
		r.Elapsed = time.Since(start)
	}()
	size := opt.Batch
	if size == 0 {
		size = DefaultBatch
	}
	meter := newMeter(src.Kind, total, before)
	defer meter.done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	line := prepared(ctx, newItems(src, o), 2*size, prepare)
	return r, batches(ctx, line, size, func(items []Item, ready []T) error {
		features := encode(ready)
		if !opt.Raw {
			if err := normalize(features, items); err != nil {
				return err
			}
		}
		if err := o.write(items, features.Data); err != nil {
			return err
		}
		meter.add(len(items))
		return nil
	}, func(item Item, reason error) error {
		r.Skipped++
		meter.skip()
		if opt.Report != nil {
			opt.Report(item, reason)
		}
		return o.skip(item, reason)
	})
}

// EachBatch hands on the features of pictures, in their order, some at a time.
//
//	items    pictures, of which Path counts
//	each     is called with a batch and its features [len(batch), embed], not normalised
//	bad      is called for a picture that cannot be read; its error ends all
func EachBatch(ctx context.Context, m *lab.Model, items []Item,
	each func(batch []Item, features *lab.Tensor) error, bad func(Item, error) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	all := func(yield func(Item, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
	line := prepared(ctx, all, 2*DefaultBatch, readPicture(m))
	return batches(ctx, line, DefaultBatch, func(batch []Item, ready []*lab.Tensor) error {
		return each(batch, m.EncodeImage(stack(ready)))
	}, bad)
}

func (opt Options) settings(m *lab.Model, src *Source) Settings {
	s := Settings{Model: opt.Model, Revision: opt.Revision, Precision: opt.Precision,
		ImageSize: opt.ImageSize, Rows: src.Kind, Source: src.Place, Folder: src.Folder,
		Dim: m.Config.EmbedDim, Unit: !opt.Raw, Weights: Fingerprint(m)}
	if s.Model == "" {
		s.Model = m.Name
	}
	if s.Precision == "" {
		s.Precision = "f32"
	}
	return s
}

func emptySource(src *Source) error {
	if src.Kind == PictureRows {
		return fmt.Errorf("bulk: %s has no pictures; their names end in %q", src.Place, Endings)
	}
	return fmt.Errorf("bulk: %s has no captions; want one a line", src.Place)
}

// newItems is the items of a source that the output does not have.
func newItems(src *Source, o *output) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for item, err := range src.Items() {
			if err == nil && o.has(item) {
				continue
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

func normalize(features *lab.Tensor, items []Item) error {
	for i, norm := range lab.Norms(features) {
		if norm == 0 {
			return fmt.Errorf("bulk: the features of %s are all 0 and have no direction; is the "+
				"model damaged? Raw features can be written", items[i].Name)
		}
	}
	copy(features.Data, lab.Normalize(features).Data)
	return nil
}

// meter shows how far a run has come.
type meter struct {
	bar           *progress.Bar
	start         time.Time
	rows, skipped int
}

func newMeter(kind Kind, total, before int) *meter {
	title := "encode " + string(kind)
	if before > 0 {
		title += fmt.Sprintf(" (%d were done)", before)
	}
	return &meter{bar: progress.New(title, max(total-before, 0)), start: time.Now()}
}

func (m *meter) add(rows int) { m.rows += rows; m.show() }

func (m *meter) skip() { m.skipped++; m.show() }

func (m *meter) show() {
	note := fmt.Sprintf("%.1f/s", float64(m.rows)/max(time.Since(m.start).Seconds(), 1e-9))
	if m.skipped > 0 {
		note += fmt.Sprintf(", %d skipped", m.skipped)
	}
	m.bar.Set(m.rows+m.skipped, note)
}

func (m *meter) done() { m.bar.Done() }
