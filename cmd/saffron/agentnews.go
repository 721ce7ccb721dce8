package main

import "saffron/channels"

// agentChanged tells the user of what they have to know about the guest's agent:
// one that takes nothing, since the clipboard and files wait for it. A goroutine
// of the session calls it.
func (v *viewer) agentChanged(now channels.AgentChanged) {
	if now.Stuck {
		v.toast("The guest's agent does not answer.\nClipboard and files wait for it.")
	}
}
