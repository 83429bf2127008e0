package bench

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"cliplab/lab/safetensors"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// seed is where all weights and inputs start.
const seed = 2021

// Most of a batch.
const (
	mostImages = 32
	mostTexts  = 32
)

// vitB32 is OpenAI's ViT-B/32.
var vitB32 = tower.Config{ImageSize: 224, PatchSize: 32, VisionWidth: 768, VisionLayers: 12,
	VisionHeads: 12, ContextLength: 77, VocabSize: 49408, TextWidth: 512, TextLayers: 12,
	TextHeads: 8, EmbedDim: 512}

// vit is a model of the project's notes on Gorgonia: S and M.
func vit(width, layers, context int) tower.Config {
	return tower.Config{ImageSize: 64, PatchSize: 8, VisionWidth: width, VisionLayers: layers,
		VisionHeads: max(1, width/64), ContextLength: context, VocabSize: 4096, TextWidth: width,
		TextLayers: layers, TextHeads: max(1, width/64), EmbedDim: 512}
}

var trained = map[string]tower.Config{"S": vit(128, 4, 16), "M": vit(192, 6, 32),
	"ViT-B/32": vitB32}

// file is where a part of the workload lies.
func file(folder, name string) string { return filepath.Join(folder, name) }

// WriteWorkload makes what the cases need within folder, unless it is there already:
//
//	image.safetensors, text.safetensors  ViT-B/32's towers, random, fp32
//	pixels.f32 [32, 3, 224, 224], tokens77.f32 [32, 77], tokens16.f32 [32, 16]
//	picture.jpg                          640×480, 4:2:0
//	step-S.safetensors …                 a model's parameters, pixels and tokens
//	config.json                          sizes of all that
func WriteWorkload(folder string, cases []Case) error {
	for _, c := range cases {
		var err error
		switch c.Kind {
		case Image, Open:
			err = once(file(folder, "image.safetensors"), writeImageSide)
		case Text:
			err = once(file(folder, "text.safetensors"), writeTextSide)
		case JPEG:
			err = once(file(folder, "picture.jpg"), writePicture)
		case Step:
			err = once(stepFile(folder, c.Model), func(name string) error {
				return writeStep(name, c.Model, c.Batch)
			})
		}
		if err != nil {
			return fmt.Errorf("bench: workload of %s: %w", c.Name, err)
		}
	}
	return nil
}

// once writes a file unless it is there.
func once(name string, write func(name string) error) error {
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	return write(name)
}

func writeImageSide(name string) error {
	folder := filepath.Dir(name)
	pixels := random(mostImages*3*224*224, 1, 1)
	if err := writeFloats(file(folder, "pixels.f32"), pixels); err != nil {
		return err
	}
	return writeTower(name, func(p string) bool { return strings.HasPrefix(p, "visual.") })
}

func writeTextSide(name string) error {
	folder := filepath.Dir(name)
	for _, length := range []int{77, 16} {
		ids := captions(mostTexts, length, vitB32.VocabSize)
		if err := writeFloats(file(folder, fmt.Sprintf("tokens%d.f32", length)), ids); err != nil {
			return err
		}
	}
	return writeTower(name, func(p string) bool { return !strings.HasPrefix(p, "visual.") })
}

// writeTower writes ViT-B/32's parameters of some names.
func writeTower(name string, wanted func(string) bool) error {
	params := stirred(vitB32)
	for p := range params {
		if !wanted(p) {
			delete(params, p)
		}
	}
	return safetensors.WriteFile(name, params, safetensors.F32, map[string]string{"format": "pt"})
}

// stirred are the parameters of an untrained model, with biases and norms that are not 0 and 1:
// else a slip with them would not show.
func stirred(c tower.Config) map[string]*tensor.Tensor {
	params := tower.Init(c, seed)
	for name, t := range params {
		if len(t.Shape) == 1 && name != tower.ClassEmbedding {
			for i, v := range random(len(t.Data), uint64(len(name)), 0.05) {
				t.Data[i] += v
			}
		}
	}
	return params
}

