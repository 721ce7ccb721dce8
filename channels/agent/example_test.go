package agent_test

import (
	"fmt"

	"saffron/channels/agent"
)

// A wire is a main channel that shows what goes over it.
type wire struct{ sent chan string }

func (w wire) StartAgent(uint32) error { w.sent <- "the stream is opened"; return nil }
func (w wire) SendAgentData(p []byte) error {
	w.sent <- fmt.Sprintf("a message of type %d, %d bytes", p[4], len(p))
	return nil
}
func (w wire) GrantAgentTokens(uint32) error { return nil }

// The agent of a guest is told of by the main channel.
func Example() {
	w := wire{make(chan string)}
	a := agent.New(agent.Options{Out: w})
	defer a.Close()
	_ = a.SetMonitors([]agent.Monitor{{Width: 1280, Height: 720, Enabled: true}}) // remembered

	a.Connect(true, 10)
	fmt.Println(<-w.sent)
	fmt.Println(<-w.sent) // what this side can do

	a.Data([]byte{1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0b10, 0, 0, 0})
	fmt.Println(a.Caps().Names())
	fmt.Println(<-w.sent) // the monitors
	// Output:
	// the stream is opened
	// a message of type 6, 28 bytes
	// [monitors-config]
	// a message of type 2, 48 bytes
}
