//go:build !amd64 || noasm

package lz

// faster does nothing where there are no vectors.
func (b *body) faster(kind, int) {}
