// Saffron shows the screen of a virtual machine over SPICE, and works with it
// from the command line.
//
//	saffron spice://host:5900                    a window with the machine's screen
//	saffron screenshot host:5900 -o screen.png   one picture
//	saffron type host:5900 'hello'               keys
//	saffron info host:5900 --json                what the server is and has
//	saffron record host:5900 -o session.capture  what it sends, in a file
//	saffron replay session.capture               that, in a window
//
// Each command is in a file of its own and does its work through a [console]:
// one session with its pictures and pointers. Exit codes are in exit.go.
package main
