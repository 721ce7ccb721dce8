// Package inflate decompresses zlib streams whose size is known.
//
// A general decompressor reads and writes piece by piece. This one has the
// whole input and room for the whole output: it takes 8 bytes of input at a
// time, copies from what it wrote before, and finds up to three literals at
// once in its tables. Where input or output come to their end a careful loop
// goes on that looks at every bit and byte.
//
// All functions may be called from any goroutine.
// (RFC 1950, RFC 1951.)
package inflate
