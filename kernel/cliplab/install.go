package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"cliplab/kernel/kernelspec"
	"cliplab/kernel/runner"
)

// Tests put another machine in their place.
var (
	here       = kernelspec.Here
	ownProgram = os.Executable
)

// place are the flags that say where a kernel spec is.
type place struct {
	user, sysPrefix bool
	prefix, name    string
}

func (p *place) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&p.user, "user", false, "in the user's Jupyter folder (the default)")
	f.BoolVar(&p.sysPrefix, "sys-prefix", false, "in the active virtual or conda environment, "+
		"else\nthat of the python on PATH")
	f.StringVar(&p.prefix, "prefix", "", "in PREFIX/share/jupyter/kernels; /usr/local is for "+
		"all users")
	f.StringVar(&p.name, "name", kernelspec.DefaultName, "name of the kernel, as notebooks keep it")
}

// dir is the folder of kernels that the flags name.
func (p *place) dir(places *kernelspec.Places) (string, error) {
	name, err := kernelspec.CheckName(p.name)
	if err != nil {
		return "", usageError{trim(err)}
	}
	p.name = name
	switch {
	case p.user && p.sysPrefix, (p.user || p.sysPrefix) && p.prefix != "":
		return "", usageError{errors.New("--user, --sys-prefix and --prefix name different " +
			"places; use one of them")}
	case p.prefix != "":
		return kernelspec.Below(p.prefix)
	case p.sysPrefix:
		prefix, err := places.Prefix()
		if err != nil {
			return "", trim(err)
		}
		return kernelspec.Below(prefix)
	}
	dir, err := places.User()
	return dir, trim(err)
}

func installCommand() *cobra.Command {
	var (
		p           place
		displayName string
		pairs       []string
		replace     bool
	)
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Tell Jupyter of the Go kernel",
		Long: `Install writes the kernel spec, kernel.json and the logos, into a folder where Jupyter,
JupyterLab and VS Code look for kernels, and prints that folder. Python is not run.

Our own earlier spec of that name is replaced, that of another kernel only with --replace.
The spec starts this very program; if that is one that "go run" built, which goes away, a copy
is kept beside the spec.`,
		Example: `  cliplab install
  cliplab install --sys-prefix
  cliplab install --prefix /usr/local
  cliplab install --name go-staging --display-name "Go (staging)" --env GOPROXY=off`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			env, err := kernelspec.ParseEnv(pairs)
			if err != nil {
				return usageError{trim(err)}
			}
			places := here()
			dir, err := p.dir(places)
			if err != nil {
				return err
			}
			executable, err := ownProgram()
			if err != nil {
				return fmt.Errorf("this program does not know its own path: %w", err)
			}
			binary, lasting := places.Binary(executable)
			spec := kernelspec.New(binary, displayName, runner.Version(), env)
			if lasting {
				binary = "" // nothing to copy
			}
			target, err := kernelspec.Install(dir, p.name, spec, binary, replace)
			if err != nil {
				return p.permission(err, dir)
			}
			if spec, err = kernelspec.Read(target); err != nil { // as Jupyter will
				return trim(err)
			}
			p.advise(cmd.ErrOrStderr(), places, target, spec)
			_, err = fmt.Fprintln(cmd.OutOrStdout(), target)
			return err
		},
	}
	p.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&displayName, "display-name", kernelspec.DefaultDisplayName,
		"name that people see")
	f.StringArrayVar(&pairs, "env", nil, "NAME=VALUE: a variable of the kernel's environment; "+
		"repeatable")
	f.BoolVar(&replace, "replace", false, "also replace the spec of another kernel")
	return cmd
}

// permission adds to an error of writing what to try instead.
func (p *place) permission(err error, dir string) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		remedy := "leave out --prefix and --sys-prefix to install for yourself, or use sudo"
		if p.prefix == "" && !p.sysPrefix {
			remedy = "make the folder yours, or set JUPYTER_DATA_DIR, or use --prefix"
		}
		return fmt.Errorf("cannot write to %s: %w; %s", dir, trim(err), remedy)
	}
	return trim(err)
}

// advise says what comes next, and what would keep Jupyter from finding the kernel.
func (p *place) advise(w io.Writer, places *kernelspec.Places, target string,
	spec *kernelspec.Spec) {
	fmt.Fprintf(w, "%s is installed as kernel %q\n", spec.DisplayName, p.name)
	if filepath.Dir(spec.Argv[0]) == target {
		fmt.Fprintf(w, "note: this program lies where it may go away; %s is a copy\n", spec.Argv[0])
	}
	search := places.Search()
	if !slices.Contains(search, filepath.Dir(target)) {
		fmt.Fprintf(w, "note: Jupyter looks there only if it is of that environment, or with "+
			"JUPYTER_PATH=%s\n", filepath.Dir(filepath.Dir(target)))
	} else if first := kernelspec.Find(search, p.name)[0]; first != target {
		fmt.Fprintf(w, "note: Jupyter takes %s first; remove that one, or use another --name\n",
			first)
	}
	if _, err := places.Look("jupyter"); err != nil {
		fmt.Fprintln(w, "next: pip install jupyterlab, then jupyter lab; VS Code finds it as it is")
		return
	}
	fmt.Fprintf(w, "next: jupyter lab, or jupyter console --kernel %s\n", p.name)
}

func uninstallCommand() *cobra.Command {
	var p place
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Take the Go kernel from Jupyter again",
		Long: `Uninstall removes the folder that install wrote, and prints it. It does not touch the
spec of another kernel, notebooks, or the history of inputs.`,
		Example: `  cliplab uninstall
  cliplab uninstall --sys-prefix --name go-staging`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			places := here()
			dir, err := p.dir(places)
			if err != nil {
				return err
			}
			target, err := kernelspec.Remove(dir, p.name)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return p.missing(places, dir)
			case err != nil:
				return p.permission(err, dir)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), target)
			return err
		},
	}
	p.flags(cmd)
	return cmd
}

// missing says where else the kernel is.
func (p *place) missing(places *kernelspec.Places, dir string) error {
	found := kernelspec.Find(places.Search(), p.name)
	if len(found) == 0 {
		return fmt.Errorf("kernel %q is not installed in %s, nor where Jupyter looks", p.name, dir)
	}
	other, below := filepath.Dir(found[0]), filepath.FromSlash("/share/jupyter/kernels")
	flag := "JUPYTER_DATA_DIR=" + filepath.Dir(other)
	if user, err := places.User(); err == nil && user == other {
		flag = "--user"
	} else if prefix, ok := strings.CutSuffix(other, below); ok {
		flag = "--prefix " + prefix
	}
	return fmt.Errorf("kernel %q is not installed in %s, but in %s; use %s", p.name, dir, found[0],
		flag)
}
