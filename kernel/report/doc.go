// Package report renders an executed notebook as one HTML file that needs nothing else: no
// network, no script, no font of the reader's machine.
//
// Markdown goes through goldmark, formulas become MathML with an embedded mathematical font,
// Go is highlighted by its own scanner, pictures are embedded, terminal colours become spans.
// The page reads on a phone, in the dark and on paper; its policy forbids the browser any
// request, whatever the outputs contain.
//
// Nothing is built before the first [Write], because the kernel of Jupyter shares the program
// and must start at once.
package report
