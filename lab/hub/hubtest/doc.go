// Package hubtest is a hub on 127.0.0.1 for tests: repositories in memory, small files served by
// the hub itself, large ones redirected to a second address, as the public hub does. It can cut
// connections, damage bytes, fail, and refuse, and it remembers what was asked of it.
//
//	h := hubtest.New()
//	defer h.Close()
//	h.Put("openai/clip", map[string][]byte{"config.json": …, "model.safetensors": …})
//	client := &hub.Client{Cache: t.TempDir(), Endpoint: h.URL}
//
// It is no real hub: it knows models only, no uploads, and one page of results is two files.
package hubtest
