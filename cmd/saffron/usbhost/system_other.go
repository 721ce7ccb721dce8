//go:build !linux

package usbhost

func systemNames() bool { return false }

func systemName(string) (maker, name string) { return "", "" }

func denied(uint8, uint8) bool { return false }

func inUse(string) string { return "" }
