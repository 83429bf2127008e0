package history

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func open(t *testing.T, path string, limit int) *Store {
	t.Helper()
	s, err := Open(path, limit)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func finish(t *testing.T, s *Store) {
	t.Helper()
	s.mu.Lock()
	idle := s.idle
	s.mu.Unlock()
	if idle != nil {
		<-idle // however long a loaded machine takes
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// fill makes a session of inputs.
func fill(t *testing.T, path string, inputs ...string) {
	t.Helper()
	s := open(t, path, 0)
	for i, in := range inputs {
		s.Add(i+1, in, "")
	}
	finish(t, s)
}

func inputs(entries []Entry) string {
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%d/%d %s;", e.Session, e.Line, e.Input)
	}
	return b.String()
}

func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s\n got %s\nwant %s", what, got, want)
	}
}

// TestQueries follows what IPython answers to the same questions.
func TestQueries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "history.jsonl")
	fill(t, path, "a := 1", "b := 2", "c := 3")
	fill(t, path, "a := 1", "fmt.Println(\"é\")\nx[0]")
	s := open(t, path, 0)
	s.Add(1, "b := 2", "out")
	s.Add(2, "d := 4", "")
	s.Add(2, "d := 5", "") // the same line again
	s.Add(0, "no line", "")
	if s.Session() != 3 {
		t.Errorf("session %d, want 3", s.Session())
	}
	all := "1/1 a := 1;1/2 b := 2;1/3 c := 3;2/1 a := 1;2/2 fmt.Println(\"é\")\nx[0];" +
		"3/1 b := 2;3/2 d := 5;"
	want(t, "whole tail", inputs(s.Tail(0)), all)
	want(t, "long tail", inputs(s.Tail(100)), all)
	want(t, "tail of 2", inputs(s.Tail(2)), "3/1 b := 2;3/2 d := 5;")
	want(t, "range now", inputs(s.Range(0, 1, 0)), "0/1 b := 2;0/2 d := 5;")
	want(t, "range now, one", inputs(s.Range(0, 1, 2)), "0/1 b := 2;")
	want(t, "range now, last", inputs(s.Range(0, -1, 0)), "0/2 d := 5;")
	want(t, "range before", inputs(s.Range(-1, 1, 2)), "2/1 a := 1;")
	want(t, "range of 1", inputs(s.Range(1, 2, 100)), "1/2 b := 2;1/3 c := 3;")
	want(t, "range of 1 but the last", inputs(s.Range(1, 1, -1)), "1/1 a := 1;1/2 b := 2;")
	want(t, "range of own number", inputs(s.Range(3, 1, 0)), "3/1 b := 2;3/2 d := 5;")
	want(t, "range of no session", inputs(s.Range(-7, 1, 0))+inputs(s.Range(99, 1, 0)), "")
	want(t, "search", inputs(s.Search("a*", 0, false)), "1/1 a := 1;2/1 a := 1;")
	want(t, "search, newest", inputs(s.Search("a*", 1, false)), "2/1 a := 1;")
	want(t, "search, unique", inputs(s.Search("? := [12345]", 0, true)), "")
	want(t, "search, unique", inputs(s.Search("? := ?", 0, true)),
		"1/3 c := 3;2/1 a := 1;3/1 b := 2;3/2 d := 5;")
	want(t, "search, unique newest", inputs(s.Search("? := ?", 2, true)), "3/1 b := 2;3/2 d := 5;")
	want(t, "search over lines", inputs(s.Search("*(\"?\")*x[0]", 0, false)),
		"2/2 fmt.Println(\"é\")\nx[0];")
	want(t, "search of all", inputs(s.Search("", 0, false)), all)
	if out := s.Range(0, 1, 2)[0].Output; out != "out" {
		t.Errorf("output %q", out)
	}
	finish(t, s)
	want(t, "after closing", inputs(open(t, path, 0).Tail(1)), "3/2 d := 5;")
}

func TestMemoryOnly(t *testing.T) {
	s := open(t, "", 3)
	for i := range 5 {
		s.Add(i+1, fmt.Sprint("in", i), "")
	}
	want(t, "tail", inputs(s.Tail(0)), "1/3 in2;1/4 in3;1/5 in4;")
	want(t, "search", inputs(s.Search("*3", 0, false)), "1/4 in3;")
	finish(t, s)
}

