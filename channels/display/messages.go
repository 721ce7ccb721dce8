package display

import (
	"image"

	"saffron/spice"
	"saffron/spice/wire"
)

// Message types from the server (SPICE_MSG_DISPLAY_*).
const (
	MsgMode                 = 101
	MsgMark                 = 102
	MsgReset                = 103
	MsgCopyBits             = 104
	MsgInvalList            = 105
	MsgInvalAllPixmaps      = 106
	MsgInvalPalette         = 107
	MsgInvalAllPalettes     = 108
	MsgStreamCreate         = 122
	MsgStreamData           = 123
	MsgStreamClip           = 124
	MsgStreamDestroy        = 125
	MsgStreamDestroyAll     = 126
	MsgDrawFill             = 302
	MsgDrawOpaque           = 303
	MsgDrawCopy             = 304
	MsgDrawBlend            = 305
	MsgDrawBlackness        = 306
	MsgDrawWhiteness        = 307
	MsgDrawInvers           = 308
	MsgDrawROP3             = 309
	MsgDrawStroke           = 310
	MsgDrawText             = 311
	MsgDrawTransparent      = 312
	MsgDrawAlphaBlend       = 313
	MsgSurfaceCreate        = 314
	MsgSurfaceDestroy       = 315
	MsgStreamDataSized      = 316
	MsgMonitorsConfig       = 317
	MsgDrawComposite        = 318
	MsgStreamActivateReport = 319
	MsgGLScanoutUnix        = 320
	MsgGLDraw               = 321
	MsgQualityIndicator     = 322
)

// Message types from the client (SPICE_MSGC_DISPLAY_*).
const (
	MsgcInit                    = 101
	MsgcStreamReport            = 102
	MsgcPreferredCompression    = 103
	MsgcGLDrawDone              = 104
	MsgcPreferredVideoCodecType = 105
)

// Capabilities of the display channel (SPICE_DISPLAY_CAP_*).
const (
	CapSizedStream     = 0
	CapMonitorsConfig  = 1
	CapComposite       = 2
	CapA8Surface       = 3
	CapStreamReport    = 4
	CapLZ4Compression  = 5
	CapPrefCompression = 6
	CapGLScanout       = 7
	CapMultiCodec      = 8
	CapCodecMJPEG      = 9
	CapCodecVP8        = 10
	CapCodecH264       = 11
	CapPrefVideoCodec  = 12
	CapCodecVP9        = 13
	CapCodecH265       = 14
)

// MaxGLZWindow is the largest dictionary, in pixels, that may be announced in
// Init: a larger one makes the server process abort, and its machine with it.
const MaxGLZWindow = 1 << 25

// Init is the client's first message: it names the caches that the display
// channels of a session share (SPICE_MSGC_DISPLAY_INIT).
type Init struct {
	PixmapCacheID   uint8
	PixmapCacheSize int64 // pixels
	GLZDictionaryID uint8
	GLZWindowSize   int32 // pixels, 1 to MaxGLZWindow
}

// Decode implements wire.Message.
func (m *Init) Decode(r *wire.Reader) {
	m.PixmapCacheID, m.PixmapCacheSize = r.U8(), r.I64()
	m.GLZDictionaryID, m.GLZWindowSize = r.U8(), r.I32()
}

// Encode implements wire.Message.
func (m *Init) Encode(w *wire.Writer) {
	w.U8(m.PixmapCacheID)
	w.I64(m.PixmapCacheSize)
	w.U8(m.GLZDictionaryID)
	w.I32(m.GLZWindowSize)
}

// A Compression is what a server may be asked to encode images with
// (SPICE_IMAGE_COMPRESSION_*).
type Compression uint8

// The compressions of the protocol.
const (
	CompressionOff     Compression = 1
	CompressionAutoGLZ Compression = 2
	CompressionAutoLZ  Compression = 3
	CompressionQUIC    Compression = 4
	CompressionGLZ     Compression = 5
	CompressionLZ      Compression = 6
	CompressionLZ4     Compression = 7
)

// PreferredCompression overrides the server's choice from the next image on
// (SPICE_MSGC_DISPLAY_PREFERRED_COMPRESSION).
type PreferredCompression struct{ Compression Compression }

// Decode implements wire.Message.
func (m *PreferredCompression) Decode(r *wire.Reader) { m.Compression = Compression(r.U8()) }

// Encode implements wire.Message.
func (m *PreferredCompression) Encode(w *wire.Writer) { w.U8(uint8(m.Compression)) }

// Mode creates a primary surface the old way (SPICE_MSG_DISPLAY_MODE).
type Mode struct{ Width, Height, Bits uint32 }

// Decode implements wire.Message.
func (m *Mode) Decode(r *wire.Reader) { m.Width, m.Height, m.Bits = r.U32(), r.U32(), r.U32() }

