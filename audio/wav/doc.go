// Package wav reads and writes WAV files of 16-bit samples, one or two channels:
//
//	w, err := wav.NewWriter(file, wav.Format{Rate: 48000, Channels: 2}, 0)
//	err = w.Write(samples)
//	err = w.Update()
//
// A file that is being written has a header that is right for what is in it, as
// long as it can be gone back to; one that goes to a pipe says how much comes if
// that is known, else that it goes on until its end. A reader takes both, and
// files that were cut off.
package wav
