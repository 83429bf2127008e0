// Package recipe is where the lab meets the data: how the CLIP that ships is trained on the
// emoji of nine artists, and how it is scored on a tenth, whose pictures it never saw.
//
// It is part of the command: package lab knows no data set, package datasets no model.
// Commands: cliplab train, cliplab score.
package recipe
