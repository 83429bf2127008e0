package main

import (
	"context"
	"strings"
	"testing"

	"cliplab/kernel/ipynb"
	"cliplab/kernel/runner"
)

// lessonCells are mistakes with pictures, captions, models and shapes. want is in the value
// that the cell shows, or in its failure, which then names the line.
var lessonCells = []struct{ name, cell, want string }{
	{"imports", `import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"cliplab/datasets"
	"cliplab/lab"
	"cliplab/lab/pixels"
	"cliplab/lab/tensor"
)
var err error`, ""},
	{"truncated picture", `var whole bytes.Buffer
png.Encode(&whole, image.NewRGBA(image.Rect(0, 0, 64, 48)))
_, err = pixels.Decode(bytes.NewReader(whole.Bytes()[:whole.Len()-30]))
err`, "pixels: png of 64×48 is cut off"},
	{"231 megapixels", `head := append([]byte("IHDR"), make([]byte, 13)...)
binary.BigEndian.PutUint32(head[4:], 15200)
binary.BigEndian.PutUint32(head[8:], 15200)
head[12], head[13] = 8, 2
huge := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
huge = binary.BigEndian.AppendUint32(huge, crc32.ChecksumIEEE(head))
_, err = pixels.Decode(bytes.NewReader(huge))
err`, "pixels: png of 15200×15200 is 231 megapixels, the limit is 64; shrink it first"},
	{"no picture", `_, err = pixels.Decode(strings.NewReader("<html>404</html>"))
err`, `pixels: not a picture: first bytes "<html>404</html>"`},
	{"no bytes", `_, err = pixels.Decode(strings.NewReader(""))
err`, "pixels: not a picture: no bytes"},
	{"bad rows keep the good", `rows, bad := datasets.ReadCaptions(strings.NewReader(
	"a.png\ta cat\nonly-a-name\nb.png\ta dog\nc.png\t\n"))
rows`, "2 rows of datasets.Row"},
	{"bad rows", "bad", `datasets: row 2: 1 columns, want 2 or 3: "only-a-name"`},
	{"second bad row", "bad", `datasets: row 4: the caption is empty: "c.png\t"`},
	{"missing model", `_, err = lab.Load(ctx, "nosuch.safetensors")
err`, `lab: there is no model "nosuch.safetensors": it is neither "cliplab-s"`},
	{"broken model", `dir, err := os.MkdirTemp("", "")
broken := filepath.Join(dir, "broken.safetensors")
os.WriteFile(broken, []byte("not a model"), 0o644)
_, err = lab.Load(ctx, broken)
os.RemoveAll(dir)
err`, "lab: model broken.safetensors: safetensors: header claims"},
	{"shapes", `a := tensor.New(2, 3)
b := tensor.New(4, 5)
lab.Similarity(a, b)`,
		"line 3: panic: lab: image features [2 3] and text features [4 5] differ in dim 1"},
	{"row", "a.Row(7)", "line 1: panic: tensor: rows 7 to 8 outside shape [2 3]"},
	{"index", "\na.At(5, 5)", "line 2: panic: tensor: index [5, 5] outside shape [2 3]"},
	{"reshape", "a.Reshape(7)",
		"line 1: panic: tensor: shape [2 3] does not reshape to [7]: 6 values"},
	{"values", "tensor.From([]float32{1, 2, 3}, 2, 2)",
		"line 1: panic: tensor: shape [2 2] holds 4 values, data has 3"},
	{"picture size", `model, err := lab.Load(ctx, lab.Shipped)
model.EncodeImage(tensor.New(1, 3, 10, 10))`,
		"line 2: panic: tower: pixels of shape [1 3 10 10], want [n 3 64 64]"},
	{"nil picture", "model.Preprocess(nil)",
		"line 1: panic: lab: Preprocess: picture 1 of 1 is nil; did its decoding fail?"},
	{"in a function", "func look(t *tensor.Tensor) float64 {\n\treturn t.At(9, 9)\n}\n\nlook(a)",
		"line 2: panic: tensor: index [9, 9] outside shape [2 3]"},
	{"gonum", `import "gonum.org/v1/gonum/mat"
var c mat.Dense
c.Mul(mat.NewDense(2, 3, nil), mat.NewDense(2, 3, nil))`, "line 3: panic: mat: dimension mismatch"},
	{"state", "a.Shape", "[2 3]"},
}

// TestLessonMistakes runs them in one session, as a learner makes them.
func TestLessonMistakes(t *testing.T) {
	nb := &ipynb.Notebook{Metadata: map[string]any{"kernelspec": map[string]any{"language": "go"}}}
	for _, c := range lessonCells {
		nb.Cells = append(nb.Cells, &ipynb.Cell{Type: ipynb.Code, Source: c.cell})
	}
	sum, err := runner.Run(context.Background(), nb, newExecutor(), runner.Options{KeepGoing: true})
	if err != nil {
		t.Fatal(err)
	}
	failed := map[int]string{}
	for _, f := range sum.Failures {
		failed[f.Number] = f.Error()
	}
	for i, c := range lessonCells {
		got := failed[i+1]
		if got == "" {
			for _, o := range nb.Cells[i].Outputs {
				text, _ := o.Data["text/plain"].(string)
				got += o.Text + text
			}
		}
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if failed[i+1] != "" && !strings.HasPrefix(c.want, "line ") {
			t.Errorf("%s failed: %s", c.name, failed[i+1])
		}
	}
}
