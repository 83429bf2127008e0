package magic

import (
	"fmt"
	"slices"
	"strings"

	"cliplab/kernel/session"
)

// directive is one kind of special line.
type directive struct {
	name  string // with its sign
	args  string // how the rest of the line is written
	help  string // one sentence
	wants string // what completes its arguments: file, folder, env, go, code, kind or name
	run   func(*run, *special) error
}

// table lists all special lines, in the order of %help.
func table() []directive {
	return []directive{
		{"%cd", "[FOLDER]", "Goes to a folder and says which; without one to the home folder, " +
			"with - to the one before.", "folder", (*run).cd},
		{"%env", "[NAME[=VALUE]]", "Lists environment variables, shows one, or sets it.",
			"env", (*run).env},
		{"%go", "get|list|mod|save|version …", "Fetches a module for import, lists the " +
			"modules in use, shows the go.mod of the session, or saves it into a folder.",
			"go", (*run).goCommand},
		{"%help", "[NAME]", "Shows this list, or what one special line does.", "name", (*run).help},
		{"%history", "[-n] [CELLS]", "Prints the cells executed so far, or some, as 3 2-5 7-; " +
			"-n adds their numbers.", "", (*run).history},
		{"%load", "FILE", "Puts the text of a file into the cell.", "file", (*run).load},
		{"%lsmagic", "", "Lists the special lines.", "", (*run).lsmagic},
		{"%pwd", "", "Shows the present folder.", "", (*run).pwd},
		{"%reset", "", "Forgets all that was declared and starts a fresh session.", "",
			(*run).reset},
		{"%run", "FILE", "Executes the code cells of a notebook, or a Go file, in this session.",
			"file", (*run).runFile},
		{"%save", "[-f|-a] FILE [CELLS]", "Writes cells into a file, all or some, as 3 2-5 7-; " +
			"-f replaces the file, -a appends.", "file", (*run).save},
		{"%time", "GO", "Runs Go and says how long it took, compiling left out.", "code",
			(*run).time},
		{"%timeit", "[-n LOOPS] [-r RUNS] GO", "Runs Go again and again and says how long one " +
			"loop takes.", "code", (*run).timeit},
		{"%who", "[KIND]", "Lists the names that cells have declared; KIND is var, func, type, " +
			"const or package.", "kind", (*run).who},
		{"%whos", "[KIND]", "Lists names with type and value.", "kind", (*run).whos},
		{"!", "COMMAND", "Runs a shell command; a status that is not 0 is said, and the cell " +
			"goes on.", "file", (*run).bang},
		{"$", "COMMAND", "Runs a shell command; a status that is not 0 is an error of the cell, " +
			"as in gophernotes.", "file", (*run).dollar},
		{"?", "NAME", "Shows what NAME is and its documentation; NAME? does the same, NAME?? " +
			"shows more.", "code", (*run).question},
		{"%%bash", "", "Runs the cell with bash; a status that is not 0 is an error.", "",
			(*run).script},
		{"%%capture", "[NAME]", "Runs the cell and keeps what it prints and shows in the " +
			"variable NAME instead: NAME.Stdout, NAME.Stderr, NAME.Show().", "", (*run).capture},
		{"%%html", "", "Shows the cell as HTML.", "", (*run).content},
		{"%%javascript", "", "Runs the cell as JavaScript in the front end.", "", (*run).content},
		{"%%latex", "", "Shows the cell as LaTeX.", "", (*run).content},
		{"%%markdown", "", "Shows the cell as Markdown.", "", (*run).content},
		{"%%script", "PROGRAM [ARGUMENTS]", "Gives the cell to a program as its input.", "",
			(*run).script},
		{"%%sh", "", "Runs the cell with sh; a status that is not 0 is an error.", "",
			(*run).script},
		{"%%svg", "", "Shows the cell as a drawing.", "", (*run).content},
		{"%%time", "", "Runs the cell and says how long it took, compiling left out.", "",
			(*run).timeCell},
		{"%%timeit", "[-n LOOPS] [-r RUNS] [SETUP]", "Runs the cell again and again and says " +
			"how long one loop takes; SETUP is not timed.", "code", (*run).timeitCell},
		{"%%writefile", "[-a] FILE", "Writes the cell into a file; -a appends.", "file",
			(*run).writeFile},
	}
}

