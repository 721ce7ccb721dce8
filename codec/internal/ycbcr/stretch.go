package ycbcr

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

// Neighbours returns the row of chroma that holds row y of a picture whose chroma
// has 1/down of the height, and the one next to it on y's side, itself at the
// edges.
func Neighbours(y, height, down int) (near, far int) {
	switch near = y / down; {
	case down == 1:
		return near, near
	case y%2 == 0:
		return near, max(near-1, 0)
	}
	return near, min(near+1, (height+1)/2-1)
}
