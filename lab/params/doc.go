// Package params holds the parameters of a model by name: in memory, or still in the file that
// they come from, in the type that the file has. One that is looked at is read and made float32;
// an encoder borrows those it packs one at a time, and none of them stays.
//
// It knows no formats and no names; notebook 02 looks at a model's parameters.
package params
