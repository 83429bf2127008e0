package docker

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// find returns what the first group of a pattern has in a file.
func find(t *testing.T, name, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(read(t, name))
	if m == nil {
		t.Fatalf("%s: nothing matches %s", name, pattern)
	}
	return m[1]
}

// TestGo: the image compiles with the language version of the module, in a release.
func TestGo(t *testing.T) {
	module := find(t, "../go.mod", `(?m)^go (\d+\.\d+)`)
	if image := find(t, "Dockerfile", `ARG GO_VERSION=(\S+)`); !strings.HasPrefix(image, module+".") {
		t.Errorf("the image has Go %s, go.mod wants %s", image, module)
	}
}

// TestPins: every package that is asked for is pinned, and everything pinned has a checksum.
func TestPins(t *testing.T) {
	pin := regexp.MustCompile(`(?m)^[a-z0-9-]+==\S+`)
	for _, name := range []string{"requirements", "cuda"} {
		locked := read(t, name+".txt")
		for line := range strings.Lines(read(t, name+".in")) {
			line = strings.TrimSpace(line)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			if !pin.MatchString(line) || !strings.Contains("\n"+locked, "\n"+line+" \\\n") {
				t.Errorf("%s.in: %s is not what %s.txt has; run the command in its head",
					name, line, name)
			}
		}
		for _, p := range pin.FindAllString(locked, -1) {
			if !strings.Contains(locked, p+" \\\n    --hash=sha256:") {
				t.Errorf("%s.txt: %s has no checksum", name, p)
			}
		}
	}
	python := find(t, "Dockerfile", `ARG PYTHON_VERSION=(\S+)`)
	if locked := find(t, "requirements.in", `--python-version (\S+)`); locked != python {
		t.Errorf("the image has Python %s, requirements.txt is for %s", python, locked)
	}
}

// TestShut: the image runs as a learner, and only this machine can connect.
func TestShut(t *testing.T) {
	for _, name := range []string{"Dockerfile", "cuda.Dockerfile"} {
		users := regexp.MustCompile(`(?m)^USER (\S+)`).FindAllStringSubmatch(read(t, name), -1)
		if len(users) == 0 || users[len(users)-1][1] != "1000" {
			t.Errorf("%s: users %v, the last must be 1000", name, users)
		}
	}
	ports := regexp.MustCompile(`(?m)^\s+- "(\S+):8888"$`).FindAllStringSubmatch(
		read(t, "compose.yaml"), -1)
	if len(ports) != 1 || !strings.HasPrefix(ports[0][1], "127.0.0.1:") {
		t.Errorf("compose.yaml publishes %v", ports)
	}
}
