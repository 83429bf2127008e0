//go:build !linux

package pages

func wish([]float32) {}
