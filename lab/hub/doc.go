// Package hub fetches the files of published models into the cache that huggingface_hub keeps,
// so that what Python has downloaded is used here, and the other way round.
//
//	h := hub.Default()
//	path, err := h.File(ctx, "openai/clip-vit-base-patch32", "main", "config.json")
//	dir, err := h.Snapshot(ctx, "openai/clip-vit-base-patch32", "", "*.json", "*.safetensors")
//
// The cache has one folder for each repository:
//
//	models--openai--clip-vit-base-patch32/
//	  refs/main                          the commit that the branch had when last asked
//	  blobs/<etag>                       contents, named by sha256 (large files) or git's sha1
//	  blobs/<etag>.incomplete            the part of a content that a cut download left
//	  snapshots/<commit>/model.safetensors -> ../../blobs/<etag>
//	  trees/<commit>.json                the files of that commit
//	  .no_exist/<commit>/<file>          asked for, and not there
//	.locks/models--openai--clip-vit-base-patch32/<etag>.lock
//
// A download goes on where it was cut, is checked against its sha256 or git sha1, and appears
// under its name only when whole. The token goes to the hub and to no other host. Names that a
// repository chose never lead out of the cache.
//
// It uploads nothing, logs nobody in, and speaks HTTP only, not Xet, whose files the hub also
// serves by HTTP. github.com/gomlx/go-huggingface v0.3.1 was looked at and not taken: it refuses
// the redirect of every large file, throws cut downloads away and checks no sum.
//
// No lesson teaches it: notebooks get it through lab.Load.
package hub
