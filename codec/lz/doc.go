// Package lz decodes SPICE LZ images: LZ_RGB, LZ_PLT and the alpha plane of
// JPEG_ALPHA (SPICE protocol, LZ images).
//
// An LZ image is a header of seven big-endian words and one or two passes of
// commands. A pass works on units: pixels for the RGB and alpha types, bytes of
// packed pixels for the palette types. A command is either a run of literal
// units or a match, a number of units to repeat from a distance back in the same
// pass:
//
//	000nnnnn                 n+1 literal units follow
//	LLLddddd [len …] low     repeat L+bias units; L=7 is continued by length bytes
//	111… 11111 255 hi lo     a distance too long for 13 bits
//
// Type RGBA has two passes, first the colours and then alpha, each with its own
// history. All others have one.
//
// A caller reads the size with [DecodeConfig], makes an image of that size, and
// calls [Decode]. The functions keep no state and any goroutine may call them.
package lz
