// Package capture keeps what a SPICE server sent in a file, and reads it back:
// a bug report, a test and a benchmark in one.
//
// A [Recorder] is a spice.Tap: it writes every message that a session's links
// receive, with its time, and nothing that the client sends, so that neither
// passwords nor typed keys can be in a capture. What the guest's agent says
// (clipboard, names of files), what devices send and what a migration hands
// over is left out unless asked for: such a message keeps its place, since
// messages are counted, but has no body.
//
// A [Reader] takes a capture apart, record by record. A capture that was cut,
// because the program or the machine stopped, is good up to the cut.
//
// # The format
//
// All numbers are little-endian. A file begins with 24 bytes:
//
//	 0  8  "SPICECAP"
//	 8  2  version, 1
//	10  2  flags: 1 the agent's data are there, 2 the devices' are
//	12  4  0
//	16  8  when the recording began, in microseconds since 1970 UTC
//
// Records follow. Each has a head of 32 bytes and a payload:
//
//	 0  1  kind: 1 link opened, 2 message, 3 link closed, 4 end
//	 1  1  flags
//	 2  2  link, counted from 0 in the order in which they were opened
//	 4  4  bytes of payload
//	 8  8  time since the recording began, in microseconds, never less than before
//	16  8  message: serial
//	24  2  message: type
//	26  2  0
//	28  4  message: offset of its sub-message list, or 0
//
// The payload of a message is its body; flag 1 says that it was withheld. That
// of an opened link is
//
//	0  1  channel type
//	1  1  channel id
//	2  2  how many words of common capabilities there are
//	4     these words, then those of the channel, 4 bytes each
//
// where flag 1 says that the link was encrypted. A closed link has none. The
// end, the last record, has 16 bytes: how many messages there are, and how many
// bytes their bodies have. Kinds of records that a reader does not know are to
// be skipped.
package capture
