// Package wire reads and writes the fields of SPICE message bodies.
//
// Integers are little-endian, packed and unaligned. A [Reader] walks over one
// body; its first error sticks and every later read returns zero, so a decoder
// reads all fields and checks [Reader.Err] once at the end. A SPICE "pointer"
// is an offset from the first byte of the body: [Reader.At] follows it without
// losing the place.
//
// A message type implements [Message]: decode and encode side by side, so that
// the in-process server, round-trip tests and fuzz seeds have the other half.
package wire
