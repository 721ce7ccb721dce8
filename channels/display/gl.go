package display

import (
	"errors"
	"fmt"
	"image"
	"os"
	"sync"

	"saffron/render"
	"saffron/spice"
	"saffron/spice/wire"
)

// GLScanout replaces the picture by memory of the host's GPU, whose descriptor
// comes with the message (SPICE_MSG_DISPLAY_GL_SCANOUT_UNIX). Without a format
// it ends that.
type GLScanout struct {
	Width, Height uint32 // pixels
	Stride        uint32 // bytes
	FourCC        uint32 // DRM_FORMAT_*, or 0
	Flags         uint32
}

// scanoutTopDown is the flag of a scanout whose first row is the top
// (SPICE_GL_SCANOUT_FLAGS_Y0TOP).
const scanoutTopDown = 1

// Decode implements wire.Message.
func (m *GLScanout) Decode(r *wire.Reader) {
	m.Width, m.Height, m.Stride, m.FourCC, m.Flags = r.U32(), r.U32(), r.U32(), r.U32(), r.U32()
}

// Encode implements wire.Message.
func (m *GLScanout) Encode(w *wire.Writer) {
	for _, v := range [...]uint32{m.Width, m.Height, m.Stride, m.FourCC, m.Flags} {
		w.U32(v)
	}
}

// GLDraw says that a part of the scanout has changed. The guest waits until it
// is told that this is shown (SPICE_MSG_DISPLAY_GL_DRAW).
type GLDraw struct{ X, Y, Width, Height uint32 }

// Decode implements wire.Message.
func (m *GLDraw) Decode(r *wire.Reader) {
	m.X, m.Y, m.Width, m.Height = r.U32(), r.U32(), r.U32(), r.U32()
}

// Encode implements wire.Message.
func (m *GLDraw) Encode(w *wire.Writer) {
	w.U32(m.X)
	w.U32(m.Y)
	w.U32(m.Width)
	w.U32(m.Height)
}

// Formats of scanouts (DRM_FORMAT_*), by the letters of their bytes.
const (
	fourccXRGB = 'X' | 'R'<<8 | '2'<<16 | '4'<<24 // bytes B, G, R, X
	fourccARGB = 'A' | 'R'<<8 | '2'<<16 | '4'<<24
	fourccXBGR = 'X' | 'B'<<8 | '2'<<16 | '4'<<24 // bytes R, G, B, X
	fourccABGR = 'A' | 'B'<<8 | '2'<<16 | '4'<<24
)

// ErrGPUMemory says that the picture lies in memory of the host's GPU that this
// program cannot read.
var ErrGPUMemory = errors.New("the machine draws with the GPU of its host, which cannot be shown here")

// A scanout is a picture that the server wrote somewhere else.
type scanout struct {
	GLScanout
	memory *sharedMemory // nil if it cannot be read
	err    error         // why
}

// newScanout takes file, which may be nil.
func newScanout(m GLScanout, file *os.File, maxPixels int64) *scanout {
	s := &scanout{GLScanout: m}
	if m.FourCC == 0 {
		closeFile(file)
		return s
	}
	size, err := s.size(maxPixels)
	switch {
	case err != nil:
		closeFile(file)
	case file == nil:
		err = errors.New("no descriptor came with it")
	default:
		s.memory, err = openShared(file, size)
	}
	if err != nil {
		s.err = fmt.Errorf("display: scanout of %dx%d pixels: %w: %w", m.Width, m.Height, ErrGPUMemory, err)
	}
	return s
}

func closeFile(f *os.File) {
	if f != nil {
		f.Close()
	}
}

// size returns how many bytes the picture takes.
func (s *scanout) size(maxPixels int64) (int64, error) {
	switch s.FourCC {
	case fourccXRGB, fourccARGB, fourccXBGR, fourccABGR:
	default:
		return 0, fmt.Errorf("its format is %#08x", s.FourCC)
	}
	width, height, stride := uint64(s.Width), uint64(s.Height), uint64(s.Stride)
	switch {
	case width == 0 || height == 0 || stride < 4*width:
		return 0, fmt.Errorf("its rows have %d bytes", stride)
	case stride/4*height > uint64(maxPixels):
		return 0, fmt.Errorf("it has %d bytes", stride*height)
	}
	return int64(stride*(height-1) + 4*width), nil
}

// changed returns the part of the picture that a draw concerns. The pictures of
// GL stand on their heads, and then it is all of it: servers do not agree on
// which way they count.
func (s *scanout) changed(m GLDraw) image.Rectangle {
	whole := image.Rect(0, 0, int(s.Width), int(s.Height))
	if s.Flags&scanoutTopDown == 0 {
		return whole
	}
	x, y := int64(m.X), int64(m.Y)
	r := image.Rectangle{
		Min: image.Pt(int(min(x, int64(s.Width))), int(min(y, int64(s.Height)))),
		Max: image.Pt(int(min(x+int64(m.Width), int64(s.Width))), int(min(y+int64(m.Height), int64(s.Height)))),
	}
	return r.Intersect(whole)
}

// copy takes the pixels of r out of the memory.
func (s *scanout) copy(dst *image.RGBA, r image.Rectangle) error {
	return s.memory.read(func(pix []byte) {
		for y := range r.Dy() {
			row := r.Min.Y + y
			if s.Flags&scanoutTopDown == 0 {
				row = int(s.Height) - 1 - row
			}
			src := pix[row*int(s.Stride)+4*r.Min.X:][:4*r.Dx()]
			copyPixels(dst.Pix[y*dst.Stride:][:len(src)], src, s.FourCC == fourccXRGB || s.FourCC == fourccARGB)
		}
	})
}

