package fetch

import (
	"bufio"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/module"
)

// What the go command does when nothing is set.
const (
	goDomain     = "golang.org" // of the Go project, which runs both
	defaultProxy = "https://proxy." + goDomain + ",direct"
	defaultSumDB = "sum." + goDomain
)

// settings are the variables of the go command that matter here.
type settings struct {
	proxies []source
	noProxy string // patterns of modules that no proxy knows
	noSum   string // patterns of modules that the checksum database does not know
	sumDB   string
	cache   string
	config  string // folder of the checksum database's tree
	tags    []string
}

// source is one entry of GOPROXY.
type source struct {
	url     string // or "direct" or "off"
	onError bool   // the next is asked after any error, not only when the module is unknown
}

// read reads settings from the environment, then from the file that `go env -w` writes.
func read(env func(string) string) settings {
	file := envFile(env)
	get := func(name, missing string) string {
		if v := env(name); v != "" {
			return v
		}
		if v := file[name]; v != "" {
			return v
		}
		return missing
	}
	private := get("GOPRIVATE", "")
	s := settings{
		proxies: parseProxies(get("GOPROXY", defaultProxy)),
		noProxy: get("GONOPROXY", private),
		noSum:   get("GONOSUMDB", private),
		sumDB:   get("GOSUMDB", defaultSumDB),
		tags:    parseTags(get("GOFLAGS", "")),
	}
	gopath := filepath.SplitList(get("GOPATH", ""))
	if len(gopath) == 0 {
		home, err := os.UserHomeDir()
		if err != nil {
			home = os.TempDir()
		}
		gopath = []string{filepath.Join(home, "go")}
	}
	s.cache = get("GOMODCACHE", filepath.Join(gopath[0], "pkg", "mod"))
	s.config = filepath.Join(gopath[0], "pkg", "sumdb")
	return s
}

// parseTags finds the build tags among GOFLAGS; the other flags are about building programs.
func parseTags(flags string) []string {
	var tags []string
	for _, flag := range strings.Fields(flags) {
		flag = strings.TrimPrefix(strings.Trim(flag, `'"`), "-")
		if list, ok := strings.CutPrefix(strings.TrimPrefix(flag, "-"), "tags="); ok {
			tags = strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
		}
	}
	return tags
}

// envFile reads the file of `go env -w`; that of the go command's own folder is left out,
// since a kernel has no such folder.
func envFile(env func(string) string) map[string]string {
	name := env("GOENV")
	if name == "off" {
		return nil
	}
	if name == "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return nil
		}
		name = filepath.Join(dir, "go", "env")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	vars := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if key, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			vars[key] = value
		}
	}
	return vars
}

// parseProxies reads a GOPROXY list: a comma goes on when a module is unknown, a bar after
// any error.
func parseProxies(list string) []source {
	var out []source
	for list != "" {
		end := strings.IndexAny(list, ",|")
		item, bar := list, false
		if end >= 0 {
			item, bar = list[:end], list[end] == '|'
			list = list[end+1:]
		} else {
			list = ""
		}
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, source{strings.TrimSuffix(item, "/"), bar})
		}
	}
	return out
}

// sources are those to ask for a module.
func (s *settings) sources(path string) []source {
	if module.MatchPrefixPatterns(s.noProxy, path) {
		if len(s.proxies) > 0 && s.proxies[0].url == "off" {
			return s.proxies[:1]
		}
		return []source{{url: "direct"}}
	}
	return s.proxies
}

// checksums tells whether the checksum database answers for a module.
func (s *settings) checksums(path string) bool {
	return s.sumDB != "off" && !module.MatchPrefixPatterns(s.noSum, path)
}

// fileOf is the path that a file URL names.
func fileOf(url string) (string, bool) {
	name, ok := strings.CutPrefix(url, "file://")
	if !ok {
		return "", false
	}
	if runtime.GOOS == "windows" {
		name = strings.TrimPrefix(name, "/")
	}
	return filepath.FromSlash(name), true
}
