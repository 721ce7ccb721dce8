// Package replayserver is a SPICE server that plays a recording to any client.
//
// It sends the frames of each channel exactly as they were recorded, and
// nothing between them: messages are counted, and refer to each other by their
// numbers. What was left out of the recording, and what would lead the client
// to another server, is replaced by pings, which mean nothing.
//
// Like a real server it waits for what a client has to say first, and lets no
// more than two windows of messages be unacknowledged. It ignores all else that
// a client says. After the last frame of a display it sends a ping of its own:
// the answer says that the client has taken everything in.
package replayserver
