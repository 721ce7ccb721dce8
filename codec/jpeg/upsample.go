package jpeg

// Chroma samples lie in the middle of the pixels that they stand for. Between
// them it is interpolated: three parts of the nearest, one of the next.

// blend sets out to samples between those of near and far.
func blend(out, near, far []byte) {
	near, far = near[:len(out)], far[:len(out)]
	for i := range out {
		out[i] = byte((3*int(near[i]) + int(far[i]) + 2) >> 2)
	}
}

// repeat sets out to n copies of each sample of in.
func repeat(out, in []byte, n int) {
	for i := range out {
		out[i] = in[i/n]
	}
}
