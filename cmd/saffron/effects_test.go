package main

import (
	"testing"

	"saffron/channels/agent"
)

func TestEffects(t *testing.T) {
	for _, tc := range []struct {
		names   []string
		want    agent.Looks
		unknown string
	}{
		{nil, agent.Looks{}, ""},
		{[]string{"wallpaper"}, agent.Looks{NoWallpaper: true}, ""},
		{[]string{" Animation", "font-smooth"}, agent.Looks{NoAnimation: true, NoFontSmoothing: true}, ""},
		{[]string{"all"}, agent.Looks{NoWallpaper: true, NoFontSmoothing: true, NoAnimation: true}, ""},
		{[]string{"wallpaper", "sound", "x"}, agent.Looks{NoWallpaper: true}, "sound"},
	} {
		if got, unknown := looksOf(tc.names); got != tc.want || unknown != tc.unknown {
			t.Errorf("%q: %+v, %q", tc.names, got, unknown)
		}
	}
	before := agent.Looks{NoWallpaper: true}
	if got := (&effectFlags{}).over(before); got != before {
		t.Errorf("nothing said: %+v", got)
	}
	if got := (&effectFlags{[]string{"animation"}}).over(before); got != (agent.Looks{NoAnimation: true}) {
		t.Errorf("said: %+v", got)
	}
}
