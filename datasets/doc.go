// Package datasets is the front door to real pictures with captions, all compiled in: 1,587
// emoji concepts drawn by three artists, six photographs, cut-out hats, and pairs of pictures
// with and without a hat. ReadCaptions reads captions of one's own.
//
// Noto and Fluent are trained on, with the seven further artists of package redrawn. Twemoji and
// one concept in twenty are held out, as are the photographs, the cut-outs, and the sets by others
// of package unseen. The package knows nothing of CLIP. Lesson one uses every part of it. Licences
// and checksums stand beside the data, in the sub-packages; datasets/gen packs it.
package datasets
