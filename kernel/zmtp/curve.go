package zmtp

const keySize = 32

// Curve is a key pair of CurveZMQ.
type Curve struct{ Public, Secret [keySize]byte }

func (o Options) mechanism(server bool) mechanism { return null{} }
