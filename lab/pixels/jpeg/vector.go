package jpeg

import (
	"os"

	"cliplab/lab/pixels/jpeg/simd"
)

// vector tells whether the kernels of package simd do the work. They give the bytes of the plain
// loops beside their calls. CLIPLAB_OPS=plain forces the loops, as it does in lab/ops.
var vector = simd.Available() && os.Getenv("CLIPLAB_OPS") != "plain"
