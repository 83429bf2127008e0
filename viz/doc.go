// Package viz draws the pictures of the lab: heat maps with thumbnails, picture grids,
// probability bars, curves, scatter plots, token strips and the hat probe.
//
// It takes plain Go values, pictures, strings and anything shaped like a gonum matrix, and
// gives back a *Figure, which a notebook shows by itself (MIMEBundle) and a program saves
// (SavePNG). All figures share one theme:
//
//   - series in the colours of Okabe and Ito (2008), which people with any kind of colour
//     vision can tell apart; series differ in marker and dashes too;
//   - probabilities on a light-to-dark map whose lightness falls evenly, so that it also
//     survives a grey print; cosines on a diverging map that is white at 0;
//   - large type, no boxes around things that need none, numbers written in the cells when
//     they fit, labels beside curves instead of legends.
//
// Figures are laid out in CSS pixels and drawn at two device pixels for each, so that they are
// sharp on high-resolution screens; MIMEMetadata tells the notebook the width to show.
//
// The type is Liberation Sans and Mono, compiled in with gonum/plot, so that a figure is the
// same on every machine. It covers Latin, Greek and Cyrillic. What it lacks, such as CJK and
// emoji, is drawn as a box (□); there is no shaping, so Hebrew and Arabic do not read well.
//
// Misuse, such as 8 rows with 7 row labels, panics with both counts; the notebook shows the
// panic at the learner's line. Nothing else panics: NaN cells are hatched, long captions are
// wrapped and cut with an ellipsis, missing pictures leave a named gap.
//
// It is not a plotting library for other purposes, knows nothing of CLIP or Jupyter, and is
// the only package that imports gonum/plot. The notebook that shows every figure at work is
// notebooks/01-clip-explained.ipynb.
package viz
