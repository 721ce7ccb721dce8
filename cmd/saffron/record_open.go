package main

import (
	"saffron/spice/capture"
)

// startRecording makes the viewer record its session. It is called before
// serve.
func (v *viewer) startRecording(path string) error {
	r, err := newRecording(path, false, capture.Options{})
	if err != nil {
		return err
	}
	v.tape, v.console.options.Link.Tap = r, r
	return nil
}

// finishRecording completes the recording, if there is one and the server has
// let us in. It is called after serve.
func (v *viewer) finishRecording() error {
	if v.tape == nil || v.tape.Totals() == (capture.Totals{}) {
		return nil
	}
	return v.tape.finish(v.app)
}
