package engine_test

import "go/types"

func function(p *program, name string) *types.Func {
	return p.pkg.Scope().Lookup(name).(*types.Func)
}

func variable(p *program, name string) int {
	return int(p.e.Var(p.pkg.Scope().Lookup(name).(*types.Var)).Int())
}

func setVariable(p *program, name string, n int) {
	p.e.Var(p.pkg.Scope().Lookup(name).(*types.Var)).SetInt(int64(n))
}
