package main

import (
	"slices"
	"strings"
	"testing"

	"saffron/channels/agent"
)

func TestClipboardFlags(t *testing.T) {
	for _, tc := range []struct {
		flags clipboardFlags
		limit int64
		err   string
	}{
		{clipboardFlags{direction: "both", types: clipboardKinds, max: "100M"}, 100 << 20, ""},
		{clipboardFlags{direction: "off", max: "none"}, -1, ""},
		{clipboardFlags{direction: "to-client", types: []string{"text"}, max: "1.5G"}, 3 << 29, ""},
		{clipboardFlags{direction: "both", max: "0.0001K"}, 1, ""},
		{clipboardFlags{direction: "yes", max: "1M"}, 0, `not "yes"`},
		{clipboardFlags{direction: "both", types: []string{"text", "sound"}, max: "1M"}, 0, `"sound" is none of`},
		{clipboardFlags{direction: "both", max: "100"}, 0, "has no unit"},
		{clipboardFlags{direction: "both", max: "-5M"}, 0, "is not a size"},
	} {
		err := tc.flags.check()
		switch {
		case tc.err == "" && (err != nil || tc.flags.limit != tc.limit):
			t.Errorf("%+v: limit %d, want %d, %v", tc.flags, tc.flags.limit, tc.limit, err)
		case tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)):
			t.Errorf("%+v: got %v, want %s", tc.flags, err, tc.err)
		}
	}
}

// TestClipboardPolicy lets a policy take away what the flags say, and never add.
func TestClipboardPolicy(t *testing.T) {
	view := func(p *policy, f openFlags) *viewer {
		f.clipboard.types, f.clipboard.limit = clipboardKinds, 100<<20
		return newViewer(testApp(), &settings{policy: p}, &f)
	}
	rules := new(policyRules)
	rules.Clipboard.Direction, rules.Clipboard.Types, rules.Clipboard.MaxSize = "to-client", &[]string{"text"}, 1000
	strict := &policy{rules: []*policyRules{rules}}

	v := view(nil, openFlags{})
	if r := v.clipboardRules("both", true); !r.toGuest || !r.toClient || !r.carries(agent.PNG) || v.clipboardLimit() != 100<<20 {
		t.Errorf("without a policy: %+v, %d", r, v.clipboardLimit())
	}
	v = view(strict, openFlags{})
	if r := v.clipboardRules("both", true); r.toGuest || !r.toClient || r.carries(agent.PNG) || !r.carries(agent.Text) || v.clipboardLimit() != 1000 {
		t.Errorf("with a policy: %+v, %d", r, v.clipboardLimit())
	}
	if r := v.clipboardRules("off", true); r.toGuest || r.toClient {
		t.Errorf("a policy adds to what is off: %+v", r)
	}
	v = view(nil, openFlags{viewOnly: true})
	if r := v.clipboardRules("both", true); r.toGuest || !r.toClient {
		t.Errorf("only viewed: %+v", r)
	}
	v.flags.clipboard.limit = -1
	if got := v.clipboardLimit(); got != noClipboardLimit {
		t.Errorf("without a limit it is %d", got)
	}
}

func TestClipboardFormats(t *testing.T) {
	r := clipboardRules{toGuest: true, kinds: []string{"text", "image"}}
	all := []agent.Format{agent.Text, agent.PNG, agent.FileList}
	if got := r.formats(agent.Clipboard, true, all); !slices.Equal(got, []agent.Format{agent.Text, agent.PNG}) {
		t.Errorf("got %v", got)
	}
	if got := r.formats(agent.Primary, true, all); got != nil {
		t.Errorf("what is selected is shared: %v", got)
	}
	if got := r.formats(agent.Clipboard, false, all); got != nil {
		t.Errorf("it goes the forbidden way: %v", got)
	}
}
