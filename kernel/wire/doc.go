// Package wire is the Jupyter message as it travels: frames, signature, header, and the
// connection file that says where and with which key.
//
// A message on the wire is, in frames:
//
//	identities…  <IDS|MSG>  signature  header  parent_header  metadata  content  buffers…
//
// The parent header goes back byte for byte as it came, so that fields this package does not
// know (subshell ids, a front end's own) survive. It moves no bytes itself; sockets are the
// business of package zmtp, meaning that of package jupyter. No lesson teaches it; the source
// is the Jupyter messaging specification 5.5.
package wire
