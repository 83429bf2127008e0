// Package weights holds the small CLIP that ships with the lab, as safetensors in half
// precision. MODEL_CARD.md beside it says how it was trained and what it can and cannot do;
// cliplab train makes it anew.
package weights

import _ "embed" // the model

// Shipped is the model cliplab-s.
//
//go:embed cliplab-s.safetensors
var Shipped []byte
