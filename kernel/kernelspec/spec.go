package kernelspec

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// What the kernel is called where nobody says otherwise; the lessons ask for the name.
const (
	DefaultName        = "cliplab"
	DefaultDisplayName = "Go (cliplab)"
)

// protocol is the version of the messaging specification that the kernel speaks.
const protocol = "5.5"

// Spec is what kernel.json says.
type Spec struct {
	Argv            []string          `json:"argv"`
	DisplayName     string            `json:"display_name"`
	Language        string            `json:"language"`
	InterruptMode   string            `json:"interrupt_mode"`
	ProtocolVersion string            `json:"kernel_protocol_version,omitempty"`
	Env             map[string]string `json:"env"`
	Metadata        map[string]any    `json:"metadata"`
}

// New returns the spec that starts the kernel in the binary at an absolute path.
func New(binary, displayName, version string, env map[string]string) *Spec {
	if displayName == "" {
		displayName = DefaultDisplayName
	}
	if env == nil {
		env = map[string]string{}
	}
	return &Spec{
		Argv:            []string{binary, "kernel", "{connection_file}"},
		DisplayName:     displayName,
		Language:        "go",
		InterruptMode:   "message", // a signal would also reach what a cell started
		ProtocolVersion: protocol,
		Env:             env,
		Metadata: map[string]any{
			"cliplab":  map[string]any{"version": version}, // that the spec is ours
			"debugger": false,
			// jupyter_client 8.9 gives CURVE keys to kernels that say so.
			"supported_encryption": "curve",
		},
	}
}

// Ours says that this program wrote the spec.
func (s *Spec) Ours() bool {
	_, ok := s.Metadata["cliplab"]
	return ok
}

// text is kernel.json.
func (s *Spec) text() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(s); err != nil {
		panic(err) // impossible: strings and a bool
	}
	return b.Bytes()
}

// Read reads the spec in a folder. The error is [os.ErrNotExist] if there is none.
func Read(dir string) (*Spec, error) {
	text, err := os.ReadFile(filepath.Join(dir, "kernel.json"))
	if err != nil {
		return nil, err
	}
	s := new(Spec)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("kernelspec: %s: %w", filepath.Join(dir, "kernel.json"), err)
	}
	return s, nil
}

// CheckName returns the name as Jupyter keeps it, in lower case, or what is wrong with it.
func CheckName(name string) (string, error) {
	lower := strings.ToLower(name)
	for i, c := range lower {
		ok := c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' ||
			i > 0 && (c == '-' || c == '.') // in front they hide or mislead
		if !ok {
			lower = ""
			break
		}
	}
	if lower == "" || len(lower) > 100 {
		return "", fmt.Errorf("kernelspec: the name %q is none for a kernel; letters, digits, "+
			"'-', '.' and '_' are allowed, such as %s", name, DefaultName)
	}
	return lower, nil
}

// ParseEnv reads K=V pairs.
func ParseEnv(pairs []string) (map[string]string, error) {
	env := map[string]string{}
	for _, p := range pairs {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" || strings.ContainsAny(name, " \t\n\x00") ||
			strings.Contains(value, "\x00") {
			return nil, fmt.Errorf("kernelspec: %q sets no variable; write NAME=VALUE", p)
		}
		env[name] = value
	}
	return env, nil
}

//go:embed logo
var logos embed.FS

// files are what the folder of a spec holds, by name.
func (s *Spec) files() (map[string][]byte, error) {
	all := map[string][]byte{"kernel.json": s.text()}
	var failed error
	for _, name := range []string{"logo-32x32.png", "logo-64x64.png", "logo-svg.svg"} {
		b, err := logos.ReadFile("logo/" + name)
		all[name], failed = b, errors.Join(failed, err)
	}
	return all, failed
}
