package inputs_test

import (
	"fmt"

	"saffron/channels/inputs"
)

func Example() {
	keys, err := inputs.ParseKey("ctrl+alt+delete")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%#x\n", keys) // what Inputs.Combo takes

	strokes, err := inputs.Text("Hi")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range strokes {
		fmt.Printf("%#x\n", s.Codes())
	}

	_, err = inputs.Text("naïve")
	fmt.Println(err)
	// Output:
	// [0x1d 0x38 0xe053]
	// [0x2a 0x23]
	// [0x17]
	// inputs: character 3, 'ï', is not on a US keyboard
}
