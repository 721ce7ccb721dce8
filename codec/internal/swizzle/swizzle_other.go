//go:build !amd64 || noasm

package swizzle

// swapFast does nothing where there is no assembly.
func swapFast(dst, src []byte) int { return 0 }
