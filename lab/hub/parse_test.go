package hub

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEnvironment(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".cache", "huggingface"), 0o777); err != nil {
		t.Fatal(err)
	}
	token := filepath.Join(home, ".cache", "huggingface", "token")
	if err := os.WriteFile(token, []byte(" hf_file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, q := range []struct {
		env  string
		want Client
	}{
		{"", Client{Cache: "H/.cache/huggingface/hub", Endpoint: PublicEndpoint, Token: "hf_file"}},
		{"XDG_CACHE_HOME=/xdg", Client{Cache: "/xdg/huggingface/hub", Endpoint: PublicEndpoint}},
		{"HF_HOME=~/hf HF_ENDPOINT=http://mirror/ HF_TOKEN=hf_env",
			Client{Cache: "H/hf/hub", Endpoint: "http://mirror", Token: "hf_env"}},
		{"HF_HOME=/a HF_HUB_CACHE=$HOME/b/$NONE", Client{Cache: "H/b/$NONE", Endpoint: PublicEndpoint}},
		{"HF_HOME=/a HUGGINGFACE_HUB_CACHE=/c", Client{Cache: "/c", Endpoint: PublicEndpoint}},
		{"HF_HOME=/a HF_HUB_OFFLINE=1 HF_HUB_DISABLE_SYMLINKS=yes HF_HUB_DISABLE_PROGRESS_BARS=True",
			Client{Cache: "/a/hub", Endpoint: PublicEndpoint, Offline: true, NoLinks: true, Quiet: true}},
		{"HF_HOME=/a TRANSFORMERS_OFFLINE=ON HF_HUB_DISABLE_SYMLINKS=0 HF_TOKEN=x " +
			"HF_HUB_DISABLE_IMPLICIT_TOKEN=1",
			Client{Cache: "/a/hub", Endpoint: PublicEndpoint, Offline: true}},
		{"HF_HOME=/a HF_TOKEN_PATH=H/.cache/huggingface/token",
			Client{Cache: "/a/hub", Endpoint: PublicEndpoint, Token: "hf_file"}},
	} {
		env := map[string]string{"HOME": home}
		for _, setting := range strings.Fields(q.env) {
			name, value, _ := strings.Cut(setting, "=")
			env[name] = strings.ReplaceAll(value, "H/", home+"/")
		}
		got := fromEnvironment(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
		if strings.HasPrefix(q.want.Cache, "H/") {
			q.want.Cache = home + q.want.Cache[1:]
		}
		if *got != q.want {
			t.Errorf("%s:\n got %+v\nwant %+v", q.env, *got, q.want)
		}
	}
}

// TestMatch: the cases are those of Python's fnmatchcase.
func TestMatch(t *testing.T) {
	for _, q := range []struct {
		pattern, name string
		want          bool
	}{
		{"*.json", "config.json", true}, {"*.json", "a/b.json", true}, {"*.json", "a.jsonl", false},
		{"config.json", "config.json", true}, {"config.json", "xconfig.json", false},
		{"a*b*c", "aXbYc", true}, {"a*b*c", "aXbY", false}, {"*", "", true}, {"", "", true},
		{"", "a", false}, {"?", "ä", true}, {"??", "ä", false}, {"[a-c]x", "bx", true},
		{"[!a-c]x", "bx", false}, {"[!a-c]x", "dx", true}, {"[]]", "]", true}, {"[", "[", true},
		{"[a", "[a", true}, {"[!]", "[!]", true}, {"[a-]", "-", true}, {"a/*", "a/b/c", true},
		{"**.txt", "x.txt", true}, {"A.json", "a.json", false}, {"*[0-9].bin", "m-01.bin", true},
	} {
		if got := match(q.pattern, q.name); got != q.want {
			t.Errorf("match(%q, %q) = %v", q.pattern, q.name, got)
		}
	}
	if !matches([]string{"onnx/"}, "onnx/a/b") || matches([]string{"onnx/"}, "b") ||
		!matches(nil, "any") {
		t.Error("patterns of folders")
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("a*[b-d]?", "axxc!")
	f.Add("[", "[")
	f.Add("*\xff*", "\xfe\xff")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		match(pattern, name)
		if !strings.ContainsAny(pattern, "*?[") && match(pattern, name) != (pattern == name) {
			t.Errorf("%q, %q", pattern, name)
		}
		if !match("*"+strings.NewReplacer("*", "?", "[", "?").Replace(name), name) {
			t.Errorf("%q does not match itself", name)
		}
	})
}

// FuzzNames: whatever passes the checks stays below its folder.
func FuzzNames(f *testing.F) {
	f.Add("a/b.json")
	f.Add("../x")
	f.Add(`W/"abc"`)
	f.Add("a\\..\\b")
	f.Fuzz(func(t *testing.T, name string) {
		s := (&Client{Cache: "/cache"}).store("a/b")
		if checkName("name", name) == nil {
			if path := s.pointer("c", name); !strings.HasPrefix(path, s.snapshot("c")+"/") {
				t.Errorf("%q leads to %s", name, path)
			}
		}
		if etag, err := cleanETag(name); err == nil {
			if filepath.Dir(s.blob(etag)) != filepath.Join(s.dir, "blobs") {
				t.Errorf("%q leads to %s", name, s.blob(etag))
			}
		}
		if checkRepo(name) == nil {
			if dir := (&Client{Cache: "/cache"}).store(name).dir; filepath.Dir(dir) != "/cache" {
				t.Errorf("%q leads to %s", name, dir)
			}
		}
	})
}

func FuzzTree(f *testing.F) {
	f.Add([]byte(`{"format_version": 1, "files": {"a": {"size": 1, "blob_id": "x", "lfs_size": 3}}}`))
	f.Add([]byte(`{"format_version": 2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		tree := parseTree(text)
		_, _ = tree.matching(nil)
		_ = tree.noMatch(store{}, "", nil)
		nextPage(string(text))
	})
}
