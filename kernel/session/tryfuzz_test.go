package session_test

import (
	"context"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"cliplab/kernel/engine"
)

func TestTryFuzz(t *testing.T) {
	if os.Getenv("TRYFUZZ") == "" {
		t.Skip()
	}
	var seeds []string
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, f := range files {
		a, _ := txtar.ParseFile(f)
		for _, m := range a.Files {
			if m.Name == "cell" {
				seeds = append(seeds, string(m.Data))
			}
		}
	}
	seeds = append(seeds, strangeCells...)
	var lines []string
	for _, s := range seeds {
		lines = append(lines, strings.Split(s, "\n")...)
	}
	r := rand.New(rand.NewSource(time.Now().UnixNano()))
	end := time.Now().Add(70 * time.Second)
	cells, bad := 0, 0
	var compiled int
	for time.Now().Before(end) {
		s := newSession()
		var hist []string
		for range 12 {
			var src string
			switch r.Intn(4) {
			case 0:
				src = seeds[r.Intn(len(seeds))]
			case 1:
				src = seeds[r.Intn(len(seeds))] + "\n" + lines[r.Intn(len(lines))]
			case 2:
				n := 1 + r.Intn(4)
				for range n {
					src += lines[r.Intn(len(lines))] + "\n"
				}
			case 3:
				b := strings.Fields(seeds[r.Intn(len(seeds))])
				if len(b) > 2 {
					i := r.Intn(len(b))
					f := strings.Fields(seeds[r.Intn(len(seeds))])
					if len(f) > 0 {
						b[i] = f[r.Intn(len(f))]
					}
				}
				src = strings.Join(b, " ")
			}
			if strings.Contains(src, "os.") || strings.Contains(src, "1<<") || strings.Contains(src, "append") {
				continue
			}
			hist = append(hist, src)
			ctx, cancel := context.WithTimeout(context.Background(), 60*time.Millisecond)
			x := engine.NewExec(ctx)
			x.Stdout, x.Stderr = io.Discard, io.Discard
			x.OnPanic(func(*engine.Panic) {})
			hard := time.AfterFunc(400*time.Millisecond, x.Interrupt)
			harder := time.AfterFunc(500*time.Millisecond, x.Interrupt)
			dog := time.AfterFunc(5*time.Second, func() { fmt.Printf("HANG\n%s\n", strings.Join(hist, "\n---\n")); os.Exit(3) })
			_, err := s.Execute(src, x)
			dog.Stop()
			traceback(err)
			hard.Stop()
			harder.Stop()
			cancel()
			cells++
			if err == nil {
				compiled++
			}
			if err != nil {
				m := err.Error()
				if strings.Contains(m, "compiler failed") || strings.Contains(m, "settle") || strings.Contains(m, "engine:") || strings.Contains(m, "·") || strings.Contains(m, "is not loaded") {
					bad++
					if bad < 8 {
						fmt.Printf("BAD %s\n%s\n=======\n", m, strings.Join(hist, "\n---\n"))
					}
				}
			}
		}
		if _, err := s.Execute("1+1", engine.NewExec(context.Background())); err != nil {
			fmt.Println("END", err)
		}
	}
	fmt.Println("cells", cells, "ok", compiled, "bad", bad)
}
