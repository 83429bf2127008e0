package hubtest

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"sort"
	"strings"
	"sync"
)

// Server is a hub and the host that keeps its large files.
type Server struct {
	URL     string // of the hub
	Storage string // of the other host

	mu       sync.Mutex
	hub      *httptest.Server
	storage  *httptest.Server
	repos    map[string]*repo
	contents map[string][]byte // by sha256
	asked    []Request
	trouble  Trouble
}

// Request is one thing that was asked.
type Request struct {
	Storage bool // of the host of large files
	Method  string
	Path    string
	Token   string
	Range   string
}

// Trouble is what goes wrong.
type Trouble struct {
	Cut     int                   // bodies of large files break off after so many bytes
	Cuts    int                   // so many times
	Hang    bool                  // a cut connection stays open and sends nothing
	Damage  int                   // flip a bit in so many of the next large bodies
	NoRange bool                  // large files always start at byte 0
	Fail    int                   // so many of the next answers of the hub are status 503
	After   int                   // which then ask to wait so many seconds
	Etag    string                // takes the place of every ETag
	Body    func() string         // takes the place of every JSON answer
	Wait    func(r *http.Request) // is called before a large body is sent
}

type repo struct {
	commits map[string]map[string][]byte
	refs    map[string]string
	token   string // who has it may read
	gated   bool
	moved   string // where to
}

// New starts a hub without repositories.
func New() *Server {
	s := &Server{repos: map[string]*repo{}, contents: map[string][]byte{}}
	s.hub = httptest.NewServer(http.HandlerFunc(s.serveHub))
	s.storage = httptest.NewServer(http.HandlerFunc(s.serveStorage))
	s.URL, s.Storage = s.hub.URL, s.storage.URL
	return s
}

// Close stops it; from then on it cannot be reached.
func (s *Server) Close() {
	s.hub.CloseClientConnections()
	s.storage.CloseClientConnections()
	s.hub.Close()
	s.storage.Close()
}

// Put makes a commit of the files, on main, and gives its name.
func (s *Server) Put(name string, files map[string][]byte) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repos[name]
	if r == nil {
		r = &repo{commits: map[string]map[string][]byte{}, refs: map[string]string{}}
		s.repos[name] = r
	}
	sum := sha1.New()
	for _, file := range sortedNames(files) {
		fmt.Fprintf(sum, "%s %d %s", file, len(r.commits), files[file])
	}
	commit := fmt.Sprintf("%x", sum.Sum(nil))
	r.commits[commit] = files
	r.refs["main"] = commit
	for file, content := range files {
		if large(file) {
			s.contents[SHA256(content)] = content
		}
	}
	return commit
}

// Name makes a branch or tag of a repository name a commit.
func (s *Server) Name(name, revision, commit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repos[name].refs[revision] = commit
}

// Move gives a repository another name; the old one is redirected.
func (s *Server) Move(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repos[to] = s.repos[from]
	s.repos[from] = &repo{moved: to}
}

// Protect lets only requests with the token read the repository: a gated one, or a private one.
func (s *Server) Protect(name, token string, gated bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repos[name].token, s.repos[name].gated = token, gated
}

// Trouble makes things go wrong from now on.
func (s *Server) Trouble(t Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = t
}

// Asked is what was asked since the last call.
func (s *Server) Asked() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// SHA256 names a large file.
func SHA256(content []byte) string { return fmt.Sprintf("%x", sha256.Sum256(content)) }

// GitSHA1 names any other file.
func GitSHA1(content []byte) string {
	named := append(fmt.Appendf(nil, "blob %d\x00", len(content)), content...)
	return fmt.Sprintf("%x", sha1.Sum(named))
}

// large says which files a hub keeps elsewhere.
func large(name string) bool {
	switch path.Ext(name) {
	case ".safetensors", ".bin", ".pt":
		return true
	}
	return false
}

func sortedNames(files map[string][]byte) []string {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (s *Server) note(r *http.Request, storage bool) {
	s.asked = append(s.asked, Request{storage, r.Method, r.URL.Path,
		strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), r.Header.Get("Range")})
}
