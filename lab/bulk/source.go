package bulk

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Item is one picture or caption to encode.
type Item struct {
	Name    string // as the names list it: a path with slashes, from the source's folder on
	Path    string // of the picture; "" for a caption
	Caption string
}

// Source is a list of items that is read anew each time, so that it need not fit in memory.
type Source struct {
	Place  string // the folder or file, from the root on
	Folder string // that the names of pictures count from; "" for captions
	Kind   Kind

	each func(yield func(Item, error) bool)
}

// Kind says what the rows of features are of.
type Kind string

// Kinds of rows.
const (
	PictureRows Kind = "pictures"
	TextRows    Kind = "texts"
)

// Items goes through the source, always in the same order. An error comes with the item that it
// spoils; one without an item ends the source.
func (s *Source) Items() iter.Seq2[Item, error] { return s.each }

// Len counts the items.
func (s *Source) Len() (int, error) {
	n := 0
	for item, err := range s.each {
		if err != nil && item.Name == "" {
			return n, err
		}
		n++
	}
	return n, nil
}

// Endings are the endings of file names that Pictures takes in a folder, in small letters.
var Endings = []string{".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}

// Pictures is the pictures of a folder and its folders, in alphabetical order, or those that a
// file lists: one a line, and behind a tab perhaps a caption. Paths in the file count from its
// folder. Hidden files are passed over, as is a heading "file …".
func Pictures(path string) (*Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("bulk: pictures: %w", err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("bulk: pictures: %w", err)
	}
	if info.IsDir() {
		return &Source{path, path, PictureRows, folder(path)}, nil
	}
	if err := isText(path, "name the folder of pictures, or a file that lists them"); err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	return &Source{path, dir, PictureRows, func(yield func(Item, error) bool) {
		table(path, func(columns []string, err error) bool {
			if err != nil {
				return yield(Item{}, err)
			}
			item := Item{Name: columns[0], Path: columns[0]}
			if !filepath.IsAbs(item.Path) {
				item.Path = filepath.Join(dir, filepath.FromSlash(item.Path))
			}
			if len(columns) > 1 {
				item.Caption = columns[1]
			}
			return yield(item, nil)
		})
	}}, nil
}

// Texts is the captions of a file, one a line; of a line with tabs the second column, so that
// the list of pictures with captions serves both. "-" is refused, since a source is read twice.
func Texts(path string) (*Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("bulk: texts: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("bulk: texts: %s is no file; put the captions into one, a line "+
			"each", path)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("bulk: texts: %w", err)
	}
	if err := isText(path, "name a file with a caption a line"); err != nil {
		return nil, err
	}
	return &Source{path, "", TextRows, func(yield func(Item, error) bool) {
		table(path, func(columns []string, err error) bool {
			if err != nil {
				return yield(Item{}, err)
			}
			caption := columns[min(1, len(columns)-1)]
			return yield(Item{Name: caption, Caption: caption}, nil)
		})
	}}, nil
}

// isText refuses a file that begins as none of text does: a picture, most of the time.
func isText(path, remedy string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("bulk: %w", err)
	}
	what := "is no text"
	if isPicture(path) {
		what = "is a picture"
	}
	if bytes.IndexByte(head[:n], 0) >= 0 {
		return fmt.Errorf("bulk: %s %s; %s", path, what, remedy)
	}
	return nil
}

// folder walks a folder.
func folder(root string) func(yield func(Item, error) bool) {
	return func(yield func(Item, error) bool) {
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			name, e := filepath.Rel(root, path)
			if e != nil {
				name = path
			}
			hidden := path != root && strings.HasPrefix(d.Name(), ".")
			switch {
			case err != nil && path == root:
				yield(Item{}, fmt.Errorf("bulk: %w", err))
				return fs.SkipAll
			case err != nil: // a folder that may not be read
				if !yield(Item{Name: filepath.ToSlash(name), Path: path}, err) {
					return fs.SkipAll
				}
				return fs.SkipDir
			case hidden && d.IsDir():
				return fs.SkipDir
			case hidden || d.IsDir() || !isPicture(path):
				return nil
			}
			if !yield(Item{Name: filepath.ToSlash(name), Path: path}, nil) {
				return fs.SkipAll
			}
			return nil
		})
	}
}

func isPicture(path string) bool {
	ending := strings.ToLower(filepath.Ext(path))
	for _, e := range Endings {
		if e == ending {
			return true
		}
	}
	return false
}

// longestLine of a list, in bytes.
const longestLine = 1 << 20

// table reads the columns of each line that has any.
func table(path string, yield func(columns []string, err error) bool) {
	f, err := os.Open(path)
	if err != nil {
		yield(nil, fmt.Errorf("bulk: %w", err))
		return
	}
	defer f.Close()
	if err := eachRow(f, yield); err != nil {
		yield(nil, fmt.Errorf("bulk: %s: %w", path, err))
	}
}

// eachRow splits lines at tabs; blank lines and a heading are passed over.
func eachRow(r io.Reader, yield func(columns []string, err error) bool) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<16), longestLine)
	n := 0
	for lines.Scan() {
		n++
		line := lines.Bytes()
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if !utf8.Valid(line) {
			return fmt.Errorf("line %d is not UTF-8: %.40q; save the file as UTF-8 text", n, line)
		}
		columns := strings.Split(string(line), "\t")
		for i := range columns {
			columns[i] = strings.TrimSpace(columns[i])
		}
		if n == 1 && isHeading(columns) || columns[0] == "" {
			continue
		}
		if !yield(columns, nil) {
			return nil
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("line %d is longer than %d bytes", n+1, longestLine)
	}
	return lines.Err()
}

func isHeading(columns []string) bool {
	if len(columns) < 2 {
		return false
	}
	switch strings.ToLower(columns[0]) {
	case "file", "filename", "filepath", "image", "path":
		return true
	}
	return false
}

// field writes a name or caption so that it stays in its column: one with tabs, line ends or the
// like is quoted as in Go.
func field(s string) string {
	if strings.ContainsFunc(s, unicode.IsControl) || !utf8.ValidString(s) ||
		strings.HasPrefix(s, `"`) {
		return strconv.Quote(s)
	}
	return s
}

func unfield(s string) string {
	if strings.HasPrefix(s, `"`) {
		if plain, err := strconv.Unquote(s); err == nil {
			return plain
		}
	}
	return s
}
