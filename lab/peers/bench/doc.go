// Package bench is the peers of cliplab bench: scripts that run ONNX Runtime, OpenBLAS, PyTorch
// and Pillow as workers beside the lab's own, the file of what they need, and in a module of its
// own a step of training in GoMLX. Package lab/bench starts them; without Python, node, a library
// or the program gomlx it says so and leaves that peer out. Gorgonia's stock ops need nothing:
// they are package lab/graph/stock, in a process of the lab's own program.
//
//	python3 -m venv DIR/venv
//	DIR/venv/bin/pip install -r lab/peers/bench/requirements.txt
//	npm install --prefix DIR --ignore-scripts onnxruntime-node@1.30.0
//	CGO_ENABLED=0 GOEXPERIMENT=simd go build -C lab/peers/bench/gomlx -o DIR/gomlx
//	cliplab bench all --peers DIR
//
// It is no Go code of substance, and is taught by no notebook.
package bench

import "embed"

// Scripts are the peers' files.
//
//go:embed *.py *.js requirements.txt
var Scripts embed.FS
