// Package zmtp is the part of ZeroMQ that a Jupyter kernel needs: sockets that speak
// ZMTP 3.1, the wire protocol of libzmq, over TCP and Unix domain sockets.
//
// A Socket of kind Router, Rep or XPub listens; one of kind Dealer, Req or Sub dials. A
// message is a list of frames. Connections are plain (NULL) or encrypted (CURVE).
//
//	socket, err := zmtp.Listen(zmtp.Router, "tcp://127.0.0.1:0", zmtp.Options{})
//	for {
//		message, err := socket.Recv() // identity of the peer, then its frames
//		...
//		err = socket.Send(message)
//	}
//
// Bytes of strangers cost little: a connection that does not shake hands in time is closed,
// half-open ones are bounded, no length is believed before the bytes have come. No peer can
// stop another: a subscriber that does not read loses messages once it is Options.Queue
// bytes behind, any other peer its connection, and Send waits for neither.
//
// It is not a ZeroMQ library: a dialed socket has one peer and does not reconnect, and there
// are no proxies, monitors, multicast or ZAP. What the frames mean is decided by kernel/wire.
//
// The protocols are RFC 37 (ZMTP 3.1), 23 (3.0), 25 (NULL), 26 (CurveZMQ), 28 and 29
// (REQ-REP and PUB-SUB) and 32 (Z85) of rfc.zeromq.org.
package zmtp
