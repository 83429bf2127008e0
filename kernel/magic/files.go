package magic

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"cliplab/kernel/ipynb"
)

// words splits arguments at spaces; what stands in quotes stays together.
func words(args string) ([]string, error) {
	var list []string
	var word strings.Builder
	open, quote := false, rune(0)
	for _, c := range args {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '"' || c == '\'':
			open, quote = true, c
		case c == ' ' || c == '\t':
			if open {
				list = append(list, word.String())
				word.Reset()
			}
			open = false
		default:
			open = true
			word.WriteRune(c)
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("magic: the quote %c is never closed in %q", quote, args)
	}
	if open {
		list = append(list, word.String())
	}
	return list, nil
}

// oneFile reads the arguments of a special line that takes one path.
func oneFile(s *special) (string, error) {
	list, err := words(s.args)
	if err == nil && len(list) != 1 {
		err = fmt.Errorf("magic: %s%s takes one file, not %q", s.sign, s.name, s.args)
	}
	if err != nil {
		return "", err
	}
	return expand(list[0]), nil
}

// expand replaces ~ and $NAME in a path.
func expand(path string) string {
	if rest, ok := strings.CutPrefix(path, "~"); ok && (rest == "" || rest[0] == '/') {
		if home, err := os.UserHomeDir(); err == nil {
			path = home + rest
		}
	}
	return os.ExpandEnv(path)
}

func (r *run) cd(s *special) error {
	list, err := words(s.args)
	switch {
	case err != nil:
		return err
	case len(list) > 1:
		return fmt.Errorf("magic: %%cd takes one folder, not %q: put it in quotes", s.args)
	case len(list) == 0:
		list = []string{"~"}
	}
	to := expand(list[0])
	if to == "-" {
		if to = r.i.folder; to == "" {
			return errors.New("magic: %cd -: there is no folder before this one")
		}
	}
	before, _ := os.Getwd()
	if err := os.Chdir(to); err != nil {
		return fmt.Errorf("magic: %%cd: %w", err)
	}
	r.i.folder = before
	return r.pwd(s)
}

func (r *run) pwd(*special) error {
	folder, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("magic: %%pwd: %w", err)
	}
	fmt.Fprintln(r.stdout(), folder)
	return nil
}

// mostLoaded bounds what becomes a cell or is run.
const mostLoaded = 4 << 20

// text reads a file of text.
func text(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("magic: %w", err)
	}
	if info.Size() > mostLoaded {
		return "", fmt.Errorf("magic: %s has %d bytes, more than the %d that a cell may have",
			path, info.Size(), mostLoaded)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("magic: %w", err)
	}
	if !utf8.Valid(b) {
		return "", fmt.Errorf("magic: %s is not a file of text", path)
	}
	return string(b), nil
}

func (r *run) load(s *special) error {
	path, err := oneFile(s)
	if err != nil {
		return err
	}
	content, err := text(path)
	if err != nil {
		return err
	}
	if r.h.NextInput == nil {
		fmt.Fprintf(r.stdout(), "%%load: there is no cell to put %s into here; it says\n%s\n",
			path, content)
		return nil
	}
	r.h.NextInput("// %load "+s.args+"\n"+content, true)
	return nil
}

func (r *run) save(s *special) error {
	list, err := words(s.args)
	if err != nil {
		return err
	}
	flag := ""
	if len(list) > 0 && (list[0] == "-a" || list[0] == "-f") {
		flag, list = list[0], list[1:]
	}
	if len(list) == 0 {
		return errors.New("magic: %save needs a file: %save FILE, or %save FILE 2-5")
	}
	path := expand(list[0])
	if filepath.Ext(path) == "" {
		path += ".go"
	}
	cells, err := r.i.inputs.choose(list[1:])
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, c := range cells {
		fmt.Fprintf(&b, "// In[%d]\n%s\n\n", c.number, strings.TrimRight(c.source, "\n"))
	}
	mode := os.O_WRONLY | os.O_CREATE
	switch flag {
	case "-a":
		mode |= os.O_APPEND
	case "-f":
		mode |= os.O_TRUNC
	default:
		mode |= os.O_EXCL
	}
	err = write(path, mode, b.String())
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("magic: %%save: %s exists: -f replaces it, -a appends", path)
	}
	if err == nil {
		fmt.Fprintf(r.stdout(), "%d cells are in %s\n", len(cells), path)
	}
	return err
}

func (r *run) writeFile(s *special) error {
	list, err := words(s.args)
	if err != nil {
		return err
	}
	mode, verb := os.O_WRONLY|os.O_CREATE|os.O_TRUNC, "Writing"
	if len(list) > 0 && (list[0] == "-a" || list[0] == "--append") {
		mode, verb = os.O_WRONLY|os.O_CREATE|os.O_APPEND, "Appending to"
		list = list[1:]
	}
	if len(list) != 1 {
		return fmt.Errorf("magic: %%%%writefile takes one file, not %q", s.args)
	}
	path := expand(list[0])
	if _, err := os.Stat(path); err == nil && verb == "Writing" {
		verb = "Overwriting"
	}
	body := s.body
	if body != "" && !strings.HasSuffix(body, "\n") {
		body += "\n"
	}
	if err := write(path, mode, body); err != nil {
		return err
	}
	fmt.Fprintln(r.stdout(), verb, path)
	return nil
}

func write(path string, mode int, content string) error {
	f, err := os.OpenFile(path, mode, 0o666)
	if err != nil {
		return fmt.Errorf("magic: %w", err)
	}
	_, err = f.WriteString(content)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("magic: %w", err)
	}
	return nil
}

// runFile executes a file in the session. Its arguments are os.Args for that time.
func (r *run) runFile(s *special) error {
	list, err := words(s.args)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("magic: %run needs a notebook or a Go file")
	}
	path := expand(list[0])
	if filepath.Ext(path) == "" {
		path += ".go"
	}
	if r.i.depth++; r.i.depth > mostNested {
		return fmt.Errorf("magic: %%run %s: %d files run one another", path, mostNested)
	}
	defer func() { r.i.depth-- }()
	content, err := text(path)
	if err != nil {
		return err
	}
	defer func(args []string) { os.Args = args }(os.Args)
	os.Args = append([]string{path}, list[1:]...)
	if filepath.Ext(path) != ".ipynb" {
		return r.sub(path, content)
	}
	nb, err := ipynb.Parse([]byte(content))
	if err != nil {
		return fmt.Errorf("magic: %%run %s: %w", path, err)
	}
	for n, c := range nb.Cells {
		if c.Type != ipynb.Code {
			continue
		}
		if err := r.sub(fmt.Sprintf("%s cell %d", path, n+1), c.Source); err != nil {
			return err
		}
	}
	return nil
}

// mostNested is how deep files may run one another.
const mostNested = 16

// sub executes a text that is not the cell, under a name of its own.
func (r *run) sub(name, source string) error {
	inner := r.i.cellOf(source, r.x, r.h)
	counted := r.x.Number
	r.x.Number = -1
	err := inner.all()
	r.x.Number = counted
	r.result.Warnings = append(r.result.Warnings, inner.result.Warnings...)
	r.result.Notes = append(r.result.Notes, inner.result.Notes...)
	if err == nil {
		return nil
	}
	f := asFailure(err, inner.number).(*Failure)
	was := fmt.Sprintf("In[%d]", inner.number)
	for i, line := range f.Traceback {
		f.Traceback[i] = strings.ReplaceAll(line, was, name)
	}
	f.Value = strings.ReplaceAll(f.Value, was, name)
	f.Line = 0
	return f
}
