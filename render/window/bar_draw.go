package window

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/vector"
)

// Sizes of the bar, in pixels of a screen of usual density.
const (
	edgeHeight = 3 // where the pointer has to rest
	tabWidth   = 96
	tabHeight  = 20
	tabReach   = 56 // beyond which the tab goes

	barRow       = 32
	barSeparator = 13
	barPad       = 6 // around the rows
	barCheck     = 30
	barInset     = 12 // at the right
	barChevron   = 22
	barGap       = 28 // between a label and its keys
	barLeast     = 250
	barWidest    = 420
	barMargin    = 10 // to the edges of the window
	barShadow    = 10
	barKeySize   = 13
)

// barDisabled is the colour of what cannot be chosen.
var barDisabled = color.RGBA{0x6b, 0x72, 0x7c, 0xff}

// A barPlace is where the menu was drawn last.
type barPlace struct {
	card  image.Rectangle
	title image.Rectangle // of a submenu
	lines []barLine
	rows  int // entries that fit, about
}

// A barLine is where an entry is.
type barLine struct {
	rect  image.Rectangle
	entry int
}

// at returns the entry at a point, back for the title, -1 for none.
func (p *barPlace) at(pt image.Point) int {
	if pt.In(p.title) {
		return back
	}
	for _, l := range p.lines {
		if pt.In(l.rect) {
			return l.entry
		}
	}
	return -1
}

// A barLook is what the picture of the bar depends on.
type barLook struct {
	bar      *bar
	revision uint64
	window   image.Point
	scale    float64
}

// draw draws the bar as it is now: revision may be an older one.
func (l barLook) draw() *image.RGBA {
	b := l.bar
	b.mu.Lock()
	defer b.mu.Unlock()
	p := &painter{s: float32(l.scale)}
	switch {
	case b.state == barTab:
		b.drawTab(p)
	case b.state == barOpen && b.pages != nil:
		b.drawMenu(p, l.window)
	default:
		p.img = new(image.RGBA)
	}
	return p.img
}

func (b *bar) drawTab(p *painter) {
	r := b.tab()
	p.img = image.NewRGBA(r)
	fill, line := cardFill, subdued
	if b.known && b.pointer.In(r) {
		fill, line = rowFill, bright
	}
	p.hanging(r, 9, cardEdge, fill)
	w, gap := float32(p.px(22)), float32(p.px(4))
	x, y := float32(r.Min.X)+(float32(r.Dx())-w)/2, float32(r.Min.Y)+float32(r.Dy())/2-p.s
	for i := range 3 {
		dy := float32(i-1) * gap
		p.stroke(1.5*p.s, line, x, y+dy, x+w, y+dy)
	}
}

// drawMenu draws the page that is seen, and remembers where things are.
func (b *bar) drawMenu(p *painter, window image.Point) {
	pg := &b.pages[len(b.pages)-1]
	b.arrange(pg, p, window)
	card, shadow := b.place.card, p.px(barShadow)
	p.img = image.NewRGBA(image.Rect(card.Min.X-shadow, 0, card.Max.X+shadow, card.Max.Y+shadow))
	p.shadow(card, cardRadius, shadow)
	p.hanging(card, cardRadius, cardEdge, cardFill)
	if !b.place.title.Empty() {
		b.drawTitle(p, pg)
	}
	for _, l := range b.place.lines {
		p.entry(pg.entries[l.entry], l.rect, l.entry == pg.selected)
	}
	if shown, all := len(b.place.lines), len(pg.entries); shown < all {
		b.drawScroll(p, pg, shown, all)
	}
}

// arrange finds the places of the entries that are seen.
func (b *bar) arrange(pg *page, p *painter, window image.Point) {
	width := min(pg.width(p), max(1, window.X-2*p.px(barMargin)))
	pad := p.px(barPad)
	at := image.Pt((window.X-width)/2, 0)
	y := pad
	b.place.title = image.Rectangle{}
	if pg.title != "" {
		b.place.title = image.Rect(at.X+pad, y, at.X+width-pad, y+p.px(barRow))
		y += p.px(barRow) + p.px(barSeparator)
	}
	room := window.Y - p.px(barMargin) - pad - y
	height := func(e Entry) int {
		if e.Separator {
			return p.px(barSeparator)
		}
		return p.px(barRow)
	}
	// The last page that is full begins where nothing more would fit.
	last, sum := len(pg.entries), 0
	for last > 0 && (sum == 0 || sum+height(pg.entries[last-1]) <= room) {
		last--
		sum += height(pg.entries[last])
	}
	pg.top = max(0, min(pg.top, last))
	for b.lines(pg, at.X+pad, at.X+width-pad, y, room, height); pg.selected > b.place.lines[len(b.place.lines)-1].entry && pg.top < last; {
		pg.top++
		b.lines(pg, at.X+pad, at.X+width-pad, y, room, height)
	}
	b.place.rows = len(b.place.lines)
	b.place.card = image.Rect(at.X, 0, at.X+width, b.place.lines[len(b.place.lines)-1].rect.Max.Y+pad)
}

