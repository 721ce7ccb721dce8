package audio

// Remap appends the frames of src, which have from channels, to dst with to
// channels, 1 or 2 each: mono is the mean of stereo.
func Remap(dst, src []int16, from, to int) []int16 {
	switch {
	case from == to:
		return append(dst, src[:len(src)/from*from]...)
	case to == 2:
		for _, v := range src {
			dst = append(dst, v, v)
		}
	default:
		for ; len(src) >= 2; src = src[2:] {
			dst = append(dst, int16((int32(src[0])+int32(src[1]))/2))
		}
	}
	return dst
}
