package jupyter

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

// endChildren ends the programs that cells have started and left behind: politely, then for
// good.
func endChildren() {
	mine := descendants(os.Getpid())
	if len(mine) == 0 {
		return
	}
	for _, pid := range mine {
		syscall.Kill(pid, syscall.SIGTERM)
	}
	for deadline := time.Now().Add(200 * time.Millisecond); time.Now().Before(deadline); {
		for reap := 1; reap > 0; { // those that nobody waits for any more
			reap, _ = syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		}
		if mine = descendants(os.Getpid()); len(mine) == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	for _, pid := range mine {
		syscall.Kill(pid, syscall.SIGKILL)
	}
}

// descendants lists the processes below one, children first.
func descendants(root int) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	children := map[int][]int{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if parent := parentOf(pid); parent > 0 {
			children[parent] = append(children[parent], pid)
		}
	}
	all := []int{}
	for queue := children[root]; len(queue) > 0; queue = queue[1:] {
		all = append(all, queue[0])
		queue = append(queue, children[queue[0]]...)
	}
	return all
}

// parentOf reads the fourth field of /proc/PID/stat; the second, the name, may hold anything.
func parentOf(pid int) int {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(string(fields[1]))
	return parent
}
