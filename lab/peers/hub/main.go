// Hub is the Go side of lab/peers/test_hub.py.
//
//	hub serve DIR      serves DIR/OWNER/NAME/… as repositories on 127.0.0.1, prints its address,
//	                   and stops when its input ends; a line in the input is answered with the
//	                   requests since the last one, as JSON
//	hub snapshot REPO REVISION [PATTERN…]
//	hub file REPO REVISION NAME
//	                   fetch as lab.Load does, by the environment, and print the path
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"cliplab/lab/hub"
	"cliplab/lab/hub/hubtest"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	ctx := context.Background()
	switch {
	case len(args) == 2 && args[0] == "serve":
		return serve(args[1])
	case len(args) == 4 && args[0] == "file":
		path, err := hub.Default().File(ctx, args[1], args[2], args[3])
		fmt.Println(path)
		return err
	case len(args) >= 3 && args[0] == "snapshot":
		dir, err := hub.Default().Snapshot(ctx, args[1], args[2], args[3:]...)
		fmt.Println(dir)
		return err
	}
	return errors.New("usage: hub serve DIR | file REPO REVISION NAME | snapshot REPO REVISION")
}

func serve(dir string) error {
	server := hubtest.New()
	defer server.Close()
	repos, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		return err
	}
	for _, repo := range repos {
		files := map[string][]byte{}
		err := fs.WalkDir(os.DirFS(repo), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files[name], err = os.ReadFile(filepath.Join(repo, name))
			return err
		})
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, repo)
		if err != nil {
			return err
		}
		commit := server.Put(filepath.ToSlash(name), files)
		server.Name(filepath.ToSlash(name), "v1", commit)
	}
	fmt.Println(server.URL)
	out := json.NewEncoder(os.Stdout)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if err := out.Encode(server.Asked()); err != nil {
			return err
		}
	}
	return nil
}
