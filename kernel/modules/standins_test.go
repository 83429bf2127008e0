package modules_test

import (
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"testing"
)

// Stand-ins with an algorithm give what the standard library gives.
func TestStandinsAgree(t *testing.T) {
	nb := open(t, `
-- example.org/keys@v1.0.0/go.mod --
module example.org/keys

go 1.24
-- example.org/keys@v1.0.0/keys.go --
package keys

import (
	"crypto/fips140"
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
)

func All(n int) string {
	a, err := hkdf.Key(sha256.New, []byte("secret"), nil, "info", n)
	b, err2 := pbkdf2.Key(sha256.New, "password", []byte("salt"), 3, n)
	return fmt.Sprintf("%x %v %x %v %v", a, err, b, err2, fips140.Enabled())
}
`)
	if got := nb.run("%go get example.org/keys"); got != "go: downloading example.org/keys v1.0.0\n"+
		"go: added example.org/keys v1.0.0\n" {
		t.Fatal(got)
	}
	for _, n := range []int{1, 32, 33, 100} {
		a, err := hkdf.Key(sha256.New, []byte("secret"), nil, "info", n)
		b, err2 := pbkdf2.Key(sha256.New, "password", []byte("salt"), 3, n)
		want := fmt.Sprintf("= %x %v %x %v false\n", a, err, b, err2)
		if got := nb.run(fmt.Sprintf("import \"example.org/keys\"\nkeys.All(%d)", n)); got != want {
			t.Errorf("%d bytes: %s, want %s", n, got, want)
		}
	}
}
