package msgtable_test

import (
	"fmt"
	"testing"

	"saffron/channels/msgtable"
	"saffron/spice/wire"
)

var table = msgtable.Table{
	{Type: 101, Name: "init", FromServer: true, New: msgtable.NewEmpty},
	{Type: 101, Name: "key_down", New: msgtable.NewEmpty},
}

func ExampleTable_Name() {
	fmt.Println(table.Name(101, true))
	fmt.Println(table.Name(101, false))
	fmt.Println(table.Name(99, true))
	// Output:
	// init
	// key_down
	// message 99
}

func TestLookup(t *testing.T) {
	e, ok := table.Lookup(101, false)
	if !ok || e.Name != "key_down" || len(wire.Marshal(e.New())) != 0 {
		t.Errorf("got %+v, %v", e, ok)
	}
	if e, ok := table.Lookup(102, true); ok {
		t.Errorf("got %+v", e)
	}
}
