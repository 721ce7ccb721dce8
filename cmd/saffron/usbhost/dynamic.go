//go:build ((linux && !android) || darwin) && (amd64 || arm64)

package usbhost

import (
	"runtime"

	"github.com/ebitengine/purego"
)

// libraryFiles are what the library may be called.
func libraryFiles() []string {
	if runtime.GOOS == "darwin" {
		const name = "libusb-1.0.0.dylib"
		return []string{name, "/opt/homebrew/lib/" + name, "/usr/local/lib/" + name, "/opt/local/lib/" + name}
	}
	return []string{"libusb-1.0.so.0"}
}

// open loads a library by its file.
func open(file string) (uintptr, error) {
	return purego.Dlopen(file, purego.RTLD_NOW|purego.RTLD_LOCAL)
}

// bind makes the function that fn points to a function of a library.
func bind(fn any, handle uintptr, name string) error {
	symbol, err := purego.Dlsym(handle, name)
	if err != nil {
		return err
	}
	purego.RegisterFunc(fn, symbol)
	return nil
}

// callback makes a function one that the library can call.
func callback(fn func(*transfer)) uintptr {
	return purego.NewCallback(func(t *transfer) uintptr { fn(t); return 0 })
}
