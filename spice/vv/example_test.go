package vv_test

import (
	"fmt"
	"strings"

	"saffron/spice/vv"
)

func ExampleParse() {
	f, err := vv.Parse(strings.NewReader(`[virt-viewer]
type=spice
host=192.0.2.10
tls-port=5901
password=q3;r8
title=vm1:%d
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f, len(f.Target().Password))
	// Output: spice+tls://192.0.2.10:5901 5
}
