package zmtp

import "errors"

// subscriptions are the topics of one peer, counted: what was subscribed twice has to be
// cancelled twice.
type subscriptions struct {
	count   map[string]int
	lengths map[int]int // topics of each length, so that a look-up is one for each length
	bytes   int
}

const maxSubscriptions = 1 << 20 // bytes of topics, each with 64 more

// add says whether the topic is new.
func (s *subscriptions) add(topic string) (bool, error) {
	if s.count == nil {
		s.count, s.lengths = map[string]int{}, map[int]int{}
	}
	if s.count[topic]++; s.count[topic] > 1 {
		return false, nil
	}
	s.lengths[len(topic)]++
	if s.bytes += len(topic) + 64; s.bytes > maxSubscriptions {
		return false, errors.New("zmtp: the peer subscribes to too many topics")
	}
	return true, nil
}

// cancel passes over a topic that was not subscribed.
func (s *subscriptions) cancel(topic string) {
	switch s.count[topic] {
	case 0:
	case 1:
		delete(s.count, topic)
		if s.lengths[len(topic)]--; s.lengths[len(topic)] == 0 {
			delete(s.lengths, len(topic))
		}
		s.bytes -= len(topic) + 64
	default:
		s.count[topic]--
	}
}

// match says whether a topic is a prefix of the frame.
func (s *subscriptions) match(frame []byte) bool {
	for n := range s.lengths {
		if n <= len(frame) && s.count[string(frame[:n])] > 0 {
			return true
		}
	}
	return false
}
