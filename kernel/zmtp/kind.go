package zmtp

import "fmt"

// Kind says how a socket treats its peers.
type Kind int

// The listening kinds come first, then those that dial.
const (
	Router Kind = iota // addresses each message to one of its peers
	Rep                // answers each request to whom it came from
	XPub               // sends to all who subscribed
	Dealer             // sends and receives freely
	Req                // sends, then waits for the answer
	Sub                // receives what it subscribed to
)

// The names of the Socket-Type property.
var kindNames = [...]string{"ROUTER", "REP", "XPUB", "DEALER", "REQ", "SUB"}

// String returns the name on the wire, such as "ROUTER".
func (k Kind) String() string {
	if k < Router || k > Sub {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return kindNames[k]
}

func (k Kind) listens() bool { return k >= Router && k <= XPub }
func (k Kind) dials() bool   { return k >= Dealer && k <= Sub }

// fits says whether a peer of the named socket type makes a pair with k (RFC 23, "The
// Socket-Type property").
func (k Kind) fits(peer string) bool {
	switch k {
	case Router, Dealer:
		return peer == "DEALER" || peer == "ROUTER" ||
			k == Router && peer == "REQ" || k == Dealer && peer == "REP"
	case Rep:
		return peer == "REQ" || peer == "DEALER"
	case Req:
		return peer == "REP" || peer == "ROUTER"
	case XPub:
		return peer == "SUB" || peer == "XSUB"
	case Sub:
		return peer == "PUB" || peer == "XPUB"
	}
	return false
}
