package bulk

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sync"

	"cliplab/lab/cores"
)

// readFloats reads n float32 of a file into memory.
func readFloats(f *os.File, start int64, n int) ([]float32, error) {
	values := make([]float32, n)
	r := bufio.NewReaderSize(io.NewSectionReader(f, start, int64(n)*4), 1<<20)
	var word [4]byte
	for i := range values {
		if _, err := io.ReadFull(r, word[:]); err != nil {
			return nil, err
		}
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(word[:]))
	}
	return values, nil
}

// Hit is a row that is near to a question.
type Hit struct {
	Row    int
	Cosine float64
}

// Search gives the k rows with the largest cosines to the query, best first; of equal ones the
// earlier row. Rows without a direction (zeros, NaN) are no hits.
//
//	query [Dim]  any length but 0
//
// It goes through the whole file on all processors, at the speed of memory.
func (f *Features) Search(query []float32, k int) ([]Hit, error) {
	if len(query) != f.Dim {
		return nil, fmt.Errorf("bulk: a query of %d dimensions for features of %d in %s; was "+
			"another model used?", len(query), f.Dim, f.Path)
	}
	if k < 1 {
		return nil, fmt.Errorf("bulk: a search for %d rows", k)
	}
	norm := math.Sqrt(float64(dot(query, query)))
	if !(norm > 0) || math.IsInf(norm, 0) {
		return nil, fmt.Errorf("bulk: the query has length %v and so no direction", norm)
	}
	n := max(min(cores.Count(), f.Rows/1000), 1)
	parts, errs := make([]best, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range parts {
		wg.Go(func() {
			parts[i].most = k
			errs[i] = f.look(func() { f.scan(&parts[i], query, norm, i*f.Rows/n, (i+1)*f.Rows/n) })
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("bulk: features: %w", err)
	}
	all := best{most: k}
	for _, p := range parts {
		for _, hit := range p.hits {
			all.add(hit)
		}
	}
	return all.hits, nil
}

// scan looks at the rows from..to.
func (f *Features) scan(b *best, query []float32, norm float64, from, to int) {
	for row := from; row < to; row++ {
		x := f.Row(row)
		cosine := float64(dot(x, query)) / norm
		if !f.Settings.Unit {
			cosine /= math.Sqrt(float64(dot(x, x)))
		}
		if len(b.hits) < b.most || cosine > b.hits[len(b.hits)-1].Cosine {
			if !math.IsNaN(cosine) {
				b.add(Hit{row, cosine})
			}
		}
	}
}

// best keeps the best hits, sorted.
type best struct {
	hits []Hit
	most int
}

func (b *best) add(h Hit) {
	at, _ := slices.BinarySearchFunc(b.hits, h, func(a, h Hit) int {
		if a.Cosine > h.Cosine || a.Cosine == h.Cosine && a.Row < h.Row {
			return -1
		}
		return 1
	})
	if at >= b.most {
		return
	}
	if len(b.hits) == b.most {
		b.hits = b.hits[:b.most-1]
	}
	b.hits = slices.Insert(b.hits, at, h)
}

// dot is Σₖ aₖ·bₖ in four sums, which the processor adds at the same time. It is as fast as
// memory: vector instructions were measured and gained nothing.
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	k := 0
	for ; k+4 <= len(a); k += 4 {
		s0 += a[k] * b[k]
		s1 += a[k+1] * b[k+1]
		s2 += a[k+2] * b[k+2]
		s3 += a[k+3] * b[k+3]
	}
	for ; k < len(a); k++ {
		s0 += a[k] * b[k]
	}
	return (s0 + s1) + (s2 + s3)
}
