package main

import "strings"

// sessionCommands are those of the connection and of the window as a whole.
func (v *viewer) sessionCommands() []command {
	return []command{
		{name: "reconnect", label: "Reconnect", do: v.reconnect, available: v.canReconnect},
		{name: "quit", label: "Quit", do: v.close},
	}
}

// reconnect ends the session, if there is one, and begins another.
func (v *viewer) reconnect() {
	select {
	case v.anew <- struct{}{}:
	default: // asked for already
	}
	v.console.close()
}

// canReconnect reports whether there is a session to end, or none any more.
func (v *viewer) canReconnect() bool {
	return v.failure() != nil || v.console.current() != nil
}

// wantsAnew reports, once, whether the user has asked for a new session.
func (v *viewer) wantsAnew() bool {
	select {
	case <-v.anew:
		return true
	default:
		return false
	}
}

// wayBack adds, to what the window says of a session that has failed, how to
// begin another. It is for the window, whose hotkeys are known.
func (v *viewer) wayBack(status string) string {
	keys := v.keysOf(commandMenu)
	if v.failure() == nil || v.kiosk != nil || keys == "" || !v.console.settings.policy.allows("reconnect") {
		return status
	}
	if !strings.HasSuffix(status, ".") {
		status += "."
	}
	return status + "\n" + keys + " opens the menu, which can connect again."
}
