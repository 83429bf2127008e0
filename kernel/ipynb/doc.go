// Package ipynb reads and writes notebooks of format 4 (nbformat 4.0 to 4.5).
//
// [Read] keeps everything that it does not know, so that a notebook that is read and written
// loses nothing; [Notebook.Write] writes as Jupyter does: one space of indent, sorted keys,
// long texts as lists of lines. Sources and texts are plain strings in memory.
//
// It neither executes notebooks (package runner) nor renders them (package report).
package ipynb