// TestLongInputs: cells of megabytes do not stay in memory or on disk.
func TestLongInputs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	s := open(t, path, 0)
	s.Add(1, strings.Repeat("é", 4<<20), strings.Repeat("o", 1<<20))
	for i := range 20 {
		s.Add(i+2, strings.Repeat("x", maxInput), "")
	}
	finish(t, s)
	if s.size > ownBytes {
		t.Errorf("%d bytes in memory, over %d", s.size, ownBytes)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxFile+2*maxInput {
		t.Errorf("file of %d bytes, %v", info.Size(), err)
	}
	e := Entry{Input: cut(strings.Repeat("é", maxInput), maxInput)}
	if len(e.Input) > maxInput || !strings.HasSuffix(e.Input, "é"+cutMark) {
		t.Errorf("cut to %d bytes, ending %q", len(e.Input), e.Input[len(e.Input)-40:])
	}
}

// TestSoak adds 10,000 inputs and stays within the bounds.
func TestSoak(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	before := runtime.NumGoroutine()
	start := time.Now()
	s := open(t, path, 1000)
	for i := range 10_000 {
		s.Add(i+1, fmt.Sprintf("x%d := %d\nx%d", i, i, i), fmt.Sprint(i))
	}
	added := time.Since(start)
	finish(t, s)
	t.Logf("10,000 inputs: %v to add, %v until on disk", added, time.Since(start))
	if got := s.Tail(0); len(got) != 1000 || got[999].Line != 10_000 {
		t.Errorf("%d entries remembered, want 1000", len(got))
	}
	text, err := readTail(path)
	if err != nil {
		t.Fatal(err)
	}
	if lines, _ := survey(text); lines > 1000+1000/5+2 {
		t.Errorf("%d lines on disk, limit 1000", lines)
	}
	next := open(t, path, 1000)
	if got := next.Range(-1, 1, 0); len(got) < 900 || got[len(got)-1].Output != "9999" {
		t.Errorf("%d entries of the session before", len(got))
	}
	finish(t, next)
	for i := 0; runtime.NumGoroutine() > before && i < 100; i++ {
		time.Sleep(time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
}

// TestSharedFile: kernels that write, read and compact at once lose no line and share no number.
func TestSharedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	const kernels, each = 8, 100
	var all sync.WaitGroup
	sessions := make([]int, kernels)
	for k := range kernels {
		all.Go(func() {
			s, err := Open(path, kernels*each/2) // so that they compact
			if err != nil {
				t.Error(err)
			}
			for i := range each {
				s.Add(i+1, fmt.Sprintf("kernel %d line %d", k, i+1), "")
				if i%10 == 0 {
					s.Session()
					time.Sleep(time.Millisecond)
				}
				if i%50 == 0 {
					s.Search("*", 0, false)
				}
			}
			sessions[k] = s.Session()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	slices.Sort(sessions)
	if len(slices.Compact(slices.Clone(sessions))) != kernels {
		t.Errorf("sessions %v are not all different", sessions)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	entries := parse(text)
	if lines, _ := survey(text); lines != strings.Count(string(text), "\n") {
		t.Errorf("%d lines of %d are ours", lines, strings.Count(string(text), "\n"))
	}
	if len(entries) < kernels*each/2 {
		t.Errorf("only %d lines left of %d, limit %d", len(entries), kernels*each, kernels*each/2)
	}
	last := map[int]int{}
	for _, e := range entries { // compaction drops the oldest, never one in between
		if l := last[e.Session]; l != 0 && e.Line != l+1 {
			t.Errorf("session %d: line %d follows %d", e.Session, e.Line, l)
		}
		last[e.Session] = e.Line
	}
	for session, line := range last {
		if line != each {
			t.Errorf("session %d ends with line %d", session, line)
		}
	}
}

// TestNumbersOutliveCompaction: a session whose lines were all dropped keeps its number.
func TestNumbersOutliveCompaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	old := open(t, path, 5)
	old.Session()
	fill(t, path, "one") // session 2
	for i := range 30 {
		old.Add(i+1, "old", "")
		if i%7 == 0 {
			finish(t, old)
			old.closed = false
		}
	}
	finish(t, old)
	if n := open(t, path, 5).Session(); n != 3 {
		t.Errorf("session %d, want 3", n)
	}
}

func TestTornAndForeignLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	torn := strings.Join([]string{
		`{"session":1,"line":1,"input":"good"}`,
		"",
		"\x00\x00\x00\xff",
		`{"session":2,"line":"x"}`,
		`{"session":99999999999999999999,"line":1,"input":"huge"}`,
		`{"session":-4,"line":1,"input":"negative"}`,
		`{"session":2,"line":0,"input":"no line"}`,
		`[1,2]`,
		`{"session":2,"line":1,"input":"good too","later":true}`,
		`{"session":2,"line":2,"input":"half`,
	}, "\n")
	if err := os.WriteFile(path, []byte(torn), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, path, 0)
	s.Add(1, "mine", "")
	want(t, "tail", inputs(s.Tail(0)), "1/1 good;2/1 good too;3/1 mine;")
	finish(t, s)
	want(t, "from disk", inputs(open(t, path, 0).Tail(0)), "1/1 good;2/1 good too;3/1 mine;")
}

func TestNoDisk(t *testing.T) {
	dir := t.TempDir()
	blocked := filepath.Join(dir, "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"a folder":                dir,
		"below a file":            filepath.Join(blocked, "h"),
		"a device":                "/dev/full",
		"a name with a zero":      "a\x00b",
		"a name that is too long": filepath.Join(dir, strings.Repeat("n", 300)),
	} {
		s := open(t, path, 0)
		warned := make(chan error, 9)
		s.OnWarning(func(err error) { warned <- err })
		s.Add(1, "one", "")
		want(t, name, inputs(s.Tail(0)), "1/1 one;")
		s.Add(2, "two", "")
		want(t, name, inputs(s.Tail(1)), "1/2 two;")
		err := <-warned
		if !strings.HasPrefix(err.Error(), "history: ") || !strings.Contains(err.Error(), "memory") {
			t.Errorf("%s: warning %q", name, err)
		}
		if !errors.Is(s.Close(), err) || len(warned) > 0 {
			t.Errorf("%s: not one warning", name)
		}
	}
}

// TestFullDisk: half a line is taken back, earlier sessions stay readable.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	fill(t, path, "before")
	s := open(t, path, 0)
	s.Session()
	full := errors.New("no space left on device")
	s.disk.write = func(f *os.File, b []byte) (int, error) {
		n, _ := f.Write(b[:len(b)/2])
		return n, full
	}
	s.Add(1, "now", "")
	if err := s.Close(); !errors.Is(err, full) {
		t.Errorf("warning %v", err)
	}
	want(t, "tail", inputs(s.Tail(0)), "1/1 before;2/1 now;")
	text, err := os.ReadFile(path)
	if want := `{"session":1}` + "\n" + `{"session":1,"line":1,"input":"before"}` + "\n" +
		`{"session":2}` + "\n"; err != nil || string(text) != want {
		t.Errorf("on disk, %v:\n%s", err, text)
	}
}

// TestFullDiskCompacting: if the new file cannot be written the old one stays.
func TestFullDiskCompacting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	f := &file{path: path, limit: 2, write: func(w *os.File, b []byte) (int, error) {
		if w.Name() != path {
			return 0, errors.New("no space left on device")
		}
		return w.Write(b)
	}}
	session := 0
	for i := range 10 {
		var err error
		if session, err = f.append(session, []Entry{{Line: i + 1, Input: "in"}}); err != nil {
			t.Fatal(err)
		}
	}
	text, err := readTail(path)
	if err != nil || len(parse(text)) != 10 {
		t.Errorf("%d entries, %v", len(parse(text)), err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".history-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind %v, %v", left, err)
	}
}

// TestHeldLock: a kernel that was stopped while it held the lock stops nobody.
func TestHeldLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	release, locked := acquire(path+".lock", 0)
	if !locked {
		t.Fatal("no lock")
	}
	defer release()
	start := time.Now()
	fill(t, path, "one")
	want(t, "tail", inputs(open(t, path, 0).Tail(0)), "1/1 one;")
	if d := time.Since(start); d > 3*time.Second {
		t.Errorf("took %v", d)
	}
}

