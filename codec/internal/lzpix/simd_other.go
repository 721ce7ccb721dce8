//go:build !amd64 || noasm

package lzpix

// ColourRuns decodes commands of up to Run colours, triples B,G,R behind a count
// less 1, as long as there are such, and RunIn bytes of src and RunOut of dst
// for each: it may read and write as much whatever the count is. It returns how
// many bytes of dst are pixels, with a fourth byte of 0, and how many of src
// were commands.
func ColourRuns(dst, src []byte) (out, in int) { return colourRuns(dst, src) }

// copyAlphasWide does nothing where there are no vector loops.
func copyAlphasWide(dst, src []byte) int { return 0 }

func fillAlphasWide(dst []byte, a byte) int { return 0 }
