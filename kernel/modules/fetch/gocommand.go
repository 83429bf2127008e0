package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/mod/module"
)

// Modules that no proxy serves are fetched with version control, which the go command knows
// how to do.

// downloaded is what `go mod download -json` tells.
type downloaded struct {
	Version, Error, GoMod, Zip, Sum, GoModSum string
}

// direct has the go command fetch a module version, branch or commit into the cache.
func (f *Fetcher) direct(ctx context.Context, path, query string) (*downloaded, error) {
	if f.offline {
		return nil, ErrOffline
	}
	command, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("fetch: %s@%s: no proxy has it (GOPROXY) and version control "+
			"needs a go command, of which there is none: %w", path, query, ErrUnknown)
	}
	dir, err := os.MkdirTemp("", "cliplab-get-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(dir+"/go.mod", []byte("module session\n"), 0o666); err != nil {
		return nil, err
	}
	f.log(fmt.Sprintf("go: asking version control for %s %s", path, query))
	cmd := exec.CommandContext(ctx, command, "mod", "download", "-json", path+"@"+query)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local",
		"GIT_TERMINAL_PROMPT=0", "GOWORK=off", "GOPROXY=direct", "GOMODCACHE="+f.set.cache,
		"GOSUMDB="+f.set.sumDB, "GONOSUMDB="+f.set.noSum, "GONOPROXY="+f.set.noProxy)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	runErr := cmd.Run()
	d := &downloaded{}
	if err := json.Unmarshal(out.Bytes(), d); err != nil || d.Error != "" || runErr != nil {
		text := d.Error
		if text == "" {
			text = strings.TrimSpace(said.String())
		}
		return nil, fmt.Errorf("fetch: %s@%s: %w: %s", path, query, ErrUnknown, text)
	}
	m := module.Version{Path: path, Version: d.Version}
	if err := module.Check(path, d.Version); err != nil {
		return nil, err
	}
	if err := f.verify(ctx, m, "/go.mod", d.GoModSum); err != nil {
		return nil, err
	}
	return d, f.verify(ctx, m, "", d.Sum)
}

func (f *Fetcher) resolveDirect(ctx context.Context, path, query string) (string, error) {
	d, err := f.direct(ctx, path, query)
	if err != nil {
		return "", err
	}
	return d.Version, nil
}

func (f *Fetcher) modDirect(ctx context.Context, m module.Version) ([]byte, error) {
	d, err := f.direct(ctx, m.Path, m.Version)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(d.GoMod)
}

func (f *Fetcher) zipDirect(ctx context.Context, m module.Version) (string, error) {
	d, err := f.direct(ctx, m.Path, m.Version)
	if err != nil {
		return "", err
	}
	return d.Zip, nil
}
