package zmtp

import "sync"

// inbox holds what peers have sent until the user of the socket asks for it. It is fair:
// get goes round the peers, and a peer that is laneBound bytes ahead waits, and its TCP
// connection with it.
type inbox struct {
	mu    sync.Mutex
	came  sync.Cond
	round []*lane // with messages, the next one first
	err   error   // why no more will come
}

const laneBound = 4 << 20

// lane holds the messages of one peer.
type lane struct {
	peer     *peer
	messages [][][]byte
	bytes    int64
	room     sync.Cond
}

func (b *inbox) init() { b.came.L = &b.mu }

func (b *inbox) lane(p *peer) *lane {
	l := &lane{peer: p}
	l.room.L = &b.mu
	return l
}

// put adds a message once its lane has room. After close it forgets it.
func (b *inbox) put(l *lane, message [][]byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for l.bytes >= laneBound && b.err == nil {
		l.room.Wait()
	}
	if b.err != nil {
		return
	}
	l.messages = append(l.messages, message)
	l.bytes += weight(message)
	if len(l.messages) == 1 {
		b.round = append(b.round, l)
		b.came.Signal()
	}
}

// get waits for a message.
func (b *inbox) get() (*peer, [][]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.round) == 0 {
		if b.err != nil {
			return nil, nil, b.err
		}
		b.came.Wait()
	}
	l := b.round[0]
	b.round[0] = nil
	b.round = b.round[1:]
	message := l.messages[0]
	l.messages[0] = nil
	l.messages = l.messages[1:]
	l.bytes -= weight(message)
	if len(l.messages) > 0 {
		b.round = append(b.round, l)
		b.came.Signal() // for another Recv that waits
	}
	if l.bytes < laneBound {
		l.room.Signal()
	}
	return l.peer, message, nil
}

// end says why no more messages will come; those that are there may still be got.
func (b *inbox) end(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
	for _, l := range b.round {
		l.room.Broadcast()
	}
	b.came.Broadcast()
}

// close forgets all messages.
func (b *inbox) close(err error) {
	b.end(err)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.round = nil
}
