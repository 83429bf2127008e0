// Package hats holds cut-out pictures with a transparent ground, all dedicated to the public
// domain: twenty hats, three crowns, and a few other things to compare with (glasses, a bow
// tie, cups, boats). None of them is trained on: the hat probe of lesson one puts them on
// persons. Putting them on is the affair of datasets/collage.
package hats
