// Package kernelspec tells Jupyter where the kernel is: it writes, finds and removes the folder
// with kernel.json and the logos that the front ends look for.
//
// Where front ends look is the affair of Python's jupyter_core; [Places] follows it on Linux,
// macOS and Windows from the environment alone, without running Python:
//
//	user         $JUPYTER_DATA_DIR, or ~/.local/share/jupyter, ~/Library/Jupyter, %APPDATA%\jupyter
//	environment  PREFIX/share/jupyter of a virtual environment, of conda, or of the python on PATH
//	system       /usr/local/share/jupyter; on Windows the environment's
//
// A kernel spec is replaced whole or not at all, and one that is not ours only when asked. The
// logos are the similarity matrix that the lessons teach: every picture with every caption,
// the pairs bright. The package starts no kernel. No lesson teaches it.
package kernelspec
