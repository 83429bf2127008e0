package zmtp

import (
	"errors"
	"fmt"
	"slices"
	"sync"
)

// xpub sends to all who subscribed to a prefix of the first frame (RFC 29). It waits for
// nobody: what does not fit into the outbox of a peer is lost to that peer.
type xpub struct {
	welcome func(topic []byte) [][]byte
	grumble func(string, ...any)

	mu    sync.Mutex
	peers []*peer
}

func (x *xpub) attach(p *peer) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.peers = append(x.peers, p)
	return nil
}

func (x *xpub) detach(p *peer, _ error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.peers = slices.DeleteFunc(x.peers, func(other *peer) bool { return other == p })
}

// deliver reads the subscriptions of ZMTP 3.0: a message of one frame, 1 and the topic, or
// 0 to cancel. What an XSUB sends otherwise is passed over.
func (x *xpub) deliver(p *peer, message [][]byte) error {
	if len(message) == 1 && len(message[0]) > 0 && message[0][0] <= 1 {
		return x.subscribe(p, message[0][1:], message[0][0] == 1)
	}
	return nil
}

func (x *xpub) subscribe(p *peer, topic []byte, add bool) error {
	var greet [][]byte
	if add && x.welcome != nil {
		greet = x.welcome(topic) // a foreign function is not called under the lock
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if !add {
		p.topics.cancel(string(topic))
		return nil
	}
	fresh, err := p.topics.add(string(topic))
	if fresh && len(greet) > 0 {
		p.offer(greet)
	}
	return err
}

func (x *xpub) send(message [][]byte) error {
	if len(message) == 0 {
		return errNoFrame
	}
	if complaint := x.publish(message); complaint != "" {
		x.grumble("%s", complaint) // not under the lock: who hears it may publish it
	}
	return nil
}

func (x *xpub) publish(message [][]byte) (complaint string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, p := range x.peers {
		if p.topics.match(message[0]) {
			if news := p.offer(message); news != "" {
				complaint = news
			}
		}
	}
	return complaint
}

// offer queues a message unless the peer is too far behind, and says if that has changed.
func (p *peer) offer(message [][]byte) (news string) {
	if p.out.put(parcel{frames: message}) {
		if p.lost > 0 {
			news = fmt.Sprintf("zmtp: subscriber %v reads again; it lost %d messages", p, p.lost)
		}
		p.lost = 0
		return news
	}
	if p.lost++; p.lost == 1 {
		news = fmt.Sprintf("zmtp: subscriber %v is %d MiB behind; it loses messages until it reads",
			p, p.out.bound>>20)
	}
	return news
}

func (x *xpub) recv() ([][]byte, error) {
	return nil, errors.New("zmtp: an XPub socket receives nothing; see Options.Welcome")
}

func (x *xpub) close(error) {}
