//go:build ignore

// Pack writes the frames of IVF files and of H.264 and H.265 byte streams with
// access unit delimiters to its output, each after its length in 4 bytes.
package main

import (
	"bytes"
	"encoding/binary"
	"log"
	"os"
	"strings"
)

func main() {
	log.SetFlags(0)
	for _, name := range os.Args[1:] {
		b, err := os.ReadFile(name)
		if err != nil {
			log.Fatal(err)
		}
		var frames [][]byte
		switch {
		case strings.HasSuffix(name, ".ivf"):
			frames = ivf(b)
		case strings.HasSuffix(name, ".h264"):
			frames = units(b, func(b byte) bool { return b&31 == 9 })
		default:
			frames = units(b, func(b byte) bool { return b>>1&63 == 35 })
		}
		for _, f := range frames {
			out := append(binary.LittleEndian.AppendUint32(nil, uint32(len(f))), f...)
			if _, err := os.Stdout.Write(out); err != nil {
				log.Fatal(err)
			}
		}
	}
}

func ivf(b []byte) (frames [][]byte) {
	for b = b[32:]; len(b) > 0; {
		n := binary.LittleEndian.Uint32(b)
		frames = append(frames, b[12:12+n])
		b = b[12+n:]
	}
	return frames
}

// units splits a byte stream before each delimiter.
func units(b []byte, delimiter func(byte) bool) (frames [][]byte) {
	code := []byte{0, 0, 0, 1}
	if !bytes.HasPrefix(b, code) || !delimiter(b[4]) {
		log.Fatal("the stream does not begin with a delimiter")
	}
	for len(b) > 0 {
		end := 4
		for end < len(b) && !(bytes.HasPrefix(b[end:], code) && delimiter(b[end+4])) {
			end++
		}
		frames, b = append(frames, b[:end]), b[end:]
	}
	return frames
}
