package magic

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// goCommand is the go command for the modules of the session.
func (r *run) goCommand(s *special) error {
	list, err := words(s.args)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("magic: %go: write %go get PATH, %go list, %go mod, %go save FOLDER " +
			"or %go version")
	}
	modules := r.i.opts.Modules
	if list[0] == "version" {
		fmt.Fprintln(r.stdout(), strings.TrimSpace("cliplab "+r.i.opts.Version+" "+
			runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH))
		return nil
	}
	if modules == nil {
		return fmt.Errorf("magic: %%go %s: modules cannot be fetched here", list[0])
	}
	switch list[0] {
	case "get":
		if len(list) < 2 {
			return errors.New("magic: %go get: which module? %go get PATH, or PATH@VERSION")
		}
		for _, spec := range list[1:] {
			if strings.HasPrefix(spec, "-") {
				continue // -u and its kin: the newest version comes anyway
			}
			if err := modules.Get(r.x.Context(), spec, r.stdout()); err != nil {
				if r.x.Interrupted() {
					return interrupted()
				}
				return err
			}
		}
		return nil
	case "list":
		for _, line := range required(string(modules.ModFile())) {
			fmt.Fprintln(r.stdout(), line)
		}
		return nil
	case "mod":
		r.stdout().Write(modules.ModFile())
		return nil
	case "save":
		folder := "."
		if len(list) > 1 {
			folder = expand(list[1])
		}
		if err := modules.Save(folder); err != nil {
			return err
		}
		fmt.Fprintf(r.stdout(), "go.mod and go.sum are in %s\n", folder)
		return nil
	}
	return fmt.Errorf("magic: %%go %s: cells know get, list, mod, save and version; "+
		"the go command itself is !go %s", list[0], s.args)
}

// required are the requirements of a go.mod, one a line.
func required(mod string) []string {
	var list []string
	inside := false
	for line := range strings.SplitSeq(mod, "\n") {
		line = strings.TrimSpace(line)
		one, single := strings.CutPrefix(line, "require ")
		switch {
		case line == "require (":
			inside = true
		case line == ")":
			inside = false
		case single:
			list = append(list, one)
		case inside && line != "":
			list = append(list, line)
		}
	}
	return list
}
