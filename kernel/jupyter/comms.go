package jupyter

import (
	"encoding/json"

	"cliplab/kernel/comm"
)

// comm hands a message of a front end's comm to its handler. What the handler prints belongs
// to this message, and an interrupt stops it.
func (k *Kernel) comm(r *request) {
	var m struct {
		ID     string         `json:"comm_id"`
		Target string         `json:"target_name"`
		Data   map[string]any `json:"data"`
	}
	if err := r.Decode(&m); err != nil {
		k.log.printf("%v", err)
		return
	}
	if k.opt.Comms == nil {
		return
	}
	var metadata map[string]any
	if err := json.Unmarshal(r.Metadata, &metadata); err != nil {
		metadata = nil
	}
	out := &output{pub: k.pub, parent: r.RawHeader}
	defer k.redirect(out)()
	x := k.exec(out)
	defer r.shell.run(x)()
	x.Do(func() {
		k.opt.Comms.Handle(r.Header.Type, comm.Message{ID: m.ID, Target: m.Target, Data: m.Data,
			Metadata: metadata, Buffers: r.Buffers})
	})
	k.capture.Drain()
	out.flush()
}

// sendComm sends a comm message of the kernel's own.
func (k *Kernel) sendComm(kind string, m comm.Message) {
	content := map[string]any{"comm_id": m.ID, "data": orEmpty(m.Data)}
	if kind == comm.KindOpen {
		content["target_name"] = m.Target
	}
	if out := k.cells.current(); out != nil && !out.silent {
		out.publish(kind, content, m.Metadata, m.Buffers...)
		return
	}
	k.pub.send(kind, nil, content, m.Metadata, m.Buffers...)
}

func (k *Kernel) commInfo(r *request) {
	var ask struct {
		Target string `json:"target_name"`
	}
	if err := r.Decode(&ask); err != nil {
		k.reply(r, failed("BadRequest", err.Error()), nil)
		return
	}
	comms := map[string]any{}
	if k.opt.Comms != nil {
		for id, target := range k.opt.Comms.Info(ask.Target) {
			comms[id] = map[string]string{"target_name": target}
		}
	}
	k.reply(r, map[string]any{"status": "ok", "comms": comms}, nil)
}
