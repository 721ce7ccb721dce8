// Package agent speaks with the agent in the guest: the program that shares the
// clipboard, arranges monitors and takes files. Its stream runs through the main
// channel, in pieces that the server paces with tokens.
//
// [Agent] is fed what main says of the agent and answers through a [Sender]. A
// goroutine of its own cuts messages into pieces and sends them as tokens come,
// so neither main's reader nor a caller ever waits for a guest that takes
// nothing. What only the last state of counts (who holds a selection, which
// monitors there are) is kept as state and put into a message when its turn
// comes; the rest waits in a queue that is bounded by what asks for it.
//
// An agent may come, go and come back at any time: with each connection
// everything begins anew, except what the client wants, which is said again.
//
// The guest is not trusted: sizes are bounded before memory is made for them,
// what is not asked for is dropped, and a request that it makes is answered, but
// not more than a few at a time.
//
// Source: SPICE protocol, guest agent.
package agent