// lines places the entries from the first that is seen on.
func (b *bar) lines(pg *page, left, right, y, room int, height func(Entry) int) {
	b.place.lines = b.place.lines[:0]
	end := y + room
	for i := pg.top; i < len(pg.entries); i++ {
		h := height(pg.entries[i])
		if y+h > end && len(b.place.lines) > 0 {
			return
		}
		b.place.lines = append(b.place.lines, barLine{image.Rect(left, y, right, y+h), i})
		y += h
	}
}

// width returns how wide a page wants to be.
func (pg *page) width(p *painter) int {
	w := float32(p.px(barLeast))
	fix := float32(2*p.px(barPad) + p.px(barCheck) + p.px(barInset))
	for _, e := range pg.entries {
		line := fix + regular().width(oneLine(e.Label), textSize*p.s)
		if e.Keys != "" {
			line += float32(p.px(barGap)) + regular().width(oneLine(e.Keys), barKeySize*p.s)
		}
		if len(e.Sub) > 0 {
			line += float32(p.px(barChevron))
		}
		w = max(w, line)
	}
	w = max(w, fix+medium().width(oneLine(pg.title), textSize*p.s))
	return min(int(w)+2, p.px(barWidest)) // rounding must not cut the longest line
}

func (b *bar) drawTitle(p *painter, pg *page) {
	r := b.place.title
	shade := subdued
	if pg.selected == back {
		p.box(r, 6, rowFill, rowFill)
		shade = bright
	}
	c := float32(p.px(4))
	x, y := float32(r.Min.X+p.px(16)), float32(r.Min.Y)+float32(r.Dy())/2
	p.stroke(1.6*p.s, shade, x, y-c, x-c, y, x, y+c)
	left := r.Min.X + p.px(barCheck)
	text := elide(pg.title, medium(), textSize*p.s, float32(r.Max.X-p.px(barInset)-left))
	p.line(text, medium(), textSize, left, r.Min.Y, r.Dy(), bright)
	line := r.Max.Y + p.px(barSeparator)/2
	p.rule(image.Rect(r.Min.X+p.px(4), line, r.Max.X-p.px(4), line+max(1, p.px(1))), cardEdge)
}

// entry draws a line of the menu.
func (p *painter) entry(e Entry, r image.Rectangle, selected bool) {
	if e.Separator {
		y := r.Min.Y + r.Dy()/2
		p.rule(image.Rect(r.Min.X+p.px(4), y, r.Max.X-p.px(4), y+max(1, p.px(1))), cardEdge)
		return
	}
	label, detail, mark := bright, subdued, accent
	if !can(e) {
		label, detail, mark = barDisabled, barDisabled, barDisabled
	}
	if selected {
		p.box(r, 6, rowFill, rowFill)
	}
	mid := float32(r.Min.Y) + float32(r.Dy())/2
	if e.Checked {
		x, u := float32(r.Min.X+p.px(10)), p.s
		p.stroke(2*u, mark, x, mid+0.5*u, x+3.5*u, mid+4*u, x+10.5*u, mid-4.5*u)
	}
	left, right := r.Min.X+p.px(barCheck), r.Max.X-p.px(barInset)
	if len(e.Sub) > 0 {
		c := float32(p.px(4))
		x := float32(right) - 2*p.s
		p.stroke(1.6*p.s, detail, x-c, mid-c, x, mid, x-c, mid+c)
		right -= p.px(barChevron)
	}
	if e.Keys != "" {
		keys := elide(e.Keys, regular(), barKeySize*p.s, float32(right-left)*detailShare)
		w := int(regular().width(keys, barKeySize*p.s) + 0.5)
		p.line(keys, regular(), barKeySize, right-w, r.Min.Y, r.Dy(), detail)
		right -= w + p.px(barGap)/2
	}
	p.line(elide(e.Label, regular(), textSize*p.s, float32(right-left)), regular(), textSize, left, r.Min.Y, r.Dy(), label)
}

// drawScroll draws how much of the page is seen, and where that is.
func (b *bar) drawScroll(p *painter, pg *page, shown, all int) {
	first, last := b.place.lines[0].rect, b.place.lines[shown-1].rect
	whole := last.Max.Y - first.Min.Y
	height := max(p.px(16), whole*shown/all)
	y := first.Min.Y + (whole-height)*pg.top/max(1, all-shown)
	x := first.Max.X + (p.px(barPad)-p.px(scrollWidth))/2
	p.box(image.Rect(x, y, x+p.px(scrollWidth), y+height), scrollWidth/2, subdued, subdued)
}

