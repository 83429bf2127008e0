package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// maxList bounds the list of the versions of a module and the description of one.
const maxList = 8 << 20

// info is what a proxy tells of a version.
type info struct {
	Version string
	Time    time.Time
}

// Resolve finds the version of a module that a query means: an exact version, latest (also
// ""), a prefix as v1 or v1.2, or a branch or commit.
func (f *Fetcher) Resolve(ctx context.Context, path, query string) (string, error) {
	if err := checkPath(path); err != nil {
		return "", err
	}
	switch {
	case query == "" || query == "latest" || query == "upgrade" || query == "patch":
		return f.newest(ctx, path, "")
	case strings.ContainsAny(query, "<>= "):
		return "", fmt.Errorf("fetch: %s@%s: comparisons are not understood; name a version, "+
			"a prefix as v1.2, latest, a branch or a commit", path, query)
	case semver.IsValid(query) && semver.Canonical(query) != query &&
		semver.Build(query) == "" && semver.Prerelease(query) == "":
		return f.newest(ctx, path, query+".")
	case semver.Canonical(query) == query && module.Check(path, query) == nil && f.has(path, query):
		return query, nil
	}
	return f.named(ctx, path, query)
}

// has tells whether a version is in the cache.
func (f *Fetcher) has(path, version string) bool {
	file, err := name(module.Version{Path: path, Version: version}, ".mod")
	if err != nil {
		return false
	}
	_, ok := f.cache.find(file)
	return ok
}

// named asks for one version, branch or commit.
func (f *Fetcher) named(ctx context.Context, path, query string) (string, error) {
	m := module.Version{Path: path, Version: query}
	if err := module.CheckFilePath(strings.ReplaceAll(query, "/", "-")); err != nil {
		return "", fmt.Errorf("fetch: %s@%s is not a version: %w", path, query, err)
	}
	if strings.Contains(query, "/") { // the protocol has no such names
		return f.resolveDirect(ctx, path, query)
	}
	data, err := f.load(ctx, path, fileName(m, ".info"), maxList)
	if errors.Is(err, errDirect) {
		return f.resolveDirect(ctx, path, query)
	}
	if err != nil {
		return "", f.failed(m, err)
	}
	return f.described(path, data)
}

// described reads what a proxy tells of a version, and keeps it.
func (f *Fetcher) described(path string, data []byte) (string, error) {
	v, err := parseInfo(path, data)
	if err != nil {
		return "", err
	}
	if file, err := name(module.Version{Path: path, Version: v}, ".info"); err == nil {
		_ = f.cache.write(file, data) // of use to the go command only
	}
	return v, nil
}

func parseInfo(path string, data []byte) (string, error) {
	var i info
	if err := json.Unmarshal(data, &i); err != nil {
		return "", fmt.Errorf("fetch: what the proxy tells of %s is not JSON: %w", path, err)
	}
	if err := module.Check(path, i.Version); err != nil {
		return "", fmt.Errorf("fetch: the proxy offers %q as a version of %s: %w", i.Version, path, err)
	}
	return i.Version, nil
}

// newest is the highest version that starts with prefix, releases before others. If nobody
// can be asked it is the highest in the cache.
func (f *Fetcher) newest(ctx context.Context, path, prefix string) (string, error) {
	data, err := f.load(ctx, path, "@v/list", maxList)
	if errors.Is(err, errDirect) {
		query := strings.TrimSuffix(prefix, ".")
		if query == "" {
			query = "latest"
		}
		return f.resolveDirect(ctx, path, query)
	}
	if err != nil && !errors.Is(err, ErrUnknown) {
		if v := f.newestCached(path, prefix); v != "" && ctx.Err() == nil {
			if !f.offline {
				f.log(fmt.Sprintf("go: %s: %v; %s is in the module cache", path, err, v))
			}
			return v, nil
		}
		return "", fmt.Errorf("fetch: %s is not in the module cache: %w", path, err)
	}
	list := parseList(path, prefix, data)
	if v := f.best(ctx, path, list); v != "" {
		return v, nil
	}
	if prefix != "" {
		return "", fmt.Errorf("fetch: %s has no version %s* (%d others): %w",
			path, prefix, len(parseList(path, "", data)), ErrUnknown)
	}
	data, err = f.load(ctx, path, "@latest", maxList)
	if err != nil {
		return "", err
	}
	return f.described(path, data)
}

// parseList reads the versions in a list, highest first.
func parseList(path, prefix string, data []byte) []string {
	var out []string
	for _, line := range strings.Split(string(data), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || !strings.HasPrefix(fields[0], prefix) {
			continue
		}
		v := fields[0]
		if module.Check(path, v) == nil && !module.IsPseudoVersion(v) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return semver.Compare(b, a) })
	return slices.Compact(out)
}

// best picks from versions, highest first: releases before pre-releases, those with a
// go.mod file before +incompatible ones, and none that was retracted.
func (f *Fetcher) best(ctx context.Context, path string, list []string) string {
	var releases, incompatible, others []string
	for _, v := range list {
		switch {
		case semver.Prerelease(v) != "":
			others = append(others, v)
		case strings.HasSuffix(v, "+incompatible"):
			incompatible = append(incompatible, v)
		default:
			releases = append(releases, v)
		}
	}
	retracted := f.retracted(ctx, path, slices.Concat(releases, others))
	if len(releases) > 0 && len(incompatible) > 0 {
		data, err := f.Mod(ctx, module.Version{Path: path, Version: releases[0]})
		if err == nil && strings.TrimSpace(string(data)) == "module "+path {
			releases = nil // older than modules
		}
	}
	for _, v := range slices.Concat(releases, incompatible, others) {
		if !retracted(v) {
			return v
		}
	}
	return ""
}

// retracted reads from the highest version which ones should not be used.
func (f *Fetcher) retracted(ctx context.Context, path string, list []string) func(string) bool {
	none := func(string) bool { return false }
	if len(list) == 0 {
		return none
	}
	data, err := f.Mod(ctx, module.Version{Path: path, Version: list[0]})
	if err != nil {
		return none
	}
	file, err := modfile.ParseLax("go.mod", data, nil)
	if err != nil {
		return none
	}
	return func(v string) bool {
		return slices.ContainsFunc(file.Retract, func(r *modfile.Retract) bool {
			return semver.Compare(r.Low, v) <= 0 && semver.Compare(v, r.High) <= 0
		})
	}
}

// newestCached is the highest version whose archive is in the cache.
func (f *Fetcher) newestCached(path, prefix string) string {
	escaped, err := module.EscapePath(path)
	if err != nil {
		return ""
	}
	var list []string
	for _, root := range f.cache.roots {
		names, _ := filepath.Glob(filepath.Join(root, filepath.FromSlash(escaped), "@v", "*.ziphash"))
		for _, file := range names {
			v, err := module.UnescapeVersion(strings.TrimSuffix(filepath.Base(file), ".ziphash"))
			if err != nil || !strings.HasPrefix(v, prefix) || module.Check(path, v) != nil {
				continue
			}
			if _, err := os.Stat(strings.TrimSuffix(file, "hash")); err == nil {
				list = append(list, v)
			}
		}
	}
	slices.SortFunc(list, func(a, b string) int { return semver.Compare(b, a) })
	for _, v := range list {
		if semver.Prerelease(v) == "" {
			return v
		}
	}
	if len(list) > 0 {
		return list[0]
	}
	return ""
}
