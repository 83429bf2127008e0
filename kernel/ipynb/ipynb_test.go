package ipynb_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cliplab/kernel/ipynb"
)

// testdata/jupyter.ipynb was written by Python's nbformat 5.10.4 (testdata/make.py), with
// unknown fields, attachments, all output types, and odd characters. We must give it back
// byte for byte.
func TestRoundTripIsExact(t *testing.T) {
	want, err := os.ReadFile("testdata/jupyter.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	nb, err := ipynb.Parse(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := nb.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		gl, wl := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
		for i := range min(len(gl), len(wl)) {
			if gl[i] != wl[i] {
				t.Fatalf("line %d: got %q, want %q", i+1, gl[i], wl[i])
			}
		}
		t.Fatalf("got %d lines, want %d", len(gl), len(wl))
	}
}

func TestFields(t *testing.T) {
	nb, err := ipynb.ReadFile("testdata/jupyter.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	if nb.Language() != "go" || nb.Title() != "A title, «ünïcode» 😀" || nb.Minor != 5 {
		t.Errorf("language %q, title %q, minor %d", nb.Language(), nb.Title(), nb.Minor)
	}
	code := nb.Cells[1]
	if !code.HasTag("parameters") || code.HasTag("x") || code.ExecutionCount != 3 {
		t.Errorf("cell is %+v", code)
	}
	var types []string
	for _, o := range code.Outputs {
		types = append(types, o.Type)
	}
	want := []string{"stream", "display_data", "execute_result", "error", "novel"}
	if !reflect.DeepEqual(types, want) {
		t.Errorf("outputs are %v", types)
	}
	if got := code.Outputs[1].Data["text/html"]; got != "<b>a</b>\n<i>b</i>" {
		t.Errorf("html is %q", got)
	}
	if got := code.FirstLine(); got != "n := 1" {
		t.Errorf("first line is %q", got)
	}
}

func TestBinaryAndIDs(t *testing.T) {
	nb := &ipynb.Notebook{Major: 4, Minor: 5, Cells: []*ipynb.Cell{{Type: ipynb.Code,
		Outputs: []*ipynb.Output{{Type: ipynb.DisplayData, Data: map[string]any{
			"image/png": []byte("abc"), "application/json": struct{ A float64 }{0.5}}}}}}}
	b, err := nb.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"image/png": "YWJj"`, `"A": 0.5`, `"execution_count": null`,
		`"source": []`, `"metadata": {},`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in\n%s", want, b)
		}
	}
	if len(nb.Cells[0].ID) != 8 {
		t.Errorf("id is %q", nb.Cells[0].ID)
	}
}

func TestErrors(t *testing.T) {
	whole, err := os.ReadFile("testdata/jupyter.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, data, want string }{
		{"empty", " \n", "is empty"},
		{"truncated", string(whole[:len(whole)/2]), "it was cut off"},
		{"truncated at the end", string(whole[:len(whole)-3]), "it was cut off"},
		{"not json", "package main\n", "is no JSON (line 1"},
		{"html", "<html>", "is no JSON"},
		{"list", "[]", "is no notebook but JSON with a list at its top"},
		{"other json", `{"a": 1}`, "it has no field nbformat"},
		{"v3", `{"nbformat": 3, "worksheets": []}`, "old format 3"},
		{"v5", `{"nbformat": 5, "cells": []}`, "newer format 5"},
		{"odd version", `{"nbformat": "4"}`, `has nbformat "4", which is no version`},
		{"below", `{"nbformat": -1}`, "has nbformat -1, which is no version"},
		{"UTF-16", "\xff\xfe{\x00", "is text in UTF-16; save it as UTF-8"},
		{"no cells", `{"nbformat": 4}`, "has no cells"},
		{"cells", `{"nbformat": 4, "cells": {}}`, "cells is an object, want a list"},
		{"cell", `{"nbformat": 4, "cells": [1]}`, "cell 1 that is no object but a number"},
		{"type", `{"nbformat": 4, "cells": [{"cell_type": "x"}]}`, `cell_type is "x"`},
		{"source", `{"nbformat": 4, "cells": [{"cell_type": "raw", "source": [1]}]}`,
			"line 1 of source is a number, want a string"},
		{"trailing", `{"nbformat": 4, "cells": []} {}`, "text after its end"},
	} {
		_, err := ipynb.Parse([]byte(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want %q", c.name, err, c.want)
		}
	}
	_, err = ipynb.ReadFile("testdata/missing.ipynb")
	if err == nil || !strings.Contains(err.Error(), "does not exist") ||
		!strings.Contains(err.Error(), filepath.Join("testdata", "jupyter.ipynb")) {
		t.Errorf("missing file: %v", err)
	}
	if _, err = ipynb.ReadFile("testdata"); err == nil ||
		!strings.Contains(err.Error(), "is a directory") {
		t.Errorf("directory: %v", err)
	}
}

// FuzzParse: no input panics, and what is read and written once stays the same from then on.
func FuzzParse(f *testing.F) {
	whole, err := os.ReadFile("testdata/jupyter.ipynb")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{"nbformat": 4, "cells": [{"cell_type": "code", "outputs": [{}]}], "x": 1e5}`))
	f.Add([]byte(`{"nbformat": 4, "metadata": {"\ud800": "\u2028"}, "cells": []}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		nb, err := ipynb.Parse(data)
		if err != nil {
			return
		}
		nb.Minor = min(nb.Minor, 4) // no random ids
		once, err := nb.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ipynb.Parse(once)
		if err != nil {
			t.Fatalf("cannot read what was written: %v\n%s", err, once)
		}
		twice, err := again.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(once, twice) {
			t.Fatalf("unstable:\n%s\n%s", once, twice)
		}
	})
}
