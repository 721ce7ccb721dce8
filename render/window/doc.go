// Package window shows one head of a [render.Desktop] in a window of the
// local desktop and hands the keyboard and the mouse to an [Input].
//
//	err := window.Run(ctx, &window.Options{Title: "guest", Desktop: d, Input: in})
//
// [Run] belongs on the main goroutine, once in the life of a process; all else
// may happen anywhere. Whoever changes something that is shown calls
// [Window.Wake]: nothing is drawn while nothing changes, and only what changed
// is sent to the GPU.
//
// # Keyboard and mouse
//
// Keys are places on the keyboard, as Linux evdev codes; what they mean is the
// guest's business. Two things are the window's: F11 alone goes to the full
// screen and back, and left Ctrl and left Alt, pressed and released together,
// or Shift+F12, let go of a keyboard or a pointer that is grabbed. The keyboard
// is grabbed on the full screen and while the pointer is captured. The pointer
// is captured, in server mouse mode, by a click, and let go when the window
// loses the focus. Whatever is held when that happens is released.
//
// # What lies over the picture
//
// Messages, a chooser ([Options.Menu]), the menu at the upper edge
// ([Options.Commands]), short texts ([Window.Toast]) and figures
// ([Options.Statistics]) are drawings: values of which the picture depends on
// nothing else. A scene has one in each of its layers; whoever draws, GL or the
// sheet, makes a picture of each once and draws the window anew where one has
// changed. What is hidden is nil.
//
// # Where it runs
//
// ebiten makes the window and draws. On X11, which includes XWayland, a second
// connection takes the keyboard and the mouse, all of it and in order, and
// gives the local pointer the guest's shape. Elsewhere ebiten is asked once a
// frame: that loses the order within a frame and the keys it has no name for,
// and the pointer is drawn into the picture.
//
// Where, on X11, GL turns out to be software, the window draws by itself, only
// what has changed, and shows it by shared memory. The environment variable
// SAFFRON_PRESENT overrules that: gl, shm, or put for the way through the
// connection.
package window
