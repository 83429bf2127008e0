// Package exercise judges what a student writes: a function goes in, and feedback comes out that
// shows *yours* and *want* for the first case that differs, and names the mistake.
//
//	func normalize(features *lab.Tensor) *lab.Tensor { … }
//	exercise.Normalize(normalize)
//
// Each exercise is one stage of CLIP. It knows the mistakes that people make there, as functions
// that make them, and recognises one by what it gives on all cases. Its tests prove that the
// stubs of the notebooks fail, that solutions pass, and that every known mistake is told from
// every other.
//
// It is no second implementation to learn from: the stages themselves are package lab's, and the
// solutions are its functions. All three notebooks use it.
package exercise
