package display

import (
	"fmt"
	"image"

	"saffron/spice/wire"
)

// A StreamCodec says how the frames of a video are encoded
// (SPICE_VIDEO_CODEC_TYPE_*).
type StreamCodec uint8

// The codecs of the protocol.
const (
	StreamMJPEG StreamCodec = 1
	StreamVP8   StreamCodec = 2
	StreamH264  StreamCodec = 3
	StreamVP9   StreamCodec = 4
	StreamH265  StreamCodec = 5
)

var streamCodecNames = [...]string{
	StreamMJPEG: "mjpeg", StreamVP8: "vp8", StreamH264: "h264", StreamVP9: "vp9", StreamH265: "h265",
}

// String returns the protocol's name in lower case.
func (c StreamCodec) String() string {
	if int(c) < len(streamCodecNames) && c != 0 {
		return streamCodecNames[c]
	}
	return fmt.Sprintf("codec-%d", uint8(c))
}

// ParseStreamCodec returns the codec of that name.
func ParseStreamCodec(name string) (StreamCodec, bool) {
	for c, n := range streamCodecNames {
		if n == name && n != "" {
			return StreamCodec(c), true
		}
	}
	return 0, false
}

// Flags of a stream (SPICE_STREAM_FLAGS_*).
const StreamTopDown = 1 // the first row of a frame is the top one

// StreamCreate begins a video (SPICE_MSG_DISPLAY_STREAM_CREATE).
type StreamCreate struct {
	Surface       uint32
	ID            uint32
	Flags         uint8 // StreamTopDown
	Codec         StreamCodec
	Stamp         uint64
	Width, Height uint32 // pixels of a frame; what the decoder finds counts
	SourceWidth   uint32
	SourceHeight  uint32
	Dest          image.Rectangle   // on the surface
	Clip          []image.Rectangle // restricts what is shown, if Clipped
	Clipped       bool
}

// Decode implements wire.Message.
func (m *StreamCreate) Decode(r *wire.Reader) {
	m.Surface, m.ID = r.U32(), r.U32()
	m.Flags, m.Codec = r.U8(), StreamCodec(r.U8())
	m.Stamp = r.U64()
	m.Width, m.Height = r.U32(), r.U32()
	m.SourceWidth, m.SourceHeight = r.U32(), r.U32()
	m.Dest = r.Rect()
	m.Clip, m.Clipped = readClip(r)
}

// Encode implements wire.Message.
func (m *StreamCreate) Encode(w *wire.Writer) {
	w.U32(m.Surface)
	w.U32(m.ID)
	w.U8(m.Flags)
	w.U8(uint8(m.Codec))
	w.U64(m.Stamp)
	w.U32(m.Width)
	w.U32(m.Height)
	w.U32(m.SourceWidth)
	w.U32(m.SourceHeight)
	w.Rect(m.Dest)
	writeClip(w, m.Clip, m.Clipped)
}

// StreamData is a frame of a video (SPICE_MSG_DISPLAY_STREAM_DATA). Data
// aliases the message's body.
type StreamData struct {
	ID   uint32
	Time uint32 // ms of the session's clock at which it is to be shown
	Data []byte
}

// Decode implements wire.Message.
func (m *StreamData) Decode(r *wire.Reader) {
	m.ID, m.Time = r.U32(), r.U32()
	m.Data = r.Bytes(r.Count(r.U32(), 1))
}

// Encode implements wire.Message.
func (m *StreamData) Encode(w *wire.Writer) {
	w.U32(m.ID)
	w.U32(m.Time)
	w.U32(uint32(len(m.Data)))
	w.Bytes(m.Data)
}

// StreamDataSized is a frame that is shown elsewhere than the stream says
// (SPICE_MSG_DISPLAY_STREAM_DATA_SIZED).
type StreamDataSized struct {
	ID            uint32
	Time          uint32 // as in StreamData
	Width, Height uint32 // pixels; what the decoder finds counts
	Dest          image.Rectangle
	Data          []byte // aliases the message's body
}

// Decode implements wire.Message.
func (m *StreamDataSized) Decode(r *wire.Reader) {
	m.ID, m.Time = r.U32(), r.U32()
	m.Width, m.Height = r.U32(), r.U32()
	m.Dest = r.Rect()
	m.Data = r.Bytes(r.Count(r.U32(), 1))
}

