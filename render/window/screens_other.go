//go:build !(linux || freebsd || netbsd)

package window

// Screens returns the monitors of this computer, here none and an error.
func Screens() ([]Screen, error) { return nil, errNoScreens }
