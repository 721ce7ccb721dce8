//go:build ((linux && !android) || darwin) && (amd64 || arm64)

package video

import (
	"fmt"
	"runtime"
	"syscall"

	"github.com/ebitengine/purego"
)

// errAgain is the library's AVERROR(EAGAIN).
const errAgain = -int32(syscall.EAGAIN)

// open loads a major version of a library.
func open(name string, major int) (uintptr, error) {
	file := fmt.Sprintf("lib%s.so.%d", name, major)
	dirs := []string{""}
	if runtime.GOOS == "darwin" {
		file = fmt.Sprintf("lib%s.%d.dylib", name, major)
		dirs = append(dirs, "/opt/homebrew/lib/", "/usr/local/lib/", "/opt/local/lib/")
	}
	var handle uintptr
	var err error
	for _, dir := range dirs {
		if handle, err = purego.Dlopen(dir+file, purego.RTLD_NOW|purego.RTLD_LOCAL); err == nil {
			return handle, nil
		}
	}
	return 0, err
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
