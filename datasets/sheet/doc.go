// Package sheet reads pictures of one size that lie on a sheet, row by row, as packages emoji and
// redrawn hold them; datasets/gen packs them. It knows nothing of what they show. No lesson shows
// it.
package sheet
