//go:build !((linux && !android) || darwin) || !(amd64 || arm64)

package usbhost

import "errors"

var errSystem = errors.New("libusb cannot be loaded on this system")

func libraryFiles() []string { return []string{""} }

func open(string) (uintptr, error) { return 0, errSystem }

func bind(any, uintptr, string) error { return errSystem }

func callback(func(*transfer)) uintptr { return 0 }