// TestOpenIsCheap: opening touches no disk, and a long history is read in little time.
func TestOpenIsCheap(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	s := open(t, path, 0)
	for i := range DefaultLimit {
		s.Add(i+1, fmt.Sprintf("for i := range %d {\n\tfmt.Println(i, \"a usual line\")\n}", i), "")
	}
	finish(t, s)
	start := time.Now()
	next := open(t, path, 0)
	opened := time.Since(start)
	start = time.Now()
	next.Session()
	numbered := time.Since(start)
	start = time.Now()
	n := len(next.Search("*", 0, true))
	t.Logf("open %v, number %v, read and search of %d inputs %v", opened, numbered, n,
		time.Since(start))
	if opened > time.Millisecond || n != DefaultLimit {
		t.Errorf("open took %v; %d inputs found", opened, n)
	}
	finish(t, next)
}

func TestPath(t *testing.T) {
	for _, c := range []struct{ goos, env, want string }{
		{"linux", "HOME=/home/ada", "/home/ada/.local/state/cliplab/history.jsonl"},
		{"linux", "HOME=/home/ada XDG_STATE_HOME=/s", "/s/cliplab/history.jsonl"},
		{"linux", "HOME=/home/ada XDG_STATE_HOME=s",
			"/home/ada/.local/state/cliplab/history.jsonl"},
		{"darwin", "HOME=/Users/ada", "/Users/ada/Library/Application Support/cliplab/history.jsonl"},
		{"windows", "LocalAppData=/L HOME=/x", "/L/cliplab/history.jsonl"},
		{"linux", "HOME=/home/ada CLIPLAB_HISTORY=off", ""},
		{"linux", "HOME=/home/ada CLIPLAB_HISTORY=/dev/null", ""},
		{"linux", "HOME=/home/ada CLIPLAB_HISTORY=mine.jsonl", "mine.jsonl"},
		{"linux", "", ""},
	} {
		env := map[string]string{}
		for _, pair := range strings.Fields(c.env) {
			name, value, _ := strings.Cut(pair, "=")
			env[name] = value
		}
		got := filepath.ToSlash(Path(c.goos, func(name string) string { return env[name] }))
		want(t, c.goos+" "+c.env, got, c.want)
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"*", "", true}, {"", "", true}, {"?", "", false}, {"?", "é", true}, {"??", "é", false},
		{"a*b*c", "a--b--b-c", true}, {"a*b*c", "a--b--b-", false}, {"a", "ab", false},
		{"**a**", "xax", true}, {"*é?", "aéé日", true}, {"a[0]*", "a[0] = 1", true},
		{"*\n*", "a\nb", true}, {strings.Repeat("*a", 30) + "b", strings.Repeat("a", 2000), false},
	} {
		if got := match(c.pattern, c.text); got != c.want {
			t.Errorf("match(%q, %q) = %v", c.pattern, c.text, got)
		}
	}
}

// FuzzParse: whatever the file holds, reading it ends well, what is written reads back, and
// the cheap survey agrees with the parser.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"session":1,"line":1,"input":"x"}`+"\n"), "x\n\"y\"", 3, 4)
	f.Add([]byte("{\"session\":1}\n\n{\"session\":"), "\xff\x00", 1, 1)
	f.Fuzz(func(t *testing.T, text []byte, input string, session, line int) {
		entries := parse(text)
		_, top := survey(text)
		for _, e := range entries {
			if e.Session < 1 || e.Line < 1 || e.Session > top {
				t.Fatalf("entry %+v, top %d", e, top)
			}
		}
		match(input, string(text[:min(len(text), 1000)]))
		if session < 1 || session > topSession || line < 1 {
			return
		}
		e := Entry{Session: session, Line: line, Input: strings.ToValidUTF8(input, "�")}
		got := parse(appendLine(append(text, '\n'), e))
		if len(got) != len(entries)+1 || got[len(got)-1] != e {
			t.Fatalf("wrote %+v, read %+v", e, got)
		}
	})
}
