package cuda

import (
	"errors"

	"cliplab/lab/cuda/driver"
)

// Devices exchange twice in a step: features, so that each has all pairs, and gradients, so that
// all take the same step. Where NCCL is found that goes from device to device in the order of
// their streams; else through the host, with sums in the order of the devices. Either way all
// devices end with the same bits and stay the same model. Two devices have those bits both ways;
// of more, NCCL may round in another order (driver.Group).

// join makes a group of several devices, if there is NCCL; why says what they do without.
func join(gpus []*GPU, o Options) (group *driver.Group, why error) {
	if len(gpus) == 1 || o.NoNCCL {
		return nil, nil
	}
	var contexts []*driver.Context
	for _, g := range gpus {
		contexts = append(contexts, g.context)
	}
	return driver.NewGroup(contexts)
}

// Exchange says how several devices exchange: by NCCL, or through the host and why. It is "" of
// one device.
func (t *Trainer) Exchange() string {
	switch {
	case t.group != nil:
		return t.group.String()
	case len(t.parts) == 1:
		return ""
	case t.alone != nil:
		return "through the host: " + t.alone.Error()
	}
	return "through the host"
}

func (t *Trainer) streams() (all []*driver.Stream) {
	for _, p := range t.parts {
		all = append(all, p.g.stream)
	}
	return all
}

// gather brings the features of all devices to each.
func (t *Trainer) gather() error {
	switch {
	case len(t.parts) == 1:
		return nil
	case t.group == nil:
		return t.gatherByHost()
	}
	share := t.chunk * t.c.EmbedDim
	for _, of := range features {
		// The chunks of a round lie one behind the other in the order of the devices.
		for first := 0; first < t.batch*t.c.EmbedDim; first += share * len(t.parts) {
			err := t.group.AllGather(func(rank int) driver.Pointer {
				return at(of(t.parts[rank]), first)
			}, share, t.streams())
			if err != nil {
				return errors.Join(err, t.wait())
			}
		}
	}
	return nil
}

// features are where a device keeps those of all pairs.
var features = []func(p *part) pointer{
	func(p *part) pointer { return p.loss.image }, func(p *part) pointer { return p.loss.text },
}

// reduce makes the gradients of each device the sum over all.
func (t *Trainer) reduce() error {
	total := t.parts[0].ws.total
	switch {
	case len(t.parts) == 1 || total == 0:
		return nil
	case t.group == nil:
		return t.reduceByHost()
	}
	err := t.group.AllReduce(func(rank int) driver.Pointer { return t.parts[rank].ws.sum }, total,
		t.streams())
	return errors.Join(err, t.wait(), t.group.Err())
}

func (t *Trainer) gatherByHost() error {
	n, d := t.batch, t.c.EmbedDim
	for _, of := range features {
		all := t.room(n * d)
		for chunk := range n / t.chunk {
			p, lo, hi := t.parts[chunk%len(t.parts)], chunk*t.chunk*d, (chunk+1)*t.chunk*d
			p.g.do(func() error { return p.g.stream.Read(all[lo:hi], at(of(p), lo)) })
		}
		if err := t.wait(); err != nil {
			return err
		}
		for _, p := range t.parts {
			p.g.do(func() error { return p.g.stream.Write(of(p), all) })
		}
	}
	return t.wait()
}

// reduceNumbers is how many gradients are added up at a time.
const reduceNumbers = 4 << 20

func (t *Trainer) reduceByHost() error {
	total := t.parts[0].ws.total
	for lo := 0; lo < total; lo += reduceNumbers {
		n := min(reduceNumbers, total-lo)
		room := t.room(2 * n)
		sum, one := room[:n], room[n:]
		clear(sum)
		for _, p := range t.parts {
			p.g.do(func() error { return p.g.stream.Read(one, at(p.ws.sum, lo)) })
			if err := p.g.taken(); err != nil {
				return err
			}
			for i, x := range one {
				sum[i] += x
			}
		}
		for _, p := range t.parts {
			p.g.do(func() error { return p.g.stream.Write(at(p.ws.sum, lo), sum) })
		}
	}
	return t.wait()
}

// room is memory of the host that is kept from step to step.
func (t *Trainer) room(n int) []float32 {
	if len(t.host) < n {
		t.host = make([]float32, n)
	}
	return t.host[:n]
}
