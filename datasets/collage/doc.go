// Package collage puts pictures together: a hat on a head, glasses on a nose, a cup beside a
// person. It makes the pairs of the hat probe (the same person with a hat and without), the
// controls that change something else, and an endless supply of captioned training pictures
// from six of the training artists.
//
// Heads are known from heads.tsv, a table measured by eye on every drawing used. Lesson one
// uses the pairs; cliplab train uses Training.
package collage
