package window

import (
	"image"
	"image/color"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"saffron/render"
)

// A game is what ebiten runs: its methods are called by one goroutine, frame
// by frame. It uploads what has changed and draws if anything did.
type game struct {
	w     *Window
	side  side // nil without one
	polls poll // used without a side

	frames  int
	typed   []rune      // reused
	outside image.Point // size of the window in device pixels
	told    image.Point // that was told to Resized
	berth   berth
	scale   float64     // device pixels per pixel of usual density
	given   image.Point // size that the window was given last
	fitted  image.Point // size of the head for which that was; zero before the first
	asked   time.Time   // when that was; zero once the window has got it
	title   string

	pic   picture
	sheet *sheet        // draws instead of GL; nil if GL does
	shape *image.RGBA   // the pointer that is drawn
	cur   *ebiten.Image // the same for GL
	curOf uint64        // which shape that is, plus 1
	worn  attire
	over  textures // for GL

	scene scene // what is to be seen, the pixels of pic aside
	fresh bool  // scene or pic has changed in this frame
}

// A scene is everything that a frame shows except pixels: if neither has
// changed there is nothing to draw.
type scene struct {
	window  image.Point
	view    render.Viewport
	filter  Filter
	pointer image.Point // where the top-left corner of the drawn pointer is, in pixels of the head
	shape   uint64      // of the drawn pointer, plus 1; 0 if none is drawn
	over    drawings
	dimmed  bool // the picture is, behind a message
	covered bool // nothing is seen but over[layerMessage]
}

// A menuLook is what the picture of a menu depends on.
type menuLook struct {
	menu     *Menu
	revision uint64
	window   image.Point
	scale    float64
}

// settled is after how many frames the window is open: ebiten shows it after
// it has drawn the first.
const settled = 4

// Update is called before each frame.
func (g *game) Update() error {
	w := g.w
	w.turns.Add(1)
	if w.closed.Load() {
		return ebiten.Termination
	}
	g.scale = 1
	if m := ebiten.Monitor(); m != nil {
		g.scale = m.DeviceScaleFactor()
	}
	switch g.frames++; g.frames {
	case 1:
		g.open()
	case settled:
		// From here on a frame is drawn when somebody asks for it.
		ebiten.SetFPSMode(ebiten.FPSModeVsyncOffMinimum)
		if by := w.o.Shift; by != (image.Point{}) && !ebiten.IsFullscreen() {
			x, y := ebiten.WindowPosition()
			ebiten.SetWindowPosition(x+by.X, y+by.Y)
		}
		w.Wake()
		if w.o.OnReady != nil {
			go w.o.OnReady(w)
		}
	}
	g.zoom()
	if g.frames > settled {
		g.berth.step(g)
	}
	if w.toggles.Swap(0)%2 != 0 {
		ebiten.SetFullscreen(!ebiten.IsFullscreen())
	}
	if g.side == nil {
		g.polls.update(w.control)
	}
	w.takeDropped()
	if m := w.o.menu(); m != nil {
		g.typed = ebiten.AppendInputChars(g.typed[:0])
		if m.step(g.typed) {
			w.Wake()
		}
	}
	return nil
}

// connectSide is another in the test of what happens without.
var connectSide = openSide

// open finds the window.
func (g *game) open() {
	s, err := connectSide()
	if err != nil {
		g.w.log.Debug("no side connection", "err", err)
	} else {
		g.side = s
		g.w.control.setSeat(s)
		g.w.serving.Go(func() { s.serve(g.w.control) })
	}
	if g.side == nil {
		g.w.control.setSeat(&g.polls)
		return
	}
	if way := presentation(); way != byGL {
		p, err := g.side.panel(way == byShared)
		if err != nil {
			g.w.log.Debug("no panel", "err", err)
			return
		}
		g.sheet = &sheet{panel: p}
		g.w.counts.way.Store(uint32(way))
		g.w.log.Debug("pictures are drawn without GL", "shared", way == byShared)
	}
}

// Draw takes what has changed.
func (g *game) Draw(off *ebiten.Image) {
	g.outside = off.Bounds().Size()
	g.tellSize()
	if g.sheet != nil {
		g.drawSheet()
	} else {
		g.prepare(off)
	}
	g.w.control.show(g.scene.view, ebiten.IsFullscreen())
	if t := g.w.titleNow(); t != g.title {
		g.title = t
		ebiten.SetWindowTitle(t)
	}
	g.w.shots.step(g)
}

// prepare takes what has changed to the GPU. It draws nothing: that is for
// DrawFinalScreen, which saves a pass over all pixels but is called only if the
// off-screen image has been touched.
func (g *game) prepare(off *ebiten.Image) {
	g.fresh = g.w.o.Desktop.Damage(g.w.o.Head, g.pic.update)
	g.fit()
	now := g.look()
	lost := g.side != nil && len(g.side.lost()) > 0
	if g.fresh = g.fresh || lost || now != g.scene; g.fresh {
		g.scene = now
		off.SubImage(image.Rect(0, 0, 1, 1)).(*ebiten.Image).Fill(backdrop)
		g.w.drawn.Store(time.Now().UnixNano())
	}
}

