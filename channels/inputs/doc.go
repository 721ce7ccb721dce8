// Package inputs is the inputs channel: keyboard and mouse of the guest.
//
// [Inputs] takes events and sends them. It knows what is held, so that nothing
// stays stuck when a window loses the keyboard; it merges pointer motion that
// the server is too slow for, but lets no click overtake it; and it delays
// nothing.
//
// Keys are places on a keyboard, never characters: a [Scancode] of set 1, found
// by [FromEvdev] or, for people who write, by [ParseKey]. The guest's layout
// makes characters of them. [Text] goes the other way for a guest with US
// layout.
//
// Source: SPICE protocol, inputs channel.
package inputs
