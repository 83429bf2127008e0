// Package redrawn holds the concepts of package emoji as seven more artists drew them: some 8,000
// pictures that only training looks at, so that the model meets many hands for one meaning.
//
// It is not for lessons, probes or scores: those use the three artists of package emoji, whose
// pictures are packed without loss. The pictures here are packed with loss, and not every artist
// drew every concept. Licences and checksums stand beside the data; datasets/gen packs it.
package redrawn
