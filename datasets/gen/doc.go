// Command gen packs the embedded data: it joins the emoji of ten artists with their captions
// by code point or by name and writes sprite sheets, takes parts of two sets by others, trims the
// cut-outs, shrinks the photographs, and writes a table of checksums beside each.
//
// gen/README.md says where the sources come from. Run from the root of the module:
//
//	go run ./datasets/gen -src DIR
package main
