//go:build ((linux && !android) || darwin) && (amd64 || arm64)

package video

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/ebitengine/purego"
)

// errAgain is the library's AVERROR(EAGAIN).
const errAgain = -int32(syscall.EAGAIN)

// fileName returns what the file of a library is called.
func fileName(name string, major int) string {
	if runtime.GOOS == "darwin" {
		return fmt.Sprintf("lib%s.%d.dylib", name, major)
	}
	return fmt.Sprintf("lib%s.so.%d", name, major)
}

// darwinDirs are where systems without a package manager of their own have it.
var darwinDirs = []string{"/opt/homebrew/lib/", "/usr/local/lib/", "/opt/local/lib/"}

// linuxDirs are where the loader looks; * stands for a system's name.
var linuxDirs = []string{"/usr/lib/*-linux-gnu*/", "/usr/lib64/", "/usr/lib/", "/lib64/", "/lib/", "/lib/*-linux-gnu*/", "/usr/local/lib/", "/usr/local/lib64/"}

// installed looks for a file that open would load.
func installed() bool {
	dirs := filepath.SplitList(os.Getenv("LD_LIBRARY_PATH"))
	if runtime.GOOS == "darwin" {
		dirs = append(dirs, darwinDirs...)
	} else {
		dirs = append(dirs, expand(linuxDirs)...)
	}
	for _, dir := range dirs {
		for _, v := range versions {
			if _, err := os.Stat(filepath.Join(dir, fileName("avcodec", v.codec))); err == nil {
				return true
			}
		}
	}
	return false
}

// expand returns the folders that there are. Only they are globbed for, not
// what is in them: that would read through all the system's libraries.
func expand(patterns []string) []string {
	var dirs []string
	for _, pattern := range patterns {
		found, _ := filepath.Glob(filepath.Clean(pattern))
		dirs = append(dirs, found...)
	}
	return dirs
}

// open loads a major version of a library.
func open(name string, major int) (uintptr, error) {
	file := fileName(name, major)
	dirs := []string{""}
	if runtime.GOOS == "darwin" {
		dirs = append(dirs, darwinDirs...)
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
