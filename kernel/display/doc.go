// Package display turns Go values into MIME bundles, the form in which a notebook shows them.
//
// [Bundle] chooses the representations of one value: its own MIMEBundle method if it has one,
// else a picture for images and plots, a table for matrices, slices and maps, and text for the
// rest. [Show] displays values in the middle of a cell, and a [Handle] one output that changes.
//
// It is not a renderer: how a bundle becomes HTML is the business of package report or of the
// notebook's front end. Nobody has to import this package to be displayable. All lessons use it;
// notebooks/01-clip-explained.ipynb is the first.
package display
