package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"cliplab/lab/ops"
	"cliplab/lab/safetensors"
	"cliplab/lab/weights"
)

// Shipped is the name of the small CLIP that is compiled in. It was trained by this project
// on emoji of nine artists; lab/weights/MODEL_CARD.md says what it can and cannot do.
const Shipped = "cliplab-s"

// A LoadOption changes how Load finds or opens a model.
type LoadOption func(*loading)

// loading is what Load was asked for.
type loading struct {
	revision  string
	offline   bool
	precision ops.Precision
	size      int
}

// Revision is the branch, tag or commit of a model on the hub; without, its branch main.
func Revision(name string) LoadOption { return func(l *loading) { l.revision = name } }

// Offline makes Load open no connection: a model of the hub must have been fetched before.
func Offline() LoadOption { return func(l *loading) { l.offline = true } }

// WithPrecision is what the towers compute in. Parameters stay float32 whatever it is.
func WithPrecision(p ops.Precision) LoadOption { return func(l *loading) { l.precision = p } }

// WithImageSize makes a vision transformer read pictures of px pixels a side; 0 is its own size.
// What it learned of the places of patches is interpolated as its publisher's library does it:
// transformers' interpolate_pos_encoding, or else open_clip's force_image_size, which smooths.
func WithImageSize(px int) LoadOption { return func(l *loading) { l.size = px } }

// Load opens a model. Its name is one of
//
//	Shipped                           the small model that is built in
//	"model.safetensors", "ViT-B.pt"   a file, in the names of OpenAI, open_clip or transformers
//	"model.safetensors.index.json"    the index of several
//	"folder"                          with such files and config.json or open_clip_config.json
//	"openai/clip-vit-base-patch32"    owner and name on the hub, fetched into the cache that
//	                                  Python's huggingface_hub shares
//
// What the configuration beside a file says must fit the tensors. Without one, the shapes tell
// the model, heads are as in the published models, and activations are QuickGELU as OpenAI's.
//
// Parameters of models of more than 8 million stay in the file, in its type: each is made float32
// for a moment when a tower packs it at its first use, or when it is looked at (Model.Param). The
// file must keep its content as long as the model is used; encoding with one that was cut or
// overwritten panics and says so.
// PyTorch's files are read without executing what is in them.
//
// A SigLIP has words of its own, spiece.model or tokenizer.json beside its weights: SentencePiece's
// (package unigram), or Gemma's of SigLIP 2 (package gemma). Where they are missing, or of a kind
// that is not read, as CLIPA's WordPiece, pictures are encoded and Tokenize says what is wrong.
//
// The error names the tensor, or the field of the configuration, that is missing or wrong.
func Load(ctx context.Context, nameOrPath string, opts ...LoadOption) (*Model, error) {
	var l loading
	for _, opt := range opts {
		opt(&l)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if l.precision < ops.F32 || l.precision > ops.I8 {
		return nil, fmt.Errorf("lab: model %s: precision %d; there are %v, %v and %v", nameOrPath,
			l.precision, ops.F32, ops.BF16, ops.I8)
	}
	if l.size < 0 {
		return nil, fmt.Errorf("lab: model %s: pictures of %d pixels", nameOrPath, l.size)
	}
	if nameOrPath == Shipped {
		return l.shipped()
	}
	p, err := l.find(ctx, nameOrPath)
	if err != nil {
		return nil, err
	}
	p.size = l.size
	m, err := p.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("lab: model %s: %w", p.name, err)
	}
	m.Precision = l.precision
	return m, nil
}

// place is where a model lies.
type place struct {
	name    string // as the model is called
	weights string // the file, or the index of several
	folder  string // where its configuration may be; "" for none

	vocabulary string // another folder with its words; "" for none
	size       int    // of pictures; 0 is its own
}

// open reads the model. The file stays open where its parameters are still there.
func (p place) open(ctx context.Context) (*Model, error) {
	c, err := openCheckpoint(p.weights)
	if err != nil {
		if inner := errors.Unwrap(err); inner != nil && strings.HasPrefix(err.Error(), p.weights) {
			return nil, inner // which file it is has been said
		}
		return nil, err
	}
	m, err := c.model(ctx, p)
	if err != nil {
		c.Close()
	}
	return m, err
}

// builtIn decodes the built-in weights once a process.
var builtIn = sync.OnceValues(func() (*Model, error) { return decodeShipped(0) })

func decodeShipped(size int) (*Model, error) {
	f, err := safetensors.Decode(weights.Shipped, safetensors.Finite)
	if err != nil {
		return nil, err
	}
	c := checkpoint{tensors: f, file: f, metadata: f.Metadata}
	return c.model(context.Background(), place{name: Shipped, size: size})
}

// shipped is the built-in model; all that ask for fp32 share one.
func (l *loading) shipped() (*Model, error) {
	m, err := builtIn()
	switch {
	case err != nil:
	case l.size != 0 && l.size != m.Config.ImageSize:
		m, err = decodeShipped(l.size)
	case l.precision != m.Precision:
		m, err = newModel(m.Name, m.Config, m.params, m.vocabulary)
	}
	if err != nil {
		return nil, fmt.Errorf("lab: model %s: %w", Shipped, err)
	}
	if m.Precision != l.precision { // then it is not the one that all share
		m.Precision = l.precision
	}
	return m, nil
}

// config reads a file of the model's folder, nil when there is none.
func (p place) config(name string) ([]byte, error) {
	return p.file(name, 16<<20) // those of published models take a few kB
}

// file reads a file of the model's folder of at most limit bytes, nil when there is none.
func (p place) file(name string, limit int64) ([]byte, error) {
	if p.folder == "" {
		return nil, nil
	}
	path := filepath.Join(p.folder, name)
	info, err := os.Stat(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err == nil && (!info.Mode().IsRegular() || info.Size() > limit) {
		return nil, fmt.Errorf("%s is no file, or larger than %d bytes", path, limit)
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}
