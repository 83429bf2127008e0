// Package bench is the peers of cliplab bench: scripts that run ONNX Runtime, OpenBLAS, PyTorch
// and Pillow as workers beside the lab's own, and the file of what they need. Package lab/bench
// starts them; without Python, node or a library it says so and leaves that peer out.
//
//	python3 -m venv DIR/venv
//	DIR/venv/bin/pip install -r lab/peers/bench/requirements.txt
//	npm install --prefix DIR --ignore-scripts onnxruntime-node@1.30.0
//	cliplab bench all --peers DIR
//
// It is no Go code of substance, and is taught by no notebook.
package bench

import "embed"

// Scripts are the peers' files.
//
//go:embed *.py *.js requirements.txt
var Scripts embed.FS
