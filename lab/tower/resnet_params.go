package tower

import "fmt"

// Names of OpenAI's modified ResNet. Its stem is conv1 … conv3, each with a batch norm bn1 … bn3.
const (
	PoolPositions = "visual.attnpool.positional_embedding" // [1 + grid², 32·width]
	PoolQuery     = "visual.attnpool.q_proj"               // with .weight and .bias, as the next
	PoolKey       = "visual.attnpool.k_proj"
	PoolValue     = "visual.attnpool.v_proj"
	PoolOut       = "visual.attnpool.c_proj"
)

// Bottleneck is the names and the shape of one bottleneck of a ResNet: 1×1, 3×3, 1×1
// convolutions, the last four times as wide.
//
//	x = ReLU(bn3(conv3(avgpool(ReLU(bn2(conv2(ReLU(bn1(conv1(x)))))))) + downsample(x))
type Bottleneck struct {
	Name       string // "visual.layer2.0"
	In, Planes int    // channels that come in, and within; 4·Planes come out
	Stride     int    // 2 where both ways average four cells into one
	Downsample bool   // whether a convolution leads around
}

// Out is the channels that come out.
func (b Bottleneck) Out() int { return 4 * b.Planes }

// Bottlenecks lists those of a ResNet in order.
func Bottlenecks(c Config) []Bottleneck {
	var list []Bottleneck
	in := c.VisionWidth
	for stage, n := range c.VisionStages {
		planes := c.VisionWidth << stage
		for i := range n {
			b := Bottleneck{Name: fmt.Sprintf("visual.layer%d.%d", stage+1, i), In: in,
				Planes: planes, Stride: 1}
			if i == 0 && stage > 0 {
				b.Stride = 2
			}
			b.Downsample = b.Stride > 1 || in != b.Out()
			in = b.Out()
			list = append(list, b)
		}
	}
	return list
}

func resNetParams(c Config) []Param {
	w := c.VisionWidth
	list := convParams("visual.conv1", "visual.bn1", w/2, 3, 3, 1)
	list = append(list, convParams("visual.conv2", "visual.bn2", w/2, w/2, 3, 1)...)
	list = append(list, convParams("visual.conv3", "visual.bn3", w, w/2, 3, 1)...)
	for _, b := range Bottlenecks(c) {
		n, p := b.Name, b.Planes
		list = append(list, convParams(n+".conv1", n+".bn1", p, b.In, 1, 1)...)
		list = append(list, convParams(n+".conv2", n+".bn2", p, p, 3, 1)...)
		list = append(list, convParams(n+".conv3", n+".bn3", b.Out(), p, 1, 0)...)
		if b.Downsample {
			list = append(list,
				convParams(n+".downsample.0", n+".downsample.1", b.Out(), b.In, 1, 1)...)
		}
	}
	e := c.poolWidth()
	list = append(list, param(PoolPositions, normal(inverseRoot(e)), 1+c.Patches(), e))
	for _, name := range []string{PoolQuery, PoolKey, PoolValue, PoolOut} {
		out := e
		if name == PoolOut {
			out = c.EmbedDim
		}
		list = append(list, param(name+".weight", normal(inverseRoot(e)), out, e),
			param(name+".bias", uniform(inverseRoot(e)), out))
	}
	return list
}

// convParams are a convolution without bias and its batch norm, whose gain starts as given.
func convParams(conv, bn string, out, in, side int, gain float64) []Param {
	mean := param(bn+".running_mean", constant(0), out)
	variance := param(bn+".running_var", constant(1), out)
	mean.Buffer, variance.Buffer = true, true
	return []Param{
		param(conv+".weight", uniform(inverseRoot(in*side*side)), out, in, side, side),
		param(bn+".weight", constant(gain), out), param(bn+".bias", constant(0), out),
		mean, variance,
	}
}
