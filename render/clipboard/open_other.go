//go:build windows || darwin

package clipboard

// open connects to the system's clipboard.
func open(o *Options) (backend, error) { return openSystem(o) }
