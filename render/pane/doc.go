// Package pane shows a head in the window of another process: the window
// library has one window for a process, and a guest may have many monitors.
//
// The process with the picture has a [Host], the one with the window a [Guest].
// Between them is a socket for messages, each a packet of JSON, which carries
// the descriptors of shared memory along. The host copies what has changed into
// the memory and says where; it touches the memory again when the guest has
// taken that. When either process ends, the other learns it from the socket.
//
// It exists on Linux; elsewhere [Supported] is false.
package pane
