// Package window shows one head of a [render.Desktop] in a window of the
// local desktop and hands the keyboard and the mouse to an [Input].
//
//	d := render.NewDesktop(render.DesktopOptions{Changed: wake})
//	err := window.Run(ctx, &window.Options{Title: "guest", Desktop: d, Input: in})
//
// [Run] belongs on the main goroutine, once in the life of a process; all else
// may happen anywhere. Whoever changes something that is shown calls
// [Window.Wake]: nothing is drawn while nothing changes, and only what changed
// is sent to the GPU.
package window
