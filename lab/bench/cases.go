package bench

import (
	"fmt"
	"slices"
	"strings"
)

// Kinds of work.
const (
	Image     = "image"     // pictures to features
	Text      = "text"      // captions to features
	Gemm      = "gemm"      // a matrix product
	Attention = "attention" // the attention of all heads
	Open      = "open"      // a checkpoint to the first feature
	JPEG      = "jpeg"      // a file to what the image tower reads
	Step      = "step"      // a step of training
)

// Case is a piece of work that both sides can do. It goes to workers as JSON.
type Case struct {
	Name      string  `json:"name"`  // as in image/bf16/8
	Group     string  `json:"group"` // encoders, gemm, open, jpeg, step
	Title     string  `json:"title"`
	Kind      string  `json:"kind"`
	Precision string  `json:"precision"` // f32, bf16, i8
	Peer      string  `json:"peer"`      // the peer's precision
	Batch     int     `json:"batch"`
	Tokens    int     `json:"tokens"`
	Width     int     `json:"width"`
	Heads     int     `json:"heads"`
	M         int     `json:"m"`
	N         int     `json:"n"`
	K         int     `json:"k"`
	Form      string  `json:"form"` // AB, ABᵀ, AᵀB, packed
	Model     string  `json:"model"`
	Against   string  `json:"against"` // the only peer of this case; "" is whoever is fastest
	Must      float64 `json:"must"`    // the peer's time over ours; 0 is for information
	Least     float64 `json:"least"`   // cosine to the outputs in fp32
	Large     bool    `json:"large"`
}

// Groups are the names that the command takes, in its order.
var Groups = []string{"encoders", "gemm", "open", "jpeg", "step"}

// Cases are all cases, in the order of the table.
func Cases() []Case {
	return slices.Concat(encoders(), products(), opening(), training())
}

// Select picks the cases of some groups; "all" is every group. Pattern keeps those whose name
// contains it. Large ones are for who asks.
func Select(groups []string, pattern string, large bool) ([]Case, error) {
	for _, g := range groups {
		if g != "all" && !slices.Contains(Groups, g) {
			return nil, fmt.Errorf("bench: no group %q; there are %s and all", g,
				strings.Join(Groups, ", "))
		}
	}
	var picked []Case
	for _, c := range Cases() {
		wanted := slices.Contains(groups, c.Group) || slices.Contains(groups, "all")
		if wanted && strings.Contains(c.Name, pattern) && (large || !c.Large) {
			picked = append(picked, c)
		}
	}
	if len(picked) == 0 {
		return nil, fmt.Errorf("bench: no case of %s has %q in its name",
			strings.Join(groups, ", "), pattern)
	}
	return picked, nil
}

// encoders are ViT-B/32's towers. ONNX Runtime has no bf16 on CPUs: there its peer is fp32.
func encoders() []Case {
	var list []Case
	for _, p := range []struct {
		precision, peer string
		least           float64
		must            [3]float64
	}{
		{"f32", "f32", 0.999999, [3]float64{1.5, 1.15, 1.2}},
		{"bf16", "f32", 0.9999, [3]float64{2.8, 2.1, 2.2}},
		{"i8", "i8", 0, [3]float64{1.2, 1.2, 1.2}},
	} {
		for i, batch := range []int{1, 8, 32} {
			list = append(list, Case{Name: fmt.Sprintf("image/%s/%d", p.precision, batch),
				Group: "encoders", Title: fmt.Sprintf("ViT-B/32 images, %s, batch %d",
					shown[p.precision], batch), Kind: Image, Precision: p.precision, Peer: p.peer,
				Batch: batch, Must: p.must[i], Least: p.least})
		}
	}
	for _, t := range []struct {
		tokens int
		must   [2]float64
	}{{77, [2]float64{1.35, 1.25}}, {16, [2]float64{2.0, 1.15}}} {
		for i, batch := range []int{1, 32} {
			list = append(list, Case{Name: fmt.Sprintf("text/%d/%d", t.tokens, batch),
				Group: "encoders", Title: fmt.Sprintf("texts of %d tokens, fp32, batch %d", t.tokens,
					batch), Kind: Text, Precision: "f32", Peer: "f32", Batch: batch,
				Tokens: t.tokens, Must: t.must[i], Least: 0.999999})
		}
	}
	return list
}

