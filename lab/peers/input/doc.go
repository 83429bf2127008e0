// Command input answers the checks of lab/peers: one JSON request a line on standard input, one
// JSON answer a line on standard output. It is the door through which Python compares packages
// pixels and bpe with Pillow and with the tokenizers of openai/CLIP, open_clip and transformers;
// the notebook on those steps is 01-clip-explained. It is no server and no part of cliplab.
package main
