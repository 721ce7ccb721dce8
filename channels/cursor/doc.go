// Package cursor is the cursor channel of one display: what the pointer looks
// like and, in server mouse mode, where it is.
//
// A [Cursor] is fed the messages of the channel, decodes shapes, keeps the
// cache of them that the server counts on, and tells a [Sink] the result;
// render.CursorOverlay is one. A shape that cannot be shown hides the pointer
// and is counted; it does not end the channel.
//
// Source: SPICE protocol, cursor channel.
package cursor