var shown = map[string]string{"f32": "fp32", "bf16": "bf16", "i8": "int8"}

// products are those of ViT-B/32's layers at 32 pictures: forward (ABᵀ), and in back-propagation
// those of inputs (AB) and of weights (AᵀB). OpenBLAS computes in fp32.
func products() []Case {
	var list []Case
	for _, s := range []struct {
		form, precision string
		m, n, k         int
		must            float64
	}{
		{"ABᵀ", "f32", 1600, 768, 768, 1}, {"AB", "f32", 1600, 768, 768, 1},
		{"AᵀB", "f32", 768, 768, 1600, 1},
		{"ABᵀ", "f32", 1600, 3072, 768, 1}, {"ABᵀ", "f32", 1600, 768, 3072, 1},
		{"AB", "f32", 1600, 768, 3072, 1}, {"AᵀB", "f32", 3072, 768, 1600, 1},
		{"packed", "f32", 1600, 768, 768, 1}, {"packed", "f32", 1600, 3072, 768, 1},
		{"packed", "bf16", 1600, 768, 768, 2}, {"packed", "bf16", 1600, 3072, 768, 2},
	} {
		list = append(list, Case{
			Name:  fmt.Sprintf("gemm/%s/%s/%dx%dx%d", s.form, s.precision, s.m, s.n, s.k),
			Group: "gemm", Title: fmt.Sprintf("product %s %d×%d×%d, %s", s.form, s.m, s.n, s.k,
				shown[s.precision]), Kind: Gemm, Form: s.form, Precision: s.precision, Peer: "f32",
			M: s.m, N: s.n, K: s.k, Must: s.must})
	}
	for _, s := range []struct {
		form, title          string
		tokens, width, heads int
		must                 float64
	}{
		{"products", "attention's products", 50, 768, 12, 2},
		{"products", "attention's products", 77, 512, 8, 2},
		{"softmax", "attention, peer's softmax by NumPy", 50, 768, 12, 0},
		{"softmax", "attention, peer's softmax by NumPy", 77, 512, 8, 0},
	} {
		for _, batch := range []int{1, 32} {
			list = append(list, Case{
				Name:  fmt.Sprintf("attention/%s/%d/%d", s.form, s.tokens, batch),
				Group: "gemm", Title: fmt.Sprintf("%s, %d tokens, batch %d", s.title, s.tokens, batch),
				Kind: Attention, Form: s.form, Precision: "f32", Peer: "f32", Batch: batch,
				Tokens: s.tokens, Width: s.width, Heads: s.heads, Must: s.must})
		}
	}
	return list
}

func opening() []Case {
	var list []Case
	for _, p := range []string{"f32", "bf16"} {
		list = append(list, Case{Name: "open/" + p, Group: "open", Title: fmt.Sprintf(
			"open the vision tower, first feature, %s", shown[p]), Kind: Open, Precision: p,
			Peer: "f32", Batch: 1, Must: 1})
	}
	return append(list, Case{Name: "jpeg", Group: "jpeg", Title: "JPEG 640×480 to [3, 224, 224]",
		Kind: JPEG, Precision: "f32", Peer: "f32", Must: 1})
}

// training are steps of training, each beside PyTorch, Gorgonia's own ops and GoMLX. The first
// losses of both sides must agree to 1e-4 of them.
func training() []Case {
	var list []Case
	for _, m := range []struct {
		name  string
		batch int
		large bool
	}{{"S", 32, false}, {"M", 64, false}, {"ViT-B/32", 32, true}} {
		for _, p := range []struct {
			against string
			must    float64
		}{{pytorch, 1}, {gorgonia, 15}, {gomlx, 0}} {
			list = append(list, Case{Name: "step/" + m.name + "/" + p.against, Group: "step",
				Title: fmt.Sprintf("step of %s, batch %d", m.name, m.batch), Kind: Step,
				Precision: "f32", Peer: "f32", Batch: m.batch, Model: m.name, Against: p.against,
				Must: p.must, Least: 0.9999, Large: m.large})
		}
	}
	return list
}
