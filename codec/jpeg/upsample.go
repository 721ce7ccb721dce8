package jpeg

// Chroma samples lie in the middle of the pixels that they stand for. Between
// them it is interpolated: three parts of the nearest, one of the next.

// stretchGo sets out to 2·n samples interpolated from n of the row near and of
// the next row far, which both begin with the sample before the first, and end
// with one after the last. Ties go up and down in turn, so that the picture's
// mean stays.
func stretchGo(out, near, far []byte, n int) {
	out, near, far = out[:2*n], near[:n+2], far[:n+2]
	before, here := 3*int(near[0])+int(far[0]), 3*int(near[1])+int(far[1])
	for i := range n {
		after := 3*int(near[i+2]) + int(far[i+2])
		out[2*i] = byte((3*here + before + 8) >> 4)
		out[2*i+1] = byte((3*here + after + 7) >> 4)
		before, here = here, after
	}
}

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
