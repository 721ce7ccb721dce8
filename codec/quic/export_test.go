package quic

// SetVector says whether to use vector code, and returns what was said before.
func SetVector(on bool) (before bool) {
	before, useVector = useVector, on
	return before
}
