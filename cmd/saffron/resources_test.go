package main

import "testing"

func TestParseSize(t *testing.T) {
	for s, want := range map[string]uint64{
		"512M": 512 << 20, "2GiB": 2 << 30, "1.5g": 3 << 29, "64 KB": 64000, "1T": 1 << 40, "100b": 100,
		"": 0, "512": 0, "M": 0, "-1M": 0, "0M": 0, "1..5G": 0, "9999999999T": 0, "1 lot": 0,
	} {
		got, err := parseSize(s)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %d, %v; want %d", s, got, err, want)
		}
	}
}
