//go:build !unix

package magic

import "time"

// processor is what the process has used of the processors; here nobody tells.
type processor struct{ user, system time.Duration }

func processorTime() processor { return processor{} }

func (p processor) minus(processor) processor { return p }