// captions are ids as CLIP's tokenizer gives them: start, words, end, zeros. The first fills
// its row, the others any part of it.
func captions(n, length, vocabulary int) []float32 {
	r := rand.New(rand.NewPCG(seed, uint64(length)))
	ids := make([]float32, n*length)
	for i := range n {
		row := ids[i*length : (i+1)*length]
		words := length - 2
		if i > 0 && length < 77 {
			words = 3 + r.IntN(length-4)
		}
		row[0] = float32(vocabulary - 2)
		for j := range words {
			row[1+j] = float32(1 + r.IntN(vocabulary-3))
		}
		row[1+words] = float32(vocabulary - 1)
	}
	return ids
}

func stepFile(folder, model string) string {
	return file(folder, "step-"+strings.ReplaceAll(model, "/", "-")+".safetensors")
}

func writeStep(name, model string, batch int) error {
	c := trained[model]
	all := tower.Init(c, seed)
	all["pixels"] = tensor.From(random(batch*3*c.ImageSize*c.ImageSize, 2, 1), batch, 3,
		c.ImageSize, c.ImageSize)
	all["tokens"] = tensor.From(captions(batch, c.ContextLength, c.VocabSize), batch,
		c.ContextLength)
	return safetensors.WriteFile(name, all, safetensors.F32, nil)
}

// writePicture draws something with the frequencies of a photograph: smooth grounds, edges, and
// grain.
func writePicture(name string) error {
	const w, h = 640, 480
	r := rand.New(rand.NewPCG(seed, 3))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	var discs [40][6]float64
	for i := range discs {
		discs[i] = [6]float64{r.Float64() * w, r.Float64() * h, 10 + 60*r.Float64(),
			255 * r.Float64(), 255 * r.Float64(), 255 * r.Float64()}
	}
	for y := range h {
		for x := range w {
			c := [3]float64{100 + 80*math.Sin(float64(x)/90), 120 + 60*math.Cos(float64(y)/70),
				110 + 70*math.Sin(float64(x+y)/120)}
			for _, d := range discs {
				if math.Hypot(float64(x)-d[0], float64(y)-d[1]) < d[2] {
					c = [3]float64{d[3], d[4], d[5]}
				}
			}
			grain := 6 * r.NormFloat64()
			b := func(v float64) uint8 { return uint8(max(0, min(255, v+grain))) }
			img.SetRGBA(x, y, color.RGBA{b(c[0]), b(c[1]), b(c[2]), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 90}); err != nil {
		return err
	}
	return os.WriteFile(name, out.Bytes(), 0o644)
}

// random are n normal numbers of a stream.
func random(n int, stream uint64, deviation float64) []float32 {
	r := rand.New(rand.NewPCG(seed, stream))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(deviation * r.NormFloat64())
	}
	return x
}

func writeFloats(name string, x []float32) error {
	out := make([]byte, 0, 4*len(x))
	for _, v := range x {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return os.WriteFile(name, out, 0o644)
}

// readFloats reads the first n numbers of a file.
func readFloats(name string, n int) ([]float32, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	defer f.Close()
	x := make([]float32, n)
	if err := binary.Read(f, binary.LittleEndian, x); err != nil {
		return nil, fmt.Errorf("bench: %s: %w", name, err)
	}
	return x, nil
}

// half is ViT-B/32 with one of its towers; the other is reduced to nothing much, and its
// parameters are added.
func half(params map[string]*tensor.Tensor, text bool) tower.Config {
	c := vitB32
	if text {
		c.ImageSize, c.VisionWidth, c.VisionLayers, c.VisionHeads = c.PatchSize, 8, 0, 1
	} else {
		c.ContextLength, c.VocabSize, c.TextWidth, c.TextLayers, c.TextHeads = 1, 1, 8, 0, 1
	}
	for _, p := range tower.Params(c) {
		if params[p.Name] == nil {
			params[p.Name] = tensor.New(p.Shape...)
		}
	}
	return c
}
