package hub

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// Names come from callers, from the hub's answers and from repositories that anybody may have
// made. All of them become paths, so all of them pass here first.

var (
	repoName   = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?$`)
	commitHash = regexp.MustCompile(`^[0-9a-f]{40}$`)
	blobName   = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$`)
)

// checkRepo wants "name" or "owner/name", by the hub's own rules.
func checkRepo(repo string) error {
	owner, name, two := strings.Cut(repo, "/")
	ok := repoName.MatchString(owner) && (!two || repoName.MatchString(name))
	if !ok || strings.Contains(repo, "--") || strings.Contains(repo, "..") ||
		strings.HasSuffix(repo, ".git") {
		return fmt.Errorf("hub: %q is no name of a repository; want owner/name, of letters, "+
			"digits, dots, dashes and underlines", repo)
	}
	return nil
}

// folder is where the cache keeps a repository: models--owner--name.
func folder(repo string) string { return "models--" + strings.ReplaceAll(repo, "/", "--") }

// checkName wants a relative path with slashes that stays below its folder on every system.
func checkName(what, name string) error {
	bad := name == "" || len(name) > 1000 || !filepath.IsLocal(filepath.FromSlash(name))
	for part := range strings.SplitSeq(name, "/") {
		bad = bad || part == "" || part == "." || part == ".." || len(part) > 255
	}
	bad = bad || strings.ContainsFunc(name, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == '\\' || r == ':' // drives and streams of Windows
	})
	if bad {
		return fmt.Errorf("hub: %s %q would lead out of the cache, or is no name on some system",
			what, name)
	}
	return nil
}

func checkCommit(commit string) error {
	if !commitHash.MatchString(commit) {
		return fmt.Errorf("hub: the hub names the commit %.60q, want 40 hexadecimal digits; "+
			"if HF_ENDPOINT is set, does it point to a hub?", commit)
	}
	return nil
}

// cleanETag turns a header into the name of a blob: W/"abc" and "abc" are abc.
func cleanETag(header string) (string, error) {
	etag := strings.Trim(strings.TrimPrefix(header, "W/"), `"`)
	if !blobName.MatchString(etag) || strings.HasSuffix(etag, ".incomplete") {
		return "", fmt.Errorf("hub: the hub gives the ETag %.60q, which cannot name a file; "+
			"if HF_ENDPOINT is set, does it point to a hub?", header)
	}
	return etag, nil
}