// Encode implements wire.Message.
func (m *Mode) Encode(w *wire.Writer) {
	w.U32(m.Width)
	w.U32(m.Height)
	w.U32(m.Bits)
}

// SurfacePrimary is the flag of a surface that heads show.
const SurfacePrimary = 1

// SurfaceCreate makes a surface of zeros (SPICE_MSG_DISPLAY_SURFACE_CREATE).
type SurfaceCreate struct {
	Surface       uint32
	Width, Height uint32 // pixels
	Format        uint32 // SPICE_SURFACE_FMT_*
	Flags         uint32
}

// Decode implements wire.Message.
func (m *SurfaceCreate) Decode(r *wire.Reader) {
	m.Surface, m.Width, m.Height, m.Format, m.Flags = r.U32(), r.U32(), r.U32(), r.U32(), r.U32()
}

// Encode implements wire.Message.
func (m *SurfaceCreate) Encode(w *wire.Writer) {
	w.U32(m.Surface)
	w.U32(m.Width)
	w.U32(m.Height)
	w.U32(m.Format)
	w.U32(m.Flags)
}

// SurfaceDestroy drops a surface (SPICE_MSG_DISPLAY_SURFACE_DESTROY).
type SurfaceDestroy struct{ Surface uint32 }

// Decode implements wire.Message.
func (m *SurfaceDestroy) Decode(r *wire.Reader) { m.Surface = r.U32() }

// Encode implements wire.Message.
func (m *SurfaceDestroy) Encode(w *wire.Writer) { w.U32(m.Surface) }

// A Resource names a cached image.
type Resource struct {
	Type uint8 // resourcePixmap
	ID   uint64
}

const resourcePixmap = 1

// InvalList takes images out of the shared cache
// (SPICE_MSG_DISPLAY_INVAL_LIST).
type InvalList struct{ Resources []Resource }

// Decode implements wire.Message.
func (m *InvalList) Decode(r *wire.Reader) {
	m.Resources = make([]Resource, r.Count(uint32(r.U16()), 9))
	for i := range m.Resources {
		m.Resources[i] = Resource{r.U8(), r.U64()}
	}
}

// Encode implements wire.Message.
func (m *InvalList) Encode(w *wire.Writer) {
	w.U16(uint16(len(m.Resources)))
	for _, res := range m.Resources {
		w.U8(res.Type)
		w.U64(res.ID)
	}
}

// InvalAllPixmaps empties the shared cache once other channels have come as
// far as it says (SPICE_MSG_DISPLAY_INVAL_ALL_PIXMAPS).
type InvalAllPixmaps struct{ spice.WaitForChannels }

// InvalPalette takes a palette out of the channel's cache
// (SPICE_MSG_DISPLAY_INVAL_PALETTE).
type InvalPalette struct{ ID uint64 }

// Decode implements wire.Message.
func (m *InvalPalette) Decode(r *wire.Reader) { m.ID = r.U64() }

// Encode implements wire.Message.
func (m *InvalPalette) Encode(w *wire.Writer) { w.U64(m.ID) }

// A Head is a monitor: a rectangle of a surface.
type Head struct {
	Monitor, Surface uint32
	Width, Height    uint32 // pixels
	X, Y             uint32 // in the surface
	Flags            uint32
}

// MonitorsConfig says which part of which surface each monitor shows
// (SPICE_MSG_DISPLAY_MONITORS_CONFIG).
type MonitorsConfig struct {
	MaxAllowed uint16
	Heads      []Head
}

// Decode implements wire.Message.
func (m *MonitorsConfig) Decode(r *wire.Reader) {
	n := uint32(r.U16())
	m.MaxAllowed = r.U16()
	m.Heads = make([]Head, r.Count(n, 28))
	for i := range m.Heads {
		m.Heads[i] = Head{r.U32(), r.U32(), r.U32(), r.U32(), r.U32(), r.U32(), r.U32()}
	}
}

// Encode implements wire.Message.
func (m *MonitorsConfig) Encode(w *wire.Writer) {
	w.U16(uint16(len(m.Heads)))
	w.U16(m.MaxAllowed)
	for _, h := range m.Heads {
		for _, v := range [...]uint32{h.Monitor, h.Surface, h.Width, h.Height, h.X, h.Y, h.Flags} {
			w.U32(v)
		}
	}
}

// CopyBits moves pixels within a surface (SPICE_MSG_DISPLAY_COPY_BITS).
type CopyBits struct {
	Base Base
	Src  image.Point
}

// Decode implements wire.Message.
func (m *CopyBits) Decode(r *wire.Reader) {
	m.Base.decode(r)
	m.Src = r.Point()
}

// Encode implements wire.Message.
func (m *CopyBits) Encode(w *wire.Writer) {
	m.Base.encode(w)
	w.Point(m.Src)
}
