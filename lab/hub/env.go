package hub

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// PublicEndpoint is the hub that is meant when HF_ENDPOINT is not set.
const PublicEndpoint = "https://huggingface.co"

// Default is the client that the environment describes, as huggingface_hub reads it:
//
//	HF_HUB_CACHE                  the cache; otherwise
//	HF_HOME                       …/hub; otherwise $XDG_CACHE_HOME/huggingface/hub or
//	                              ~/.cache/huggingface/hub
//	HF_ENDPOINT                   the hub, a mirror of it, or a test
//	HF_TOKEN                      the token; otherwise the file HF_TOKEN_PATH, or token in HF_HOME
//	HF_HUB_DISABLE_IMPLICIT_TOKEN send none
//	HF_HUB_OFFLINE                open no connection
//	HF_HUB_DISABLE_SYMLINKS       copy
//	HF_HUB_DISABLE_PROGRESS_BARS  show no progress
//
// Their older names HUGGINGFACE_HUB_CACHE, HUGGING_FACE_HUB_TOKEN and TRANSFORMERS_OFFLINE count
// too. What cannot be read is told at the first use.
func Default() *Client { return fromEnvironment(os.LookupEnv) }

func fromEnvironment(lookup func(string) (string, bool)) *Client {
	e := environment{lookup: lookup}
	home := e.path("HF_HOME", func() string {
		return filepath.Join(e.path("XDG_CACHE_HOME", func() string {
			return filepath.Join(e.userHome(), ".cache")
		}), "huggingface")
	})
	c := &Client{
		Cache: e.path("HF_HUB_CACHE", func() string {
			return e.path("HUGGINGFACE_HUB_CACHE", func() string { return filepath.Join(home, "hub") })
		}),
		Endpoint: strings.TrimRight(e.first(PublicEndpoint, "HF_ENDPOINT"), "/"),
		Offline:  isTrue(e.first("", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")),
		NoLinks:  isTrue(e.first("", "HF_HUB_DISABLE_SYMLINKS")),
		Quiet:    isTrue(e.first("", "HF_HUB_DISABLE_PROGRESS_BARS")),
	}
	if !isTrue(e.first("", "HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
		c.Token = e.token(home)
	}
	c.err = e.err
	return c
}

// environment reads settings and keeps the first thing that went wrong.
type environment struct {
	lookup func(string) (string, bool)
	err    error
}

// first is the first variable that is set and not empty.
func (e *environment) first(otherwise string, names ...string) string {
	for _, name := range names {
		if value, ok := e.lookup(name); ok && value != "" {
			return value
		}
	}
	return otherwise
}

// path is a variable that holds a path, with ~ and $NAME in it replaced.
func (e *environment) path(name string, otherwise func() string) string {
	value := e.first("", name)
	if value == "" {
		return otherwise()
	}
	if value == "~" || strings.HasPrefix(value, "~/") {
		value = e.userHome() + value[1:]
	}
	return os.Expand(value, func(name string) string {
		if v, ok := e.lookup(name); ok {
			return v
		}
		return "$" + name // as Python leaves it
	})
}

func (e *environment) userHome() string {
	if home := e.first("", "HOME", "USERPROFILE"); home != "" {
		return home
	}
	home, err := os.UserHomeDir()
	if err != nil && e.err == nil {
		e.err = fmt.Errorf("hub: no place for the cache: set HF_HOME: %w", err)
	}
	return home
}

func (e *environment) token(home string) string {
	if t := cleanToken(e.first("", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")); t != "" {
		return t
	}
	path := e.path("HF_TOKEN_PATH", func() string { return filepath.Join(home, "token") })
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && e.err == nil {
		e.err = fmt.Errorf("hub: the token cannot be read; put it into HF_TOKEN, or set "+
			"HF_HUB_DISABLE_IMPLICIT_TOKEN=1 to go without: %w", err)
	}
	return cleanToken(string(text))
}

func cleanToken(s string) string {
	return strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(s))
}

func isTrue(s string) bool {
	switch strings.ToUpper(s) {
	case "1", "ON", "YES", "TRUE":
		return true
	}
	return false
}
