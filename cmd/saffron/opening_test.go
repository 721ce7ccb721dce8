package main

import (
	"strings"
	"testing"

	"saffron/libvirtctl"
)

// TestOtherMachine connects to a port that was given to another domain
// meanwhile.
func TestOtherMachine(t *testing.T) {
	uuid, err := libvirtctl.ParseUUID("6927bbf3-7be6-4212-9e5c-bcb60176e779")
	if err != nil {
		t.Fatal(err)
	}
	o := &opening{found: &libvirtctl.Domain{Name: "work", UUID: uuid}}
	for _, tc := range []struct {
		name, uuid string
		ok         bool
	}{
		{"work", "6927bbf3-7be6-4212-9e5c-bcb60176e779", true},
		{"renamed", "6927BBF37BE642129E5CBCB60176E779", true},
		{"work", "", true}, // a server that does not say
		{"work", "00000000-7be6-4212-9e5c-bcb60176e779", false},
		{"other", "", false},
		{"", "nonsense", false},
	} {
		err := o.check(tc.name, tc.uuid)
		if (err == nil) != tc.ok {
			t.Errorf("%q, %q: %v", tc.name, tc.uuid, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "there is another machine where work") || tc.name != "" && !strings.Contains(err.Error(), tc.name)) {
			t.Errorf("%q, %q: %v", tc.name, tc.uuid, err)
		}
	}
}
