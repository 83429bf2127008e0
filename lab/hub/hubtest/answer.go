package hubtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const pageSize = 2

// serveHub answers /api/models/NAME/revision/REV, /api/models/NAME/tree/REV and
// /NAME/resolve/REV/FILE.
func (s *Server) serveHub(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(r, false)
	if s.trouble.Fail > 0 {
		s.trouble.Fail--
		if s.trouble.After > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(s.trouble.After))
		}
		http.Error(w, "try later", http.StatusServiceUnavailable)
		return
	}
	// Slashes within a revision are escaped, so cut before unescaping.
	escaped, api := strings.CutPrefix(r.URL.EscapedPath(), "/api/models/")
	kinds := []string{"/resolve/"}
	if api {
		kinds = []string{"/revision/", "/tree/"}
	}
	for _, kind := range kinds {
		name, rest, ok := strings.Cut(strings.TrimPrefix(escaped, "/"), kind)
		if !ok {
			continue
		}
		revision, file, _ := strings.Cut(rest, "/")
		revision, _ = url.PathUnescape(revision)
		file, _ = url.PathUnescape(file)
		repo := s.repos[name]
		if !s.mayRead(w, r, repo) {
			return
		}
		if repo.moved != "" {
			location := strings.Replace(r.URL.RequestURI(), name, repo.moved, 1)
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusTemporaryRedirect)
			return
		}
		commit, ok := repo.refs[revision]
		if !ok {
			commit = revision
		}
		files, ok := repo.commits[commit]
		if !ok {
			refuse(w, http.StatusNotFound, "RevisionNotFound")
			return
		}
		w.Header().Set("X-Repo-Commit", commit)
		switch kind {
		case "/revision/":
			s.json(w, map[string]any{"id": name, "modelId": name, "sha": commit,
				"siblings": []any{}, "tags": []any{}})
		case "/tree/":
			s.tree(w, r, files)
		default:
			s.file(w, r, files, file)
		}
		return
	}
	http.NotFound(w, r)
}

func (s *Server) mayRead(w http.ResponseWriter, r *http.Request, repo *repo) bool {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case repo == nil && token == "": // the hub does not tell strangers what there is
		refuse(w, http.StatusUnauthorized, "RepoNotFound")
	case repo == nil:
		refuse(w, http.StatusNotFound, "RepoNotFound")
	case repo.token == "" || repo.token == token:
		return true
	case repo.gated && token == "":
		refuse(w, http.StatusUnauthorized, "GatedRepo")
	case repo.gated:
		refuse(w, http.StatusForbidden, "GatedRepo")
	default:
		refuse(w, http.StatusUnauthorized, "")
	}
	return false
}

func refuse(w http.ResponseWriter, status int, code string) {
	if code != "" {
		w.Header().Set("X-Error-Code", code)
	}
	w.WriteHeader(status)
}

func (s *Server) json(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if s.trouble.Body != nil {
		fmt.Fprint(w, s.trouble.Body())
		return
	}
	_ = json.NewEncoder(w).Encode(v) // the test sees it when the client has gone
}

// tree is one page of the listing, with the folders that the hub lists too.
func (s *Server) tree(w http.ResponseWriter, r *http.Request, files map[string][]byte) {
	names := sortedNames(files)
	start, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	end := min(start+pageSize, len(names))
	page := []any{}
	for _, name := range names[min(start, end):end] {
		content := files[name]
		if i := strings.LastIndexByte(name, '/'); i > 0 {
			page = append(page, map[string]any{"type": "directory", "path": name[:i],
				"oid": strings.Repeat("0", 40), "size": 0})
		}
		line := map[string]any{"type": "file", "path": name, "oid": GitSHA1(content),
			"size": len(content)}
		if large(name) {
			line["lfs"] = map[string]any{"oid": SHA256(content), "size": len(content),
				"pointerSize": 134}
		}
		page = append(page, line)
	}
	if end < len(names) {
		next := *r.URL
		q := next.Query()
		q.Set("cursor", strconv.Itoa(end))
		next.RawQuery = q.Encode()
		w.Header().Set("Link", fmt.Sprintf(`<%s%s>; rel="next"`, s.URL, next.String()))
	}
	s.json(w, page)
}

func (s *Server) file(w http.ResponseWriter, r *http.Request, files map[string][]byte,
	name string) {
	content, ok := files[name]
	if !ok {
		refuse(w, http.StatusNotFound, "EntryNotFound")
		return
	}
	if large(name) {
		sum := SHA256(content)
		w.Header().Set("X-Linked-Etag", s.etag(sum))
		w.Header().Set("X-Linked-Size", strconv.Itoa(len(content)))
		w.Header().Set("ETag", `"of the pointer"`)
		w.Header().Set("Location", s.Storage+"/"+sum+"?signature=secret")
		w.WriteHeader(http.StatusFound)
		return
	}
	w.Header().Set("ETag", s.etag(GitSHA1(content)))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func (s *Server) etag(sum string) string {
	if s.trouble.Etag != "" {
		return s.trouble.Etag
	}
	return `"` + sum + `"`
}

// serveStorage sends large files, and goes wrong as told.
func (s *Server) serveStorage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.note(r, true)
	content, ok := s.contents[strings.TrimPrefix(r.URL.Path, "/")]
	t := s.trouble
	cut := t.Cuts > 0
	if cut {
		s.trouble.Cuts--
	}
	if t.Damage > 0 {
		s.trouble.Damage--
		content = bytes.Clone(content)
		content[len(content)/2] ^= 1
	}
	s.mu.Unlock()
	if !ok || r.URL.Query().Get("signature") != "secret" {
		http.Error(w, "not signed", http.StatusForbidden)
		return
	}
	if t.Wait != nil {
		t.Wait(r)
	}
	if t.NoRange {
		r.Header.Del("Range")
	}
	if cut {
		w = &cutter{w, t.Cut, t.Hang, r.Context().Done()}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// cutter breaks the connection after some bytes.
type cutter struct {
	http.ResponseWriter
	left int
	hang bool
	gone <-chan struct{} // the client
}

// Write is part of http.ResponseWriter.
func (c *cutter) Write(p []byte) (int, error) {
	if len(p) <= c.left {
		c.left -= len(p)
		return c.ResponseWriter.Write(p)
	}
	_, _ = c.ResponseWriter.Write(p[:c.left])
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	if c.hang {
		<-c.gone
	}
	panic(http.ErrAbortHandler)
}
