// Command shapes reads open_clip_config.json files, one a line, and answers each with what the
// lab makes of it, as JSON: the parameters' shapes by name, or the error. For test_configs.py.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"cliplab/lab/configs"
	"cliplab/lab/tower"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		answer := map[string]any{}
		if m, err := configs.OpenCLIP(lines.Bytes()); err != nil {
			answer["error"] = err.Error()
		} else {
			shapes := map[string][]int{}
			for _, p := range tower.Params(m.Tower) {
				shapes[p.Name] = p.Shape
			}
			answer["shapes"], answer["heads"] = shapes, []int{m.Tower.VisionHeads, m.Tower.TextHeads}
		}
		text, err := json.Marshal(answer)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(text))
	}
}
