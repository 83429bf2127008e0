package bench

import (
	"bytes"
	"fmt"
	"os"

	"cliplab/lab/ops"
	"cliplab/lab/params"
	"cliplab/lab/pixels"
	"cliplab/lab/safetensors"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// prepare makes a case ready to run: reads what it needs and packs weights. Opening, where that
// is the work, does nothing before it runs.
func prepare(c Case, folder string) (*job, error) {
	switch c.Kind {
	case Image, Text:
		return encoding(c, folder)
	case Gemm:
		return product(c)
	case Attention:
		return attention(c), nil
	case Open:
		return openingOf(c, folder)
	case JPEG:
		return decoding(folder)
	case Step:
		return stepping(c, folder)
	}
	return nil, fmt.Errorf("bench: no work of kind %q", c.Kind)
}

var precisions = map[string]ops.Precision{"f32": ops.F32, "bf16": ops.BF16, "i8": ops.I8}

func encoding(c Case, folder string) (*job, error) {
	dst := tensor.New(c.Batch, vitB32.EmbedDim)
	input, err := inputOf(c, folder)
	if err != nil {
		return nil, err
	}
	e, err := open(c, folder)
	if err != nil {
		return nil, err
	}
	run := func() { e.EncodeImage(dst, input) }
	if c.Kind == Text {
		run = func() { e.EncodeText(dst, input) }
	}
	return &job{run: run, output: func() []float32 { return dst.Data }}, nil
}

func inputOf(c Case, folder string) (*tensor.Tensor, error) {
	name, shape := "pixels.f32", []int{c.Batch, 3, 224, 224}
	if c.Kind == Text {
		name, shape = fmt.Sprintf("tokens%d.f32", c.Tokens), []int{c.Batch, c.Tokens}
	}
	t := tensor.New(shape...)
	data, err := readFloats(file(folder, name), len(t.Data))
	if err != nil {
		return nil, err
	}
	copy(t.Data, data)
	return t, nil
}

// open opens the checkpoint of a case's tower, as lab.Load does. A layer is read and packed when it
// is first used.
func open(c Case, folder string) (*tower.Encoder, error) {
	name := "image.safetensors"
	if c.Kind == Text {
		name = "text.safetensors"
	}
	f, err := safetensors.Open(file(folder, name), safetensors.Finite)
	if err != nil {
		return nil, err
	}
	far := map[string]params.Source{}
	all := map[string]*tensor.Tensor{}
	for _, name := range f.Names() {
		if err := f.Check(name); err != nil {
			return nil, err
		}
		all[name] = &tensor.Tensor{Shape: f.Shape(name)}
		far[name] = params.Source{Shape: f.Shape(name), Read: func(dst []float32, from int) error {
			return f.Range(dst, name, from)
		}}
	}
	cfg := half(all, c.Kind == Text)
	for name, t := range all {
		if _, ok := far[name]; !ok {
			far[name] = params.Source{Shape: t.Shape, Read: func(dst []float32, _ int) error {
				clear(dst)
				return nil
			}}
		}
	}
	return tower.NewEncoderOf(params.In(far), cfg, precisions[c.Precision])
}

// openingOf opens the vision tower and encodes one picture, anew in each run.
func openingOf(c Case, folder string) (*job, error) {
	input, err := inputOf(c, folder)
	if err != nil {
		return nil, err
	}
	dst := tensor.New(1, vitB32.EmbedDim)
	return &job{
		run: func() {
			e, err := open(c, folder)
			if err != nil {
				panic(err)
			}
			e.EncodeImage(dst, input)
		},
		output: func() []float32 { return dst.Data },
	}, nil
}

// decoding is a JPEG file in memory to what the image tower reads.
func decoding(folder string) (*job, error) {
	data, err := os.ReadFile(file(folder, "picture.jpg"))
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	var x *tensor.Tensor
	return &job{
		run: func() {
			img, err := pixels.Decode(bytes.NewReader(data))
			if err != nil {
				panic(err)
			}
			x = pixels.Preprocess(img, 224)
		},
		output: func() []float32 { return x.Data },
	}, nil
}
