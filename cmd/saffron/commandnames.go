package main

import (
	"slices"
	"strings"
)

// commandNames are the names of all commands, whether a window has them now or
// not, but for those of commandFamilies. A policy that names another was written
// for something else, or has a slip of the pen: it must not be taken for one that
// denies what it means to.
var commandNames = append([]string{
	commandMenu, commandProfile, commandMicrophone,
	"send-keys", "keyboard", "clipboard", "type-clipboard", "resolution", "monitors", "zoom", "scaling",
	"profile", "sound", "mute", "louder", "quieter", "usb", "toggle-share",
	"send-copied-files", "cancel-files", "statistics", "screenshot", "reconnect", "quit",
}, remoteCommands...)

// commandFamilies are how the names of commands begin of which there may be many.
var commandFamilies = []string{
	"send-", "grab-", "lock-sync-", "clipboard-", "resolution-", "monitor-", "scale-", "filter-", "profile-", "toggle-usb-",
}

// isCommand reports whether there may be a command of that name.
func isCommand(name string) bool {
	return slices.Contains(commandNames, name) || slices.ContainsFunc(commandFamilies, func(family string) bool {
		return strings.HasPrefix(name, family) && name != family
	})
}
