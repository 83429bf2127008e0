package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"cliplab/lab"
	"cliplab/lab/bulk"
	"cliplab/lab/progress"
)

const encodeHelp = `Encode writes the features of many pictures or captions, one row each, for
NumPy or any reader of safetensors. Memory does not grow with their number.

  --images  a folder, with its folders, or a list: a picture a line, a caption behind a tab
  --texts   a file with a caption a line; of a list with tabs the second column

Rows are in the order of the names, and unit features unless --raw is given. With both
--images and --texts there are two outputs, NAME.images.npy and NAME.texts.npy. Beside each
stand

  features.npy.names.tsv    picture and caption of each row
  features.npy.skipped.tsv  what could not be read, and why
  features.npy.json         model and settings, for cliplab search

Started again, the same command goes on where it ended, also after kill -9, and encodes what
has been added meanwhile. A picture that changed under its name keeps its old row; --overwrite
starts anew.

The exit status is 0 when every picture has a row, 3 when some were skipped (the others are
written), 1 when the run ended early, and 2 when the command line was wrong.`

type encodeFlags struct {
	model              modelFlags
	images, texts, out string
	batch              int
	raw, overwrite     bool
}

func encodeCommand(stderr *os.File) *cobra.Command {
	var f encodeFlags
	c := &cobra.Command{
		Use:   "encode (--images DIR|LIST | --texts FILE) --out FEATURES",
		Short: "Encode a folder of pictures, or a file of captions",
		Long:  encodeHelp,
		Example: "  cliplab encode --images photos --out photos.npy\n" +
			"  cliplab encode --images pairs.tsv --texts pairs.tsv --out pairs.safetensors\n" +
			"  cliplab encode -m openai/clip-vit-base-patch32 --precision bf16 \\\n" +
			"      --images photos --out photos.npy\n" +
			"  cliplab search --features photos.npy \"a red hat\"",
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if _, err := f.model.arithmetic(); err != nil {
				return err
			}
			if err := f.check(); err != nil {
				return usageError{err}
			}
			return encode(c, &f, stderr)
		},
	}
	f.model.add(c)
	c.Flags().StringVar(&f.images, "images", "", "folder or list of pictures")
	c.Flags().StringVar(&f.texts, "texts", "", "file of captions")
	c.Flags().StringVarP(&f.out, "out", "o", "", "file to write, .npy or .safetensors")
	c.Flags().IntVar(&f.batch, "batch", bulk.DefaultBatch, "pictures or captions encoded at once")
	c.Flags().BoolVar(&f.raw, "raw", false, "keep the lengths of the features")
	c.Flags().BoolVar(&f.overwrite, "overwrite", false, "start anew where there is an output")
	return c
}

func (f *encodeFlags) check() error {
	switch {
	case f.images == "" && f.texts == "":
		return errors.New("encode wants --images or --texts; see cliplab encode --help")
	case f.out == "":
		return errors.New("encode wants --out, such as --out features.npy")
	case f.batch < 1:
		return fmt.Errorf("--batch is %d, want 1 or more", f.batch)
	}
	switch ext := strings.ToLower(filepath.Ext(f.out)); ext {
	case ".npy", ".safetensors":
	default:
		return fmt.Errorf("--out is %s; its name says the format: .npy or .safetensors", f.out)
	}
	return nil
}

// work is a source and where its features go.
type work struct {
	source *bulk.Source
	out    string
}

// work opens the sources. If there are pictures and captions, each gets an output of its own.
func (f *encodeFlags) work() ([]work, error) {
	ext := filepath.Ext(f.out)
	base := strings.TrimSuffix(f.out, ext)
	var all []work
	if f.images != "" {
		source, err := bulk.Pictures(f.images)
		if err != nil {
			return nil, err
		}
		all = append(all, work{source, f.out})
	}
	if f.texts != "" {
		source, err := bulk.Texts(f.texts)
		if err != nil {
			return nil, err
		}
		all = append(all, work{source, f.out})
	}
	if len(all) == 2 {
		all[0].out, all[1].out = base+".images"+ext, base+".texts"+ext
	}
	return all, nil
}

func encode(c *cobra.Command, f *encodeFlags, stderr *os.File) error {
	term := progress.NewTerminal(stderr)
	defer progress.SetSink(term)()
	work, err := f.work() // before a model is fetched
	if err != nil {
		return err
	}
	if err := writable(filepath.Dir(f.out)); err != nil {
		return err
	}
	model, err := f.model.load(c.Context())
	if err != nil {
		return err
	}
	skipped, lists := 0, ""
	for _, w := range work {
		result, err := encodeSource(c.Context(), f, model, w.source, w.out, term)
		if err != nil {
			return err
		}
		if skipped += result.Skipped; result.Skipped > 0 {
			lists += " " + w.out + ".skipped.tsv"
		}
		fmt.Fprintln(c.OutOrStdout(), w.out)
	}
	if skipped > 0 {
		return someError{fmt.Errorf("%d skipped, the others are written; see%s", skipped, lists)}
	}
	return nil
}

func encodeSource(ctx context.Context, f *encodeFlags, model *lab.Model, source *bulk.Source,
	out string, term *progress.Terminal) (bulk.Result, error) {
	const most = 20
	told := 0
	options := bulk.Options{
		Model: f.model.fullName(), Revision: f.model.revision, Precision: f.model.precision,
		ImageSize: f.model.size, Batch: f.batch, Raw: f.raw, Overwrite: f.overwrite,
		Report: func(item bulk.Item, reason error) {
			if told++; told <= most {
				term.Say(fmt.Sprintf("skipped %.60s: %v", item.Name, reason))
			} else if told == most+1 {
				term.Say("skipped more; all are in " + out + ".skipped.tsv")
			}
		},
	}
	run := bulk.EncodePictures
	if source.Kind == bulk.TextRows {
		run = bulk.EncodeTexts
	}
	r, err := run(ctx, model, source, out, options)
	if errors.Is(err, context.Canceled) {
		return r, fmt.Errorf("stopped with %d rows in %s; the same command goes on from there",
			r.Rows, out)
	}
	if err != nil {
		return r, err
	}
	term.Say(summaryOf(r, source.Kind, out, model.Name))
	return r, nil
}

func summaryOf(r bulk.Result, kind bulk.Kind, out, model string) string {
	line := fmt.Sprintf("%s: %d × %d features of %s by %s", out, r.Rows, r.Dim, kind, model)
	switch {
	case r.New == 0:
		return line + "; nothing was new"
	case r.New < r.Rows:
		line += fmt.Sprintf("; %d are new", r.New)
	}
	return line + fmt.Sprintf(", in %.1f s (%.1f/s)", r.Elapsed.Seconds(), r.Rate())
}
