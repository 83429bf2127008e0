// Package jupyter is the Jupyter kernel: it answers the requests of front ends on the five
// channels of the messaging protocol 5.5, and runs their cells in one session.
//
//	shell     requests in order, one goroutine for each subshell     shell.go
//	control   interrupts, shutdown, information, at once             control.go
//	iopub     what cells print and show, to all front ends           publish.go, output.go
//	stdin     questions to the front end that asked for the cell     stdin.go
//	heartbeat an echo                                                serve.go
//
// Its invariants: nothing of a message is believed before its signature is right; every
// request is framed by busy and idle, whatever happens in between; what a cell prints carries
// the cell's own request as parent, also after the cell has ended; a front end that does not
// read stops nobody.
//
// It knows nothing of CLIP, nor of sockets (package zmtp) and signatures (package wire); what
// a cell means is the business of packages magic and session. All notebooks run on it.
package jupyter
