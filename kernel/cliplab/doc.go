// Command cliplab runs Go notebooks and the CLIP lab: it executes a notebook in a fresh session
// and writes it as one HTML file, trains the model that ships, and uses CLIP models, built in or
// published, on folders of pictures.
//
//	cliplab report NOTEBOOK   execute, and write one self-contained HTML file
//	cliplab run NOTEBOOK      execute only
//	cliplab train             train the small CLIP that ships
//	cliplab score             score a model on pictures that it never saw
//	cliplab encode            features of many pictures or captions, in a file
//	cliplab search            the pictures nearest to a caption or a picture
//	cliplab classify IMAGE…   which of some labels fits a picture
//	cliplab install           tell Jupyter of the kernel; uninstall takes it back
//	cliplab kernel FILE       the kernel; front ends start it
//	cliplab version
//
// Every command explains itself with examples: cliplab help COMMAND. Progress goes to stderr,
// the path of what was written is the last line of stdout. The exit status is 0 when all went
// well, 1 when something failed (a cell, a file that is no Go notebook, a full disk), 2 when
// the command line was wrong, and 3 when some of many pictures were skipped.
//
// This package is where kernel, lab and data meet; everything of substance is elsewhere.
package main
