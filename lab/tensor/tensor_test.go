package tensor

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// A tensor of two dimensions is a gonum matrix.
var _ mat.Matrix = (*Tensor)(nil)

func TestMatrix(t *testing.T) {
	x := From([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	var product mat.Dense
	product.Mul(x, x.T())
	want := mat.NewDense(2, 2, []float64{14, 32, 32, 77})
	if !mat.Equal(&product, want) {
		t.Errorf("x·xᵀ = %v, want %v", mat.Formatted(&product), mat.Formatted(want))
	}
}

func TestViewsShareData(t *testing.T) {
	x := New(4, 2, 3)
	x.Row(2).Data[1] = 7
	x.Slice(1, 3).Row(0).Data[0] = 5
	x.Reshape(3, -1).Data[23] = 9
	if x.Data[13] != 7 || x.Data[6] != 5 || x.Data[23] != 9 {
		t.Errorf("a view did not write through: %v", x.Data)
	}
	if got := x.Reshape(3, -1).Shape; got[1] != 8 {
		t.Errorf("Reshape(3, -1) of 24 values has shape %v", got)
	}
	y := x.Clone()
	y.Data[0] = 1
	if x.Data[0] != 0 {
		t.Error("Clone shares data")
	}
	row := x.Row(0)
	if row.Data = append(row.Data, 3); x.Data[6] != 5 {
		t.Error("append to a view wrote into the next row")
	}
}

func TestMisusePanicsWithShapes(t *testing.T) {
	x := New(2, 3)
	for want, f := range map[string]func(){
		"tensor: shape [2 2] holds 4 values, data has 3": func() {
			From(make([]float32, 3), 2, 2)
		},
		"tensor: shape [2 3] does not reshape to [4 2]: 6 values": func() { x.Reshape(4, 2) },
		"tensor: rows 2 to 3 outside shape [2 3]":                 func() { x.Row(2) },
		"tensor: index [0, 3] outside shape [2 3]":                func() { x.At(0, 3) },
		"tensor: shape [1 2 3] is no matrix":                      func() { New(1, 2, 3).Dims() },
		"tensor: negative dimension in shape [-2]":                func() { New(-2) },
		"tensor: shape [1000000 1000000] has more than 17179869184 values, 64 GiB": func() {
			New(1000000, 1000000)
		},
		"tensor: shape [1099511627776 1099511627776] has more values than an int counts": func() {
			New(1<<40, 1<<40)
		},
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %v", got, want)
				}
			}()
			f()
		}()
	}
}

func TestString(t *testing.T) {
	x := New(2, 20, 10)
	for i := range x.Data {
		x.Data[i] = float32(i)/8 - 20
	}
	want := `[2, 20, 10] float32  min -20  mean 4.9375  max 29.8750
[0, :, :] =
       -20  -19.8750  -19.7500  …  -19.1250       -19  -18.8750
  -18.7500  -18.6250  -18.5000  …  -17.8750  -17.7500  -17.6250
  -17.5000  -17.3750  -17.2500  …  -16.6250  -16.5000  -16.3750
         ⋮         ⋮         ⋮  ⋱         ⋮         ⋮         ⋮
    1.2500    1.3750    1.5000  …    2.1250    2.2500    2.3750
    2.5000    2.6250    2.7500  …    3.3750    3.5000    3.6250
    3.7500    3.8750         4  …    4.6250    4.7500    4.8750`
	if got := x.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	nan := float32(math.NaN())
	for want, x := range map[string]*Tensor{
		"[] float32  min 2  mean 2  max 2\n  2":           From([]float32{2}),
		"[0, 3] float32  min NaN  mean NaN  max NaN":      New(0, 3),
		"[2] float32  min 1  mean NaN  max 1\n    1  NaN": From([]float32{1, nan}, 2),
		"[1] float32  min -1.50e-07  mean -1.50e-07  max -1.50e-07\n  -1.50e-07": From(
			[]float32{-1.5e-7}, 1),
	} {
		if got := x.String(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestMIMEBundle(t *testing.T) {
	bundle := From([]float32{-1, 0, 0.5, 1}, 2, 2).MIMEBundle()
	page := bundle["text/html"].(string)
	for _, want := range []string{"rgba(0,114,178,0.50)", "rgba(230,159,0,0.25)", "[2, 2] float32"} {
		if !strings.Contains(page, want) {
			t.Errorf("html lacks %q:\n%s", want, page)
		}
	}
	if strings.Count(page, "<tr>") != 2 || strings.Count(page, "<td") != 4 {
		t.Errorf("html has not 2 rows of 2 cells:\n%s", page)
	}
	if text := bundle["text/plain"].(string); !strings.HasPrefix(text, "[2, 2] float32") {
		t.Errorf("text/plain: %s", text)
	}
}
