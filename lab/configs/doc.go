// Package configs reads and writes the files in which publishers say what a CLIP is: the shape
// of its towers and how pictures are made ready.
//
//	transformers   config.json and preprocessor_config.json
//	open_clip      open_clip_config.json
//
// What the lab's towers cannot do is an error that names the field and its value, so that no
// model is opened and then computes something else. Fields that matter only in training, as
// dropout, are passed over.
//
// It reads no weights. Sources: transformers configuration_clip.py and
// image_processing_clip.py; open_clip src/open_clip/model.py (CLIPVisionCfg, CLIPTextCfg) and
// transform.py. Notebook 02 opens such models.
package configs