// hanging draws a box that hangs from the upper edge of the window: only its
// lower corners are round, and there is no line above.
func (p *painter) hanging(r image.Rectangle, radius float32, edge, fill color.Color) {
	p.hang(r, 0, radius*p.s, edge)
	p.hang(r, p.s, (radius-1)*p.s, fill)
}

func (p *painter) hang(r image.Rectangle, inset, radius float32, c color.Color) {
	p.fill(r, c, func(z *vector.Rasterizer, o image.Point) {
		const k = 0.5523 // makes a cubic a quarter of a circle
		q := radius * (1 - k)
		x0, x1 := float32(r.Min.X-o.X)+inset, float32(r.Max.X-o.X)-inset
		y0, y1 := float32(r.Min.Y-o.Y), float32(r.Max.Y-o.Y)-inset
		z.MoveTo(x0, y0)
		z.LineTo(x1, y0)
		z.LineTo(x1, y1-radius)
		z.CubeTo(x1, y1-q, x1-q, y1, x1-radius, y1)
		z.LineTo(x0+radius, y1)
		z.CubeTo(x0+q, y1, x0, y1-q, x0, y1-radius)
		z.ClosePath()
	})
}

// stroke draws a line of a width through points, given as x and y in turn.
func (p *painter) stroke(width float32, c color.Color, points ...float32) {
	h := width / 2
	var bounds image.Rectangle
	for i := 0; i+1 < len(points); i += 2 {
		x, y := points[i], points[i+1]
		bounds = bounds.Union(image.Rect(int(x-h)-1, int(y-h)-1, int(x+h)+2, int(y+h)+2))
	}
	p.fill(bounds, c, func(z *vector.Rasterizer, o image.Point) {
		for i := 0; i+3 < len(points); i += 2 {
			capsule(z, points[i]-float32(o.X), points[i+1]-float32(o.Y), points[i+2]-float32(o.X), points[i+3]-float32(o.Y), h)
		}
	})
}

// fill fills a path within bounds, which is drawn relatively to a point.
func (p *painter) fill(bounds image.Rectangle, c color.Color, path func(z *vector.Rasterizer, origin image.Point)) {
	bounds = bounds.Intersect(p.img.Rect)
	if bounds.Empty() {
		return
	}
	z := vector.NewRasterizer(bounds.Dx(), bounds.Dy())
	path(z, bounds.Min)
	z.Draw(p.img, bounds, image.NewUniform(c), image.Point{})
}

// capsule is the path around a line from one point to another: all that is at
// most r away from it.
func capsule(z *vector.Rasterizer, x0, y0, x1, y1, r float32) {
	const k = 0.5523 // makes a cubic a quarter of a circle
	dx, dy := x1-x0, y1-y0
	length := float32(math.Hypot(float64(dx), float64(dy)))
	if length == 0 {
		dx, length = 1, 1
	}
	ux, uy := dx/length*r, dy/length*r // along
	vx, vy := -uy, ux                  // across
	z.MoveTo(x0+vx, y0+vy)
	z.CubeTo(x0+vx-k*ux, y0+vy-k*uy, x0-ux+k*vx, y0-uy+k*vy, x0-ux, y0-uy)
	z.CubeTo(x0-ux-k*vx, y0-uy-k*vy, x0-vx-k*ux, y0-vy-k*uy, x0-vx, y0-vy)
	z.LineTo(x1-vx, y1-vy)
	z.CubeTo(x1-vx+k*ux, y1-vy+k*uy, x1+ux-k*vx, y1+uy-k*vy, x1+ux, y1+uy)
	z.CubeTo(x1+ux+k*vx, y1+uy+k*vy, x1+vx+k*ux, y1+vy+k*uy, x1+vx, y1+vy)
	z.ClosePath()
}

// shadow darkens what is around a box, less and less to the distance reach.
func (p *painter) shadow(r image.Rectangle, radius float32, reach int) {
	radius *= p.s
	inner := image.Rect(r.Min.X+int(radius), r.Min.Y, r.Max.X-int(radius), r.Max.Y-int(radius))
	for y := p.img.Rect.Min.Y; y < p.img.Rect.Max.Y; y++ {
		for x := p.img.Rect.Min.X; x < p.img.Rect.Max.X; x++ {
			if x == inner.Min.X && x < inner.Max.X && y < inner.Max.Y {
				x = inner.Max.X - 1 // beneath the box
				continue
			}
			dx := float64(max(inner.Min.X-x, x-inner.Max.X+1, 0))
			dy := float64(max(y-inner.Max.Y+1, 0))
			d := 1 - (math.Hypot(dx, dy)-float64(radius))/float64(reach)
			if d > 0 {
				p.img.Pix[p.img.PixOffset(x, y)+3] = uint8(shadowAlpha * min(1, d*d))
			}
		}
	}
}

// shadowAlpha is how dark a shadow is at most.
const shadowAlpha = 90
