package jpeg

import (
	"os"
	"testing"
)

// BenchmarkDecode decodes a file of one's own: JPEG=photo.jpg go test -bench Decode.
func BenchmarkDecode(b *testing.B) {
	name := os.Getenv("JPEG")
	if name == "" {
		name = "testdata/420-q50.jpg"
	}
	data, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}
