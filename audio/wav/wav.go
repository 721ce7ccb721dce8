package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// A Format is what samples are.
type Format struct {
	Rate     int // frames a second
	Channels int // 1 or 2
}

// A FormatError says why a file cannot be read.
type FormatError string

func (e FormatError) Error() string { return "wav: " + string(e) }

const (
	headerSize = 44
	// unknown is the size of what has no end yet.
	unknown = math.MaxUint32
	// maxChunk bounds the chunk that describes the samples, and maxChunks how
	// many are passed over before them.
	maxChunk  = 4096
	maxChunks = 1000
	minRate   = 1000
	maxRate   = 384_000
)

// A Writer writes a file. It is for one goroutine.
type Writer struct {
	out    io.Writer
	format Format
	bytes  int64
	buf    []byte
}

// NewWriter begins a file. frames is how many will be written, if that is known,
// else 0: it matters only where out cannot be gone back in.
func NewWriter(out io.Writer, f Format, frames int64) (*Writer, error) {
	w := &Writer{out: out, format: f}
	size := int64(unknown)
	if n := frames * int64(2*f.Channels); n > 0 && n < unknown-headerSize {
		size = n
	}
	_, err := out.Write(w.header(size))
	return w, err
}

// header returns the beginning of a file with so many bytes of samples.
func (w *Writer) header(size int64) []byte {
	frame := 2 * w.format.Channels
	whole := uint32(min(size, unknown))
	riff := uint32(min(size+headerSize-8, unknown))
	le := binary.LittleEndian
	b := append([]byte(nil), "RIFF"...)
	b = append(le.AppendUint32(b, riff), "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, formatPCM)
	b = le.AppendUint16(b, uint16(w.format.Channels))
	b = le.AppendUint32(b, uint32(w.format.Rate))
	b = le.AppendUint32(b, uint32(w.format.Rate*frame))
	b = le.AppendUint16(b, uint16(frame))
	b = le.AppendUint16(b, 16)
	return le.AppendUint32(append(b, "data"...), whole)
}

// Write appends whole frames.
func (w *Writer) Write(pcm []int16) error {
	w.buf = w.buf[:0]
	for _, s := range pcm {
		w.buf = binary.LittleEndian.AppendUint16(w.buf, uint16(s))
	}
	n, err := w.out.Write(w.buf)
	w.bytes += int64(n)
	return err
}

// Frames returns how many frames were written.
func (w *Writer) Frames() int64 { return w.bytes / int64(2*w.format.Channels) }

// Update makes the header right for what has been written, if out is an
// io.WriterAt.
func (w *Writer) Update() error {
	at, ok := w.out.(io.WriterAt)
	if !ok {
		return nil
	}
	_, err := at.WriteAt(w.header(w.bytes), 0)
	return err
}

// Formats of samples.
const (
	formatPCM        = 1
	formatExtensible = 0xfffe
)

// A Reader reads the samples of a file. It is for one goroutine.
type Reader struct {
	in     io.ReadSeeker
	format Format
	start  int64 // of the samples, in the file
	size   int64 // of the samples, in bytes
	left   int64 // of them, not read yet
	buf    []byte
}

// NewReader reads up to the samples. It fails with a FormatError if there are
// none that this package reads.
func NewReader(in io.ReadSeeker) (*Reader, error) {
	var head [12]byte
	if _, err := io.ReadFull(in, head[:]); err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return nil, FormatError("it is no WAV file")
	}
	r := &Reader{in: in}
	for range maxChunks {
		var chunk [8]byte
		if _, err := io.ReadFull(in, chunk[:]); err != nil {
			return nil, FormatError("there are no samples in it")
		}
		size := int64(binary.LittleEndian.Uint32(chunk[4:]))
		switch id := string(chunk[:4]); {
		case id == "data" && r.format == Format{}:
			return nil, FormatError("nothing says what its samples are")
		case id == "data":
			return r, r.begin(size)
		case id == "fmt ":
			if err := r.readFormat(size); err != nil {
				return nil, err
			}
		default:
			if _, err := in.Seek(size+size%2, io.SeekCurrent); err != nil {
				return nil, fmt.Errorf("wav: %w", err)
			}
		}
	}
	return nil, FormatError("there are too many chunks in it")
}

// begin takes the samples, which may be fewer than the file says, or more than
// it can say.
func (r *Reader) begin(size int64) error {
	start, err := r.in.Seek(0, io.SeekCurrent)
	if err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	end, err := r.in.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	if size == unknown || size > end-start {
		size = max(0, end-start)
	}
	frame := int64(2 * r.format.Channels)
	r.start, r.size = start, size/frame*frame
	return r.Rewind()
}

func (r *Reader) readFormat(size int64) error {
	if size < 16 || size > maxChunk {
		return FormatError("its description of the samples has a wrong size")
	}
	b := make([]byte, size+size%2)
	if _, err := io.ReadFull(r.in, b); err != nil {
		return FormatError("it ends too early")
	}
	le := binary.LittleEndian
	kind, channels, rate, bits := le.Uint16(b), le.Uint16(b[2:]), le.Uint32(b[4:]), le.Uint16(b[14:])
	if kind == formatExtensible && size >= 40 && bytes.Equal(b[26:40], pcmGUID) {
		kind = le.Uint16(b[24:])
	}
	switch {
	case kind != formatPCM || bits != 16:
		return FormatError(fmt.Sprintf("its samples are not 16-bit PCM (format %d, %d bits)", kind, bits))
	case channels < 1 || channels > 2:
		return FormatError(fmt.Sprintf("it has %d channels, not one or two", channels))
	case rate < minRate || rate > maxRate:
		return FormatError(fmt.Sprintf("it has %d frames a second", rate))
	}
	r.format = Format{int(rate), int(channels)}
	return nil
}

// pcmGUID is what follows the format in the name of a sub-format.
var pcmGUID = []byte("\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71")

// Format returns what the samples are.
func (r *Reader) Format() Format { return r.format }

// Frames returns how many frames there are.
func (r *Reader) Frames() int64 { return r.size / int64(2*r.format.Channels) }

// Rewind goes back to the first frame.
func (r *Reader) Rewind() error {
	r.left = r.size
	if _, err := r.in.Seek(r.start, io.SeekStart); err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	return nil
}

// Read fills dst, a whole number of frames, and returns how many samples it
// has. At the end it returns io.EOF.
func (r *Reader) Read(dst []int16) (int, error) {
	n := int(min(int64(len(dst)), r.left/2))
	n -= n % r.format.Channels
	if n == 0 {
		return 0, io.EOF
	}
	if cap(r.buf) < 2*n {
		r.buf = make([]byte, 2*n)
	}
	got, err := io.ReadFull(r.in, r.buf[:2*n])
	r.left -= int64(got)
	frames := got / (2 * r.format.Channels)
	n = frames * r.format.Channels
	for i := range n {
		dst[i] = int16(binary.LittleEndian.Uint16(r.buf[2*i:]))
	}
	if err != nil && (n == 0 || !errors.Is(err, io.ErrUnexpectedEOF)) {
		return n, fmt.Errorf("wav: %w", err)
	}
	return n, nil
}
