package zmtp

import "time"

// Settle waits until no subscriber of an XPub is more than below bytes behind, so that one who
// prints much does not outrun those who read. A subscriber that has taken nothing for patience
// is not waited for. Other kinds of socket settle at once.
func (s *Socket) Settle(below int64, patience time.Duration) {
	x, ok := s.pattern.(*xpub)
	if !ok {
		return
	}
	for x.behind(below, patience) {
		time.Sleep(settleInterval)
	}
}

// settleInterval is how often Settle looks.
const settleInterval = time.Millisecond

// behind tells whether a subscriber that does read is more than below bytes behind.
func (x *xpub) behind(below int64, patience time.Duration) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, p := range x.peers {
		if p.out.lags(below, patience) {
			return true
		}
	}
	return false
}

// lags tells whether more than below bytes wait, of which some left within patience.
func (o *outbox) lags(below int64, patience time.Duration) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.closed && o.bytes > below && time.Since(o.moved) < patience
}
