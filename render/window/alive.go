package window

import "github.com/hajimehoshi/ebiten/v2"

// Turns returns how often the loop of the window has gone round. Between two
// calls of Wake that lie some time apart it grows, unless the window is stuck.
func (w *Window) Turns() uint64 { return w.turns.Load() }

// closable lets the desktop close the window, or not.
func closable(o *Options) { ebiten.SetWindowClosingHandled(o.Unclosable) }
