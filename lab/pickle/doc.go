// Package pickle reads checkpoints as PyTorch writes them (.pt, .pth, .bin): a zip archive that
// holds the values of the tensors and a pickle, a program for a stack machine, that says how they
// fit together. OpenAI published its models that way, as TorchScript archives.
//
//	archive/data.pkl   the program
//	archive/data/0 …   the storages: raw values that tensors are windows on
//
// In Python a pickle may call any function, so that opening a file may do anything. Here
// nothing is called: the program may name a handful of classes and functions that checkpoints
// need, each of which is data to this package; any other is an error that says its name. A
// tensor's window must lie within its storage, whatever the program claims.
//
// It writes nothing, and it knows no models: which names a CLIP has is package lab's affair.
// Notebook 02 opens a checkpoint.
//
// Sources: Python's pickletools.py for the opcodes; PyTorch, torch/serialization.py and
// torch/_utils.py for the objects.
package pickle
