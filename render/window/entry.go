package window

// An Entry is a line of the window's menu, see Options.Commands.
type Entry struct {
	Label string
	Keys  string // the hotkey that does the same, shown at the right
	// Checked marks what is switched on, or chosen of several.
	Checked bool
	// Disabled shows the line, but it cannot be chosen.
	Disabled bool
	// Do is called, by a goroutine of its own, when the line is chosen; the
	// menu has gone by then. It is not called if there is Sub.
	Do func()
	// Sub is what the line leads to.
	Sub []Entry
	// Separator makes it a thin line between groups, without anything else.
	Separator bool
}

// A StatRow is a line of the statistics overlay. One without a Value is the
// heading of those that follow.
type StatRow struct {
	Label, Value string
}