// look returns what is to be seen now.
func (g *game) look() scene {
	o := &g.w.o
	now := scene{window: g.outside}
	now.filter = g.w.Filter()
	note := ""
	now.view = render.Viewport{Window: g.outside, Guest: g.pic.size, Mode: render.ViewMode(g.w.mode.Load()), Pan: g.w.control.panned()}
	if m := o.menu(); m != nil {
		now.over[layerMessage], now.covered = menuLook{m, m.now(), g.outside, g.scale}, true
		g.w.control.bar.close()
		return now
	}
	if text := o.status(); text != "" {
		title := ""
		if g.pic.size == (image.Point{}) {
			title = o.Title
		}
		now.over[layerMessage], now.dimmed = message{title, text, g.outside, g.scale}, true
	} else if g.pic.size == (image.Point{}) {
		now.over[layerMessage], now.dimmed = message{o.Title, "", g.outside, g.scale}, true
	} else if o.Note != nil {
		note = o.Note()
	}
	now.over[layerStats] = g.w.figures.look(g.outside, g.scale)
	now.over[layerToasts] = g.w.toasts.look(note, g.outside, g.scale)
	now.over[layerMenu] = g.w.control.bar.look(g.outside, g.scale)
	g.dressPointer(&now)
	return now
}

// DrawFinalScreen draws all of the window.
func (g *game) DrawFinalScreen(screen ebiten.FinalScreen, _ *ebiten.Image, _ ebiten.GeoM) {
	began := time.Now()
	g.paint(screen)
	g.w.counts.frame(began)
}

// A canvas is the screen or an image.
type canvas interface {
	Bounds() image.Rectangle
	DrawImage(img *ebiten.Image, o *ebiten.DrawImageOptions)
	DrawRectShader(width, height int, shader *ebiten.Shader, o *ebiten.DrawRectShaderOptions)
	Fill(c color.Color)
}

// paint draws the scene.
func (g *game) paint(dst canvas) {
	s := &g.scene
	whole := dst.Bounds()
	if s.covered {
		g.over.paint(dst, &s.over)
		return
	}
	if !whole.In(s.view.Dest()) {
		dst.Fill(backdrop)
	}
	if g.pic.size != (image.Point{}) {
		g.paintPicture(dst)
	}
	if s.shape != 0 && g.cur != nil {
		var o ebiten.DrawImageOptions
		o.GeoM.Translate(float64(s.pointer.X), float64(s.pointer.Y))
		place(&o, s.view)
		dst.DrawImage(g.cur, &o)
	}
	g.over.paint(dst, &s.over)
}

func (g *game) paintPicture(dst canvas) {
	s := &g.scene
	x, y := s.view.Scale()
	for _, t := range g.pic.tiles {
		if g.sharpen(dst, t) {
			continue
		}
		var o ebiten.DrawImageOptions
		o.GeoM.Translate(float64(t.rect.Min.X), float64(t.rect.Min.Y))
		place(&o, s.view)
		if s.filter == Smooth && (x != 1 || y != 1) {
			o.Filter = ebiten.FilterLinear
		}
		if s.dimmed {
			o.ColorScale.Scale(dimFactor, dimFactor, dimFactor, 1)
		}
		if o.Filter == ebiten.FilterLinear {
			underlay(dst, t, o, x, y)
		}
		dst.DrawImage(t.img, &o)
	}
}

// underlay draws the edges of a tile without a filter: the filter mixes them
// with the nothing beyond, and so leaves them translucent.
func underlay(dst canvas, t tile, o ebiten.DrawImageOptions, x, y float64) {
	size := t.rect.Size()
	w, h := min(size.X, 1+int(1/x)), min(size.Y, 1+int(1/y))
	whole := o.GeoM
	o.Filter = ebiten.FilterNearest
	for _, r := range []image.Rectangle{
		image.Rect(0, 0, size.X, h), image.Rect(0, size.Y-h, size.X, size.Y),
		image.Rect(0, 0, w, size.Y), image.Rect(size.X-w, 0, size.X, size.Y),
	} {
		o.GeoM = ebiten.GeoM{}
		o.GeoM.Translate(float64(r.Min.X), float64(r.Min.Y))
		o.GeoM.Concat(whole)
		dst.DrawImage(t.img.SubImage(r).(*ebiten.Image), &o)
	}
}

// place puts what is drawn in pixels of the head into the window: sharp if
// each becomes a whole number of device pixels, otherwise smooth.
func place(o *ebiten.DrawImageOptions, v render.Viewport) {
	x, y := v.Scale()
	d := v.Dest()
	o.GeoM.Scale(x, y)
	o.GeoM.Translate(float64(d.Min.X), float64(d.Min.Y))
	if !isWhole(v) {
		o.Filter = ebiten.FilterLinear
	}
}

// Layout is not called: there is LayoutF.
func (g *game) Layout(w, h int) (int, int) { return w, h }

// LayoutF returns the size in device pixels for one in pixels of usual density.
func (g *game) LayoutF(w, h float64) (float64, float64) {
	s := 1.0
	if m := ebiten.Monitor(); m != nil {
		s = m.DeviceScaleFactor()
	}
	round := func(v float64) float64 { return max(1, float64(int(v*s+0.5))) }
	return round(w), round(h)
}
