// Package house holds the rules of this code base as one test, TestHouse, so that nobody has
// to remember them: which package may import which, one door for each third party, how long
// files, functions and lines may grow, and that exported names are documented.
//
// It is not a style guide; it is what of the style guide a machine can judge.
package house
