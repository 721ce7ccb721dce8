// Package mainchan is the main channel: the one that opens a session, lists
// its other channels, sets mouse mode and multimedia clock, and carries the
// stream to the agent in the guest.
//
// [Main] is fed the messages of the channel and tells a [Session] what they
// mean. It enforces their order: INIT once and before all others,
// ATTACH_CHANNELS once and after it. What the agent's stream contains is not
// its business; it passes pieces and tokens on.
//
// A virtual machine that moves to another host is followed by connecting
// there anew (SwitchHost). Moving with open channels is declined.
//
// Source: SPICE protocol, main channel.
package mainchan