// copyPixels copies pixels, of bytes B, G, R if swap says so, else R, G, B.
func copyPixels(dst, src []byte, swap bool) {
	red, blue := 0, 2
	if swap {
		red, blue = 2, 0
	}
	for i := 0; i+4 <= len(src); i += 4 {
		p, q := src[i:i+4:i+4], dst[i:i+4:i+4]
		q[0], q[1], q[2], q[3] = p[red], p[1], p[blue], 0
	}
}

func (s *scanout) close() {
	if s.memory != nil {
		s.memory.close()
		s.memory = nil
	}
}

// scanouts are what a channel has of its server's GPU.
type scanouts struct {
	mu     sync.Mutex
	open   map[*scanout]bool // guarded by mu; queued, or shown
	closed bool              // guarded by mu

	// Owned by the committer.
	current *scanout // nil if image surfaces are shown
	surface image.Point
	hidden  bool
}

// add keeps s until it is dropped, or with the handler.
func (g *scanouts) add(s *scanout) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		s.close()
		return
	}
	if g.open == nil {
		g.open = map[*scanout]bool{}
	}
	g.open[s] = true
}

func (g *scanouts) drop(s *scanout) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.open, s)
	s.close()
}

// close gives everything back. The committer has ended.
func (g *scanouts) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for s := range g.open {
		s.close()
	}
	g.open, g.closed = nil, true
}

// parseGL reads the messages about scanouts.
func (h *Handler) parseGL(msg spice.Message, r *wire.Reader, j *job) {
	if msg.Type == MsgGLDraw {
		var m GLDraw
		m.Decode(r)
		j.commit = func() error { h.drawScanout(m); return nil }
		return
	}
	var m GLScanout
	m.Decode(r)
	if r.Err() != nil {
		return // the link closes the descriptor
	}
	s := newScanout(m, msg.TakeFile(), h.o.MaxImagePixels)
	h.gl.add(s)
	if m.FourCC != 0 {
		h.formats[0] = render.FormatXRGB
	}
	j.commit = func() error { h.showScanout(s); return nil }
}

// showScanout makes s what is shown, on a surface in place of the primary one.
// The committer calls it.
func (h *Handler) showScanout(s *scanout) {
	g := &h.gl
	if s.FourCC == 0 {
		if g.current != nil && g.surface != (image.Point{}) {
			h.o.Canvas.DestroySurface(0)
		}
		g.end(h)
		g.drop(s)
		return
	}
	if g.current != nil {
		g.drop(g.current)
	}
	g.current = s
	if s.err == nil {
		_, s.err = g.place(h, s)
	}
	g.hide(h, s.err)
}

// place makes the surface for s, and reports whether it is a new one. The
// committer calls it.
func (g *scanouts) place(h *Handler, s *scanout) (fresh bool, err error) {
	size := image.Pt(int(s.Width), int(s.Height))
	if size == g.surface {
		return false, nil
	}
	if err := h.o.Canvas.CreateSurface(0, size.X, size.Y, render.FormatXRGB, true); err != nil {
		return false, fmt.Errorf("display: scanout: %w", err)
	}
	g.surface = size
	h.o.Canvas.Mark()
	return true, nil
}

// lose takes note that the surface has gone: the next draw makes another. The
// committer calls it.
func (g *scanouts) lose() { g.surface = image.Point{} }

// end leaves scanouts for image surfaces. The committer calls it.
func (g *scanouts) end(h *Handler) {
	if g.current != nil {
		g.drop(g.current)
	}
	g.current = nil
	g.lose()
	g.hide(h, nil)
}

// hide tells whether the picture can be shown.
func (g *scanouts) hide(h *Handler, err error) {
	if g.hidden == (err != nil) {
		return
	}
	g.hidden = err != nil
	if err != nil {
		h.fail(err)
	}
	if h.o.Hidden != nil {
		h.o.Hidden(err)
	}
}

// drawScanout shows what has changed and says so, in any case: the guest waits.
// The committer calls it.
func (h *Handler) drawScanout(m GLDraw) {
	if s := h.gl.current; s != nil && s.err == nil {
		if s.err = h.copyScanout(s, s.changed(m)); s.err != nil {
			h.gl.hide(h, s.err)
		}
	}
	if h.o.Send != nil {
		_ = h.o.Send(MsgcGLDrawDone, nil) // if the link has failed its reader will notice
	}
}

func (h *Handler) copyScanout(s *scanout, r image.Rectangle) error {
	fresh, err := h.gl.place(h, s)
	if err != nil {
		return err
	}
	if fresh {
		r = image.Rect(0, 0, int(s.Width), int(s.Height))
	}
	if r.Empty() {
		return nil
	}
	pixels := takePixels(r.Dx(), r.Dy())
	defer givePixels(pixels)
	if err := s.copy(pixels, r); err != nil {
		return fmt.Errorf("display: scanout: %w: %w", ErrGPUMemory, err)
	}
	return h.o.Canvas.Draw(0, r, nil, &render.Copy{
		Src: render.Source{Image: pixels}, SrcArea: pixels.Rect, Rop: render.RopPut,
	})
}
