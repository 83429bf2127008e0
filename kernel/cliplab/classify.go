package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"cliplab/lab"
	"cliplab/lab/bulk"
	"cliplab/lab/progress"
)

const classifyHelp = `Classify says how probable each label is for each picture, without
having been trained on any of them: the labels are captions, and the one nearest to the
picture wins.

Labels are joined by commas, or stand in a file, one a line. With --template a label goes in
the place of {}; several templates are averaged. --json prints one line of JSON for each
picture.

The exit status is 0 when every picture was classified, 3 when some could not be read, 1 when
something else failed, and 2 when the command line was wrong.`

type classifyFlags struct {
	model     modelFlags
	labels    string
	templates []string
	top       int
	json      bool
}

func classifyCommand(stderr *os.File) *cobra.Command {
	var f classifyFlags
	c := &cobra.Command{
		Use:   "classify IMAGE… --labels LABELS",
		Short: "Say which of your labels fits a picture",
		Long:  classifyHelp,
		Example: "  cliplab classify cat.jpg --labels \"a cat,a dog\"\n" +
			"  cliplab classify *.jpg --labels words.txt --template \"a photo of a {}.\" --top 3\n" +
			"  cliplab classify *.jpg --labels \"a cat,a dog\" --json",
		Args: atLeastOne("picture"),
		RunE: func(c *cobra.Command, args []string) error {
			labels, err := readLabels(f.labels)
			if err != nil {
				return err
			}
			for _, t := range f.templates {
				if !strings.Contains(t, "{}") {
					return usageError{fmt.Errorf("--template is %q, without {} for the label", t)}
				}
			}
			if f.top < 0 {
				return usageError{fmt.Errorf("--top is %d, want 1 or more, or 0 for all labels", f.top)}
			}
			return classify(c, &f, labels, args, stderr)
		},
	}
	f.model.add(c)
	c.Flags().StringVarP(&f.labels, "labels", "l", "", "labels joined by commas, or a file of them")
	c.Flags().StringArrayVarP(&f.templates, "template", "t", []string{"{}"},
		"sentence around each label, {} in its place; may be repeated")
	c.Flags().IntVar(&f.top, "top", 10, "labels shown for a picture, 0 for all")
	c.Flags().BoolVar(&f.json, "json", false, "print a line of JSON for each picture")
	return c
}

// readLabels splits the labels, or reads the file of that name.
func readLabels(s string) ([]string, error) {
	if strings.TrimSpace(s) == "" {
		return nil, usageError{errors.New(`classify wants --labels, such as --labels "a cat,a dog"`)}
	}
	separator := ","
	if info, err := os.Stat(s); err == nil && info.Mode().IsRegular() {
		text, err := os.ReadFile(s)
		if err != nil {
			return nil, fmt.Errorf("labels: %w", err)
		}
		s, separator = strings.TrimPrefix(string(text), "\ufeff"), "\n"
	}
	var labels []string
	for label := range strings.SplitSeq(s, separator) {
		if label = strings.TrimSpace(label); label != "" {
			labels = append(labels, label)
		}
	}
	if len(labels) == 0 {
		return nil, usageError{errors.New("--labels has no label in it")}
	}
	return labels, nil
}

func classify(c *cobra.Command, f *classifyFlags, labels, pictures []string,
	stderr *os.File) error {
	term := progress.NewTerminal(stderr)
	defer progress.SetSink(term)()
	model, err := f.model.load(c.Context())
	if err != nil {
		return err
	}
	classifier, err := model.Classifier(labels, f.templates...)
	if err != nil {
		return err
	}
	if note := unknown(model, labels...); note != "" {
		term.Say(note)
	}
	items := make([]bulk.Item, len(pictures))
	for i, path := range pictures {
		items[i] = bulk.Item{Name: path, Path: path}
	}
	out, skipped := c.OutOrStdout(), 0
	err = bulk.EachBatch(c.Context(), model, items,
		func(batch []bulk.Item, features *lab.Tensor) error {
			prediction := classifier.ClassifyFeatures(features)
			for i, item := range batch {
				if err := f.print(out, item.Name, prediction, i); err != nil {
					return err
				}
			}
			return nil
		}, func(item bulk.Item, reason error) error {
			skipped++
			term.Say(fmt.Sprintf("skipped %s: %v", item.Name, reason))
			return nil
		})
	if err != nil {
		return err
	}
	if skipped > 0 {
		return someError{fmt.Errorf("%d of %d pictures could not be read", skipped, len(pictures))}
	}
	return nil
}

// guess is one label of a picture in JSON.
type guess struct {
	Label       string  `json:"label"`
	Probability float64 `json:"probability"`
	Cosine      float64 `json:"cosine"`
}

// print writes the labels of picture i, the most probable first.
func (f *classifyFlags) print(w io.Writer, name string, p *lab.Prediction, i int) error {
	top := f.top
	if top <= 0 || top > len(p.Classes) {
		top = len(p.Classes)
	}
	guesses := p.Top(i, top)
	if f.json {
		line := struct {
			Image  string  `json:"image"`
			Labels []guess `json:"labels"`
		}{Image: name}
		for _, g := range guesses {
			cosine := float64(p.Similarity.Data[i*len(p.Classes)+g.Index])
			line.Labels = append(line.Labels, guess{g.Class, g.Prob, cosine})
		}
		return json.NewEncoder(w).Encode(line)
	}
	text := name + "\n"
	const width = 24
	for _, g := range guesses {
		full := int(g.Prob*width + 0.5)
		text += fmt.Sprintf("  %s%s %5.1f %%  %s\n", strings.Repeat("█", full),
			strings.Repeat("·", width-full), 100*g.Prob, g.Class)
	}
	if rest := len(p.Classes) - top; rest > 0 {
		text += fmt.Sprintf("  and %d more, see --top\n", rest)
	}
	_, err := io.WriteString(w, text)
	return err
}
