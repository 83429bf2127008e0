package history

import (
	"os"
	"path/filepath"
)

// Path says where history is kept, "" for memory only. CLIPLAB_HISTORY names a file, or is
// "off"; else it is cliplab/history.jsonl in the place that the system has for state:
//
//	$XDG_STATE_HOME, or ~/.local/state    Linux and other Unix; on macOS only if set
//	~/Library/Application Support         macOS
//	%LocalAppData%                        Windows
func Path(goos string, getenv func(string) string) string {
	const name = "history.jsonl"
	switch own := getenv("CLIPLAB_HISTORY"); own {
	case "off", os.DevNull:
		return ""
	case "":
	default:
		return own
	}
	if state := getenv("XDG_STATE_HOME"); filepath.IsAbs(state) { // a relative one is void: XDG
		return filepath.Join(state, "cliplab", name)
	}
	variable, below := "HOME", filepath.Join(".local", "state")
	switch goos {
	case "windows":
		variable, below = "LocalAppData", ""
	case "darwin":
		below = filepath.Join("Library", "Application Support")
	}
	home := getenv(variable)
	if home == "" {
		return ""
	}
	return filepath.Join(home, below, "cliplab", name)
}
