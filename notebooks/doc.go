// Package notebooks holds the lessons, and the test that runs each of them without Jupyter
// and compares what it prints and shows with the record in testdata.
//
//	go test ./notebooks            run all, compare
//	go test ./notebooks -update    run all, write the records anew
//
//	01-clip-explained.ipynb     what CLIP is, how it is trained, zero-shot, the hat probe,
//	                            linear probe, quiz
//	02-inside-the-towers.ipynb  what a checkpoint holds, attention maps, rollout, the logit lens,
//	                            precisions, files for Python
//	03-training.ipynb           training in one call: a world of toys, floors, warnings, resume
package notebooks
