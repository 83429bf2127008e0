package jupyter

import (
	"fmt"
	"slices"
	"time"

	"cliplab/kernel/comm"
	"cliplab/kernel/wire"
)

// atOnce answers a control request in the goroutine that received it: nothing of it waits for
// a cell.
func (k *Kernel) atOnce(m *wire.Message) {
	r := &request{Message: m, channel: k.control, arrived: time.Now()}
	switch m.Header.Type {
	case "execute_request": // may take for ever
		k.framed(r, func() {
			k.reply(r, failed("BadRequest", "cells are executed on the shell channel"), nil)
		})
	case comm.KindOpen, comm.KindMsg, comm.KindClose: // call code of cells
		k.toShell(m)
	default:
		k.handle(r)
	}
}

// Interrupt stops the running cells of all shells.
func (k *Kernel) Interrupt() {
	for _, s := range k.allShells() {
		s.interrupt()
	}
}

func (k *Kernel) allShells() []*shell {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := make([]*shell, 0, len(k.shells))
	for _, s := range k.shells {
		all = append(all, s)
	}
	return all
}

func (k *Kernel) interrupted(r *request) {
	k.Interrupt()
	k.reply(r, ok, nil)
}

// shutdown says goodbye on the channel that asked and to all front ends, and ends the kernel.
func (k *Kernel) shutdown(r *request) {
	var ask struct {
		Restart bool `json:"restart"`
	}
	if err := r.Decode(&ask); err != nil {
		k.log.printf("%v", err)
	}
	content := map[string]any{"status": "ok", "restart": ask.Restart}
	k.reply(r, content, nil)
	k.pub.send("shutdown_reply", r.RawHeader, content, nil)
	k.stop()
}

func (k *Kernel) createSubshell(r *request) {
	if !k.onControl(r) {
		return
	}
	k.mu.Lock()
	k.subshells++
	id := fmt.Sprintf("subshell-%d", k.subshells)
	k.shells[id] = newShell(k, id)
	k.mu.Unlock()
	k.reply(r, map[string]string{"status": "ok", "subshell_id": id}, nil)
}

func (k *Kernel) deleteSubshell(r *request) {
	if !k.onControl(r) {
		return
	}
	var ask struct {
		ID string `json:"subshell_id"`
	}
	err := r.Decode(&ask)
	k.mu.Lock()
	s := k.shells[ask.ID]
	if ask.ID != "" {
		delete(k.shells, ask.ID)
	}
	k.mu.Unlock()
	if err != nil || ask.ID == "" || s == nil {
		k.reply(r, failed("SubshellError", fmt.Sprintf("there is no subshell %q", ask.ID)), nil)
		return
	}
	s.close()
	k.reply(r, ok, nil)
}

func (k *Kernel) listSubshells(r *request) {
	if !k.onControl(r) {
		return
	}
	ids := []string{}
	for _, s := range k.allShells() {
		if s.id != "" {
			ids = append(ids, s.id)
		}
	}
	slices.Sort(ids)
	k.reply(r, map[string]any{"status": "ok", "subshell_id": ids}, nil)
}

// onControl refuses a request about subshells that came through one.
func (k *Kernel) onControl(r *request) bool {
	if r.channel == k.control {
		return true
	}
	k.reply(r, failed("SubshellError", r.Header.Type+" belongs on the control channel"), nil)
	return false
}