// Encode implements wire.Message.
func (m *StreamDataSized) Encode(w *wire.Writer) {
	w.U32(m.ID)
	w.U32(m.Time)
	w.U32(m.Width)
	w.U32(m.Height)
	w.Rect(m.Dest)
	w.U32(uint32(len(m.Data)))
	w.Bytes(m.Data)
}

// StreamClip restricts the frames that are shown from now on
// (SPICE_MSG_DISPLAY_STREAM_CLIP).
type StreamClip struct {
	ID      uint32
	Clip    []image.Rectangle // of the surface; restricts what is shown, if Clipped
	Clipped bool
}

// Decode implements wire.Message.
func (m *StreamClip) Decode(r *wire.Reader) {
	m.ID = r.U32()
	m.Clip, m.Clipped = readClip(r)
}

// Encode implements wire.Message.
func (m *StreamClip) Encode(w *wire.Writer) {
	w.U32(m.ID)
	writeClip(w, m.Clip, m.Clipped)
}

// StreamDestroy ends a video (SPICE_MSG_DISPLAY_STREAM_DESTROY).
type StreamDestroy struct{ ID uint32 }

// Decode implements wire.Message.
func (m *StreamDestroy) Decode(r *wire.Reader) { m.ID = r.U32() }

// Encode implements wire.Message.
func (m *StreamDestroy) Encode(w *wire.Writer) { w.U32(m.ID) }

// StreamActivateReport asks for reports on a video
// (SPICE_MSG_DISPLAY_STREAM_ACTIVATE_REPORT).
type StreamActivateReport struct {
	ID       uint32
	UniqueID uint32 // that reports must repeat
	Window   uint32 // frames between reports, at most
	Timeout  uint32 // ms between reports, at most
}

// Decode implements wire.Message.
func (m *StreamActivateReport) Decode(r *wire.Reader) {
	m.ID, m.UniqueID, m.Window, m.Timeout = r.U32(), r.U32(), r.U32(), r.U32()
}

// Encode implements wire.Message.
func (m *StreamActivateReport) Encode(w *wire.Writer) {
	for _, v := range [...]uint32{m.ID, m.UniqueID, m.Window, m.Timeout} {
		w.U32(v)
	}
}

// NoSound is the AudioDelay of a StreamReport while there is no sound.
const NoSound = 1<<32 - 1

// CannotDecode is the Drops of a StreamReport on a video that cannot be shown:
// with no Frames it makes the server send images instead.
const CannotDecode = 1<<32 - 1

// StreamReport tells how a video arrives (SPICE_MSGC_DISPLAY_STREAM_REPORT).
type StreamReport struct {
	ID         uint32
	UniqueID   uint32
	Start, End uint32 // times of the first and the last frame reported on, ms
	Frames     uint32
	Drops      uint32 // of Frames, those that came too late or were not shown
	LastDelay  int32  // ms left until the last frame was due, when it arrived
	AudioDelay uint32 // ms of sound that are not heard yet, or NoSound
}

// Decode implements wire.Message.
func (m *StreamReport) Decode(r *wire.Reader) {
	m.ID, m.UniqueID, m.Start, m.End = r.U32(), r.U32(), r.U32(), r.U32()
	m.Frames, m.Drops, m.LastDelay, m.AudioDelay = r.U32(), r.U32(), int32(r.U32()), r.U32()
}

// Encode implements wire.Message.
func (m *StreamReport) Encode(w *wire.Writer) {
	for _, v := range [...]uint32{m.ID, m.UniqueID, m.Start, m.End, m.Frames, m.Drops, uint32(m.LastDelay), m.AudioDelay} {
		w.U32(v)
	}
}

// PreferredVideoCodecType tells which codecs the client would rather have, the
// best first (SPICE_MSGC_DISPLAY_PREFERRED_VIDEO_CODEC_TYPE).
type PreferredVideoCodecType struct{ Codecs []StreamCodec } // at most 255

// Decode implements wire.Message.
func (m *PreferredVideoCodecType) Decode(r *wire.Reader) {
	m.Codecs = make([]StreamCodec, r.Count(uint32(r.U8()), 1))
	for i := range m.Codecs {
		m.Codecs[i] = StreamCodec(r.U8())
	}
}

// Encode implements wire.Message.
func (m *PreferredVideoCodecType) Encode(w *wire.Writer) {
	w.U8(uint8(len(m.Codecs)))
	for _, c := range m.Codecs {
		w.U8(uint8(c))
	}
}
