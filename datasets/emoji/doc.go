// Package emoji holds 1,587 concepts, each drawn by three artists (Noto, Fluent, Twemoji) and
// described in words: 4,761 real pictures with captions, compiled in.
//
// Noto and Fluent are for training, as are the further artists of package redrawn; Twemoji is
// held out whole, and some concepts are held out of training for all artists. Licences and
// checksums stand beside the data; datasets/gen packs it.
package emoji
