package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"cliplab/lab"
	"cliplab/lab/bulk"
	"cliplab/lab/pixels"
	"cliplab/lab/progress"
)

const searchHelp = `Search finds the rows of encoded features that are nearest to a caption or
to a picture, with their cosines. The features of cliplab encode know their model; for those
of other programs give it with --model. The file is mapped: a million rows take a fraction of
a second.`

type searchFlags struct {
	model    modelFlags
	features string
	image    string
	top      int
	json     bool
}

func searchCommand(stderr *os.File) *cobra.Command {
	var f searchFlags
	c := &cobra.Command{
		Use:   "search --features FEATURES (TEXT | --image PICTURE)",
		Short: "Find pictures by a caption, or by a picture",
		Long:  searchHelp,
		Example: "  cliplab search --features photos.npy \"a red hat\"\n" +
			"  cliplab search --features photos.npy --image hat.jpg -k 20 --json",
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case f.features == "":
				return usageError{errors.New("search wants --features, as cliplab encode writes them")}
			case len(args) == 0 && f.image == "":
				return usageError{errors.New(`search wants a caption, such as "a red hat", or --image`)}
			case len(args) > 0 && f.image != "":
				return usageError{errors.New("search takes a caption or --image, not both")}
			case f.top < 1:
				return usageError{fmt.Errorf("--top is %d, want 1 or more", f.top)}
			}
			return search(c, &f, args, stderr)
		},
	}
	f.model.add(c)
	c.Flags().StringVarP(&f.features, "features", "f", "", "file of features")
	c.Flags().StringVar(&f.image, "image", "", "picture to search by")
	c.Flags().IntVarP(&f.top, "top", "k", 10, "rows to show")
	c.Flags().BoolVar(&f.json, "json", false, "print a line of JSON for each row")
	return c
}

func search(c *cobra.Command, f *searchFlags, args []string, stderr *os.File) error {
	term := progress.NewTerminal(stderr)
	defer progress.SetSink(term)()
	features, err := bulk.Open(f.features)
	if err != nil {
		return err
	}
	defer features.Close()
	f.adopt(c, features.Settings)
	model, err := f.model.load(c.Context())
	if err != nil {
		return err
	}
	if made := features.Settings.Weights; made != "" && made != bulk.Fingerprint(model) {
		return fmt.Errorf("%s was made by %s with other weights than %s has now; encode it anew, "+
			"or give the right --model", f.features, features.Settings.Model, f.model.name)
	}
	var query *lab.Tensor
	if f.image != "" {
		query, err = encodeImage(model, f.image)
	} else {
		if note := unknown(model, args[0]); note != "" {
			term.Say(note)
		}
		query, err = encodeCaption(model, args[0])
	}
	if err != nil {
		return err
	}
	hits, err := features.Search(query.Data, f.top)
	if err != nil {
		return err
	}
	return f.print(c.OutOrStdout(), features, hits)
}

// adopt takes the settings that the features were made with, where the command line is silent.
func (f *searchFlags) adopt(c *cobra.Command, s bulk.Settings) {
	if s.Model == "" || c.Flags().Changed("model") {
		return
	}
	f.model.name = s.Model
	if !c.Flags().Changed("revision") {
		f.model.revision = s.Revision
	}
	if !c.Flags().Changed("precision") {
		f.model.precision = s.Precision
	}
	if !c.Flags().Changed("size") {
		f.model.size = s.ImageSize
	}
}

func encodeCaption(m *lab.Model, caption string) (*lab.Tensor, error) {
	tokens, err := m.Tokenize(caption)
	if err != nil {
		return nil, err
	}
	return m.EncodeText(tokens), nil
}

func encodeImage(m *lab.Model, path string) (*lab.Tensor, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	img, err := pixels.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m.EncodeImage(m.Preprocess(img)), nil
}

// hit is one row in JSON.
type hit struct {
	Rank    int     `json:"rank"`
	Row     int     `json:"row"`
	Cosine  float64 `json:"cosine"`
	Name    string  `json:"name"`
	Path    string  `json:"path,omitempty"` // of a picture, from the root on
	Caption string  `json:"caption,omitempty"`
}

func (f *searchFlags) print(w io.Writer, features *bulk.Features, hits []bulk.Hit) error {
	rows := make([]int, len(hits))
	for i, h := range hits {
		rows[i] = h.Row
	}
	items, err := features.Names(rows)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(w)
	for i, h := range hits {
		line := hit{Rank: i + 1, Row: h.Row, Cosine: h.Cosine, Name: items[i].Name,
			Caption: items[i].Caption}
		if folder := features.Settings.Folder; folder != "" {
			line.Path = items[i].Name
			if !filepath.IsAbs(line.Path) {
				line.Path = filepath.Join(folder, filepath.FromSlash(line.Path))
			}
		}
		if f.json {
			err = encoder.Encode(line)
		} else {
			text := fmt.Sprintf("%3d  %7.4f  %s", line.Rank, line.Cosine, line.Name)
			if line.Caption != "" {
				text += "  (" + line.Caption + ")"
			}
			_, err = fmt.Fprintln(w, text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
