package symbols

import (
	"archive/zip"
	_ "embed" // the archive
	"encoding/json"
	"sync"
)

//go:embed zdocs.zip
var docsZip []byte

var (
	docs     = sync.OnceValue(func() *zip.Reader { return open(docsZip) })
	docTexts sync.Map // path → map[string]string, read when first asked for
)

// Docs is the doc comment of a symbol of a compiled-in package: a name, T.M for a method or
// field, "" for the package itself. It is empty if there is none. Long comments are cut at the
// end of a sentence.
func Docs(path, symbol string) string {
	if texts, ok := docTexts.Load(path); ok {
		return texts.(map[string]string)[symbol]
	}
	texts := map[string]string{}
	if data, err := read(docs(), path); err == nil {
		if err := json.Unmarshal(data, &texts); err != nil {
			panic("symbols: docs of " + path + ": " + err.Error()) // the archive is tested
		}
		docTexts.Store(path, texts)
	}
	return texts[symbol]
}