// Other names, of IPython, gophernotes and GoNB.
func aliases() map[string]string {
	return map[string]string{
		"%hist": "%history", "%magic": "%help", "%quickref": "%help", "%ls": "!ls",
		"%%js": "%%javascript", "%%SVG": "%%svg", "%%HTML": "%%html", "%%file": "%%writefile",
		"%%shell": "%%sh", "%%system": "%%sh", "%main": "%%", "%env_set": "%env",
	}
}

// elsewhere are habits that mean something else here.
func elsewhere() map[string]string {
	return map[string]string{
		"%pip":        "Go packages come with %go get PATH; for Python write !pip …",
		"%conda":      "Go packages come with %go get PATH; for Python write !conda …",
		"%matplotlib": "plots are shown where they are made: end a cell with one, or display.Show it",
		"%autoreload": "a cell that is executed again replaces what it declared",
		"%load_ext":   "there are no extensions: import a package, or %go get one",
		"%pylab":      "import gonum.org/v1/plot and cliplab/viz",
		"%debug":      "an error shows the calls that led to it; print with fmt.Println",
		"%pdb":        "an error shows the calls that led to it; print with fmt.Println",
		"%prun":       "%time and %timeit measure; runtime/pprof profiles",
		"%autoget":    "%go get PATH fetches a module",
		"%noautoget":  "%go get PATH fetches a module",
		"%goflags":    "cells are not compiled by the go command",
		"%reset_all":  "%reset forgets everything",
		"%rm":         "%reset forgets everything; a name can be declared again at will",
		"%wasm":       "cells run here, not in the browser",
		"%test":       "call the functions in a cell",
		"%%python":    "this kernel runs Go; write %%script python3",
		"%%python3":   "this kernel runs Go; write %%script python3",
		"%%ruby":      "this kernel runs Go; write %%script ruby",
		"%%perl":      "this kernel runs Go; write %%script perl",
	}
}

// find returns the directive of a special line, or an error that names near ones.
func find(s *special) (directive, error) {
	name := s.sign + s.name
	switch s.sign {
	case "!", "$":
		name = s.sign
	case "?", "??":
		name = "?"
	case ":":
		name = "%" + s.name
	}
	if name == "%%" || name == "%go111module" {
		return directive{name: name, run: func(*run, *special) error { return nil }}, nil
	}
	if other, ok := aliases()[name]; ok {
		if other == "%%" {
			return directive{name: other, run: func(*run, *special) error { return nil }}, nil
		}
		if command, ok := strings.CutPrefix(other, "!"); ok {
			return directive{name: name, run: func(r *run, s *special) error {
				return r.bang(&special{sign: "!", args: command + " " + s.args})
			}}, nil
		}
		name = other
	}
	for _, d := range table() {
		if d.name == name {
			return d, misplaced(s, d.name)
		}
	}
	if advice, ok := elsewhere()[name]; ok {
		return directive{}, fmt.Errorf("magic: %s: %s", name, advice)
	}
	return directive{}, unknown(name)
}

// misplaced is the error of a special cell that does not start one.
func misplaced(s *special, name string) error {
	if s.sign != "%%" || s.first {
		return nil
	}
	return fmt.Errorf("magic: %s must be the first line of its cell", name)
}

func unknown(name string) error {
	var near []string
	word := strings.TrimLeft(name, "%")
	sign := strings.TrimSuffix(name, word)
	for _, d := range table() {
		bare := strings.TrimLeft(d.name, "%")
		if strings.TrimSuffix(d.name, bare) == sign && session.Distance(word, bare, 3) <= 2 {
			near = append(near, d.name)
		}
	}
	if len(near) == 0 {
		return fmt.Errorf("magic: there is no special line %s; %%help lists all", name)
	}
	slices.Sort(near)
	return fmt.Errorf("magic: there is no special line %s; did you mean %s? %%help lists all",
		name, strings.Join(near, " or "))
}
