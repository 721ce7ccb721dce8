// Package encode holds encoders of the SPICE image formats, for the demo server
// and for round-trip tests; the client never encodes.
package encode
