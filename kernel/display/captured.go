package display

import (
	"os"

	"cliplab/kernel/engine"
)

// Captured is what a cell printed and showed, as %%capture keeps it.
type Captured struct {
	Stdout, Stderr string
	Outputs        []Data // in their order; the value of the cell is the last
}

// Show prints and shows it all again.
func (c Captured) Show() {
	x := engine.Current()
	if x != nil && x.Stdout != nil {
		x.Stdout.Write([]byte(c.Stdout))
	} else {
		os.Stdout.WriteString(c.Stdout)
	}
	if x != nil && x.Stderr != nil {
		x.Stderr.Write([]byte(c.Stderr))
	} else {
		os.Stderr.WriteString(c.Stderr)
	}
	for _, d := range c.Outputs {
		Show(d)
	}
}

// String is what was printed to the standard output.
func (c Captured) String() string { return c.Stdout }
