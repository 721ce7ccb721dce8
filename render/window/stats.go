package window

import (
	"image"
	"image/color"
	"image/draw"
	"sync"
	"sync/atomic"
	"time"
)

// statsEvery is how often the overlay with figures is brought up to date.
const statsEvery = time.Second

// A figures is the overlay with figures. While it is hidden nothing runs for
// it: a timer, which asks for new ones, exists only while it is shown.
type figures struct {
	shown atomic.Bool

	mu       sync.Mutex
	rows     []StatRow   // guarded by mu; not changed, but replaced
	revision uint64      // guarded by mu; another for each rows
	timer    *time.Timer // guarded by mu; nil while hidden
}

// ToggleStatistics shows the overlay with figures, see Options.Statistics, or
// hides it.
func (w *Window) ToggleStatistics() {
	f := &w.figures
	if w.o.Statistics == nil {
		return
	}
	f.mu.Lock()
	on := f.timer == nil && !w.closed.Load()
	if on {
		f.timer = time.AfterFunc(0, w.count)
	} else if f.timer != nil {
		f.timer.Stop()
		f.timer, f.rows = nil, nil
	}
	f.shown.Store(false) // until there is something to show
	f.mu.Unlock()
	w.Wake()
}

// StatisticsShown reports whether the overlay with figures is on.
func (w *Window) StatisticsShown() bool {
	w.figures.mu.Lock()
	defer w.figures.mu.Unlock()
	return w.figures.timer != nil
}

// stop ends the timer for good: the window is closed.
func (f *figures) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.timer != nil {
		f.timer.Stop()
		f.timer = nil
	}
}

// count asks for new figures, and for being called again. It runs on the
// timer's goroutine.
func (w *Window) count() {
	rows := w.o.Statistics()
	f := &w.figures
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.timer == nil {
		return // hidden meanwhile
	}
	f.rows = rows
	f.revision++
	f.shown.Store(true)
	f.timer.Reset(statsEvery)
	w.Wake()
}

// look returns what the overlay looks like now, nil while it is hidden.
func (f *figures) look(window image.Point, scale float64) drawing {
	if !f.shown.Load() {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return statsLook{f, f.revision, window, scale}
}

func (f *figures) now() []StatRow {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rows
}

// A statsLook is what the picture of the overlay depends on.
type statsLook struct {
	figures  *figures
	revision uint64
	window   image.Point
	scale    float64
}

// Sizes of the overlay, in pixels of a screen of usual density.
const (
	statSize    = 13
	statRow     = 19
	statHeading = 27 // the height of a heading, which has more room above
	statPad     = 14
	statMargin  = 12 // to the edges of the window
	statGap     = 18 // between a label and its value
	statColumn  = 22 // between two columns
	statWidest  = 340
)

// statFill is see-through.
var statFill = color.RGBA{0x12, 0x14, 0x17, 0xe2}

// statLeast is the size of letters, in device pixels, below which they are not
// made smaller.
const statLeast = 11

// draw returns the overlay, in the right upper corner. What a low window has no
// room for goes to further columns. If they do not fit, either, the letters are
// made smaller; what fits in no way is left out.
func (l statsLook) draw() *image.RGBA {
	rows := l.figures.now()
	for p := (&painter{s: float32(l.scale)}); ; p = (&painter{s: p.s * 0.88}) {
		if l.drawAt(p, rows) || statSize*p.s*0.88 < statLeast {
			return p.img
		}
	}
}

// drawAt draws at the scale of p, and reports whether everything had room.
func (l statsLook) drawAt(p *painter, rows []StatRow) (whole bool) {
	columns := statColumns(rows, l.window.Y-2*p.px(statMargin)-2*p.px(statPad), p)
	var widths []int
	size := image.Pt(2*p.px(statPad), 0)
	for i, c := range columns {
		w := c.width(p)
		if gap := p.px(statColumn); i > 0 {
			if size.X+gap+w > l.window.X-2*p.px(statMargin) {
				break
			}
			size.X += gap
		}
		widths = append(widths, w)
		size = image.Pt(size.X+w, max(size.Y, c.height(p)))
	}
	size.Y += 2 * p.px(statPad)
	size.X = min(size.X, max(1, l.window.X-2*p.px(statMargin)))
	p.img = image.NewRGBA(image.Rectangle{Max: size})
	round(p.img, 0, cardRadius*p.s, statFill)
	x := p.px(statPad)
	for i, w := range widths {
		columns[i].draw(p, image.Rect(x, p.px(statPad), min(x+w, size.X-p.px(statPad)), size.Y))
		x += w + p.px(statColumn)
	}
	p.img.Rect = p.img.Rect.Add(image.Pt(l.window.X-size.X-p.px(statMargin), p.px(statMargin)))
	return len(widths) == len(columns)
}

// A statList is a column of the overlay.
type statList []StatRow

// statColumns breaks rows into columns of a height, headings with what they
// stand above.
func statColumns(rows []StatRow, height int, p *painter) []statList {
	var columns []statList
	var column statList
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].Value != "" {
			n++
		}
		group := statList(rows[:n])
		rows = rows[n:]
		if with := append(column[:len(column):len(column)], group...); len(column) == 0 || with.height(p) <= height {
			column = with
		} else {
			columns, column = append(columns, column), group
		}
		for len(column) > 1 && column.height(p) > height { // a group longer than a column
			k := len(column) - 1
			for k > 1 && column[:k].height(p) > height {
				k--
			}
			columns, column = append(columns, column[:k]), column[k:]
		}
	}
	if len(column) > 0 {
		columns = append(columns, column)
	}
	return columns
}

// rowHeight returns how high the row i is.
func (c statList) rowHeight(i int, p *painter) int {
	if c[i].Value == "" && i > 0 {
		return p.px(statHeading)
	}
	return p.px(statRow)
}

func (c statList) height(p *painter) int {
	sum := 0
	for i := range c {
		sum += c.rowHeight(i, p)
	}
	return sum
}

func (c statList) width(p *painter) int {
	widest := float32(p.px(180)) // so that it does not change with each figure
	for _, r := range c {
		w := regular().width(oneLine(r.Label), statSize*p.s)
		if r.Value != "" {
			w += float32(p.px(statGap)) + regular().width(oneLine(r.Value), statSize*p.s)
		}
		widest = max(widest, w)
	}
	step := p.px(20)
	return min((int(widest)+step)/step*step, p.px(statWidest))
}

func (c statList) draw(p *painter, r image.Rectangle) {
	y := r.Min.Y
	for i, row := range c {
		h := c.rowHeight(i, p)
		if row.Value == "" {
			line := p.px(statRow)
			p.line(elide(row.Label, medium(), statSize*p.s, float32(r.Dx())), medium(), statSize, r.Min.X, y+h-line, line, accent)
		} else {
			value := elide(row.Value, regular(), statSize*p.s, float32(r.Dx())*0.8)
			w := int(regular().width(value, statSize*p.s) + 0.5)
			label := elide(row.Label, regular(), statSize*p.s, float32(r.Dx()-w-p.px(statGap)/2))
			p.line(label, regular(), statSize, r.Min.X, y, h, subdued)
			p.line(value, regular(), statSize, r.Max.X-w, y, h, bright)
		}
		y += h
	}
}

// rule draws a thin line.
func (p *painter) rule(r image.Rectangle, c color.Color) {
	draw.Draw(p.img, r, image.NewUniform(c), image.Point{}, draw.Over)
}
