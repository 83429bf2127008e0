package magic

import (
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
)

func (r *run) env(s *special) error {
	name, value, set := strings.Cut(s.args, "=")
	if !set {
		if name, value, set = strings.Cut(s.args, " "); set {
			value = strings.TrimLeft(value, " \t")
		}
	}
	name = strings.TrimSpace(name)
	switch {
	case set && name == "":
		return errors.New("magic: %env: write %env NAME=VALUE")
	case set:
		value = unquote(strings.TrimSpace(value))
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("magic: %%env: %w", err)
		}
		fmt.Fprintf(r.stdout(), "env: %s=%s\n", name, value)
		return nil
	case name != "":
		value, ok := os.LookupEnv(name)
		if !ok {
			return fmt.Errorf("magic: %%env: there is no variable %s in the environment", name)
		}
		fmt.Fprintln(r.stdout(), value)
		return nil
	}
	list := os.Environ()
	sort.Strings(list)
	for _, line := range list {
		name, value, _ := strings.Cut(line, "=")
		if secret(name) {
			value = "<hidden>"
		}
		fmt.Fprintf(r.stdout(), "%s=%s\n", name, value)
	}
	return nil
}

// secret tells whether a list should not show the value, since notebooks are passed on.
func secret(name string) bool {
	name = strings.ToUpper(name)
	for _, part := range []string{"KEY", "TOKEN", "SECRET", "PASSW"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

func unquote(s string) string {
	if n := len(s); n >= 2 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
		return s[1 : n-1]
	}
	return s
}
