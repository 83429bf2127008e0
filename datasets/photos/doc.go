// Package photos holds six photographs in the public domain or under CC0, with captions:
// an astronaut, a cat, a cup of coffee, a rocket, a man with a camera, the outline of a horse.
// None is trained on. A CLIP trained on drawings finds them hard; the lesson says so.
package photos
