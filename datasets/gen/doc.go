// Command gen packs the embedded emoji: it joins the pictures of three artists with their
// captions by code point and writes sprite sheets, a table and checksums.
//
// gen/README.md says where the sources come from. Run from the root of the module:
//
//	go run ./datasets/gen -src DIR
package main
