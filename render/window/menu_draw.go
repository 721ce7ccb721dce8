package window

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"strings"
	"unicode"
	"unicode/utf8"
)

// More colours, of menus.
var (
	rowFill   = color.RGBA{0x2f, 0x4a, 0x5d, 0xff} // of what is selected
	fieldFill = color.RGBA{0x1b, 0x1d, 0x21, 0xff}
	lively    = color.RGBA{0x7c, 0xc4, 0x8d, 0xff}
)

// Sizes of a menu, in pixels of a screen of usual density.
const (
	menuWidth   = 640
	menuRow     = 34
	menuField   = 36
	menuInset   = 12 // of words within a row
	menuGap     = 14
	menuDot     = 8
	scrollWidth = 4
	detailShare = 0.45 // of a row, at most
	hintSize    = 13
)

// menuHint says how to use a menu.
const menuHint = "Up and Down or the mouse to select, Enter to open, Esc to leave"

// promptHint says how to use a prompt.
const (
	promptHint     = "Enter to go on, Esc to leave"
	promptKeepHint = "Enter to go on, Tab to tick or not, Esc to leave"
)

// tickBox is how wide the box is of what a prompt offers to tick.
const tickBox = 16

// promptRows is how many lines a prompt has room for below what is typed.
const promptRows = 2

// A menuPlace is where the list of a menu was drawn last.
type menuPlace struct {
	list      image.Rectangle // in the window, without what is beside the rows
	rowHeight int
	rows      int // that fit
}

// draw draws the menu as it is now: revision may be an older one.
func (l menuLook) draw() *image.RGBA { return l.menu.draw(l.window, l.scale) }

// draw returns a picture of the whole window, and remembers where things are.
func (m *Menu) draw(window image.Point, scale float64) *image.RGBA {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := &painter{img: image.NewRGBA(image.Rectangle{Max: window}), s: float32(scale)}
	draw.Draw(p.img, p.img.Rect, image.NewUniform(backdrop), image.Point{}, draw.Src)
	card := m.arrange(window, p)
	p.box(card, cardRadius, cardEdge, cardFill)
	inner := card.Inset(p.px(cardPad))
	title := elide(m.title, medium(), titleSize*p.s, float32(inner.Dx()))
	p.line(title, medium(), titleSize, inner.Min.X, inner.Min.Y, p.px(titleSize*leading), bright)
	y := inner.Min.Y + p.px(titleSize*leading) + p.px(menuGap)
	m.field(p, image.Rect(inner.Min.X, y, inner.Max.X, y+p.px(menuField)))
	m.list(p)
	keys := menuHint
	if m.prompt != nil {
		keys = promptHint
		if m.prompt.Keep != "" {
			keys = promptKeepHint
		}
	}
	hint := elide(keys, regular(), hintSize*p.s, float32(inner.Dx()))
	p.line(hint, regular(), hintSize, inner.Min.X, inner.Max.Y-p.px(hintSize*leading), p.px(hintSize*leading), subdued)
	return p.img
}

// arrange finds the place of the list, and returns that of the card.
func (m *Menu) arrange(window image.Point, p *painter) image.Rectangle {
	pad, margin := p.px(cardPad), p.px(cardMargin)
	above := p.px(titleSize*leading) + p.px(menuField) + 2*p.px(menuGap)
	below := p.px(menuGap) + p.px(hintSize*leading)
	row := p.px(menuRow)
	width := max(1, min(window.X-2*margin, p.px(menuWidth)))
	room := window.Y - 2*margin - 2*pad - above - below
	wanted := max(3, len(m.items))
	if m.prompt != nil {
		wanted = promptRows
	}
	rows := max(1, min(room/row, wanted))
	height := rows*row + 2*pad + above + below
	at := image.Pt((window.X-width)/2, max(0, (window.Y-height)/2))
	card := image.Rectangle{at, at.Add(image.Pt(width, height))}
	first := m.place.rows == 0
	resized := m.place.rows != rows
	list := image.Rect(card.Min.X+pad, card.Min.Y+pad+above, card.Max.X-pad, card.Min.Y+pad+above+rows*row)
	m.place = menuPlace{list, row, rows}
	if i := m.index(); i >= 0 && (first || resized) {
		m.top = max(min(m.top, i), i-rows+1)
	}
	m.top = max(0, min(m.top, len(m.shown)-rows))
	return card
}

// field draws what was typed.
func (m *Menu) field(p *painter, r image.Rectangle) {
	p.box(r, 6, cardEdge, fieldFill)
	text, shade := m.filter, bright
	switch {
	case m.prompt != nil:
		text = strings.Repeat("•", utf8.RuneCountInString(text))
	case text == "":
		text, shade = "Type to search", subdued
	}
	x := r.Min.X + p.px(menuInset)
	count := ""
	if m.filter != "" && m.prompt == nil {
		count = fmt.Sprintf("%d of %d", len(m.shown), len(m.items))
	}
	room := float32(r.Dx() - 2*p.px(menuInset))
	if count != "" {
		w := regular().width(count, hintSize*p.s)
		p.line(count, regular(), hintSize, r.Max.X-p.px(menuInset)-int(w+0.5), r.Min.Y, r.Dy(), subdued)
		room -= w + float32(p.px(menuGap))
	}
	end := p.line(tail(text, regular(), textSize*p.s, room), regular(), textSize, x, r.Min.Y, r.Dy(), shade)
	if m.filter == "" {
		end = x - p.px(3)
	}
	caret := image.Rect(end+p.px(1), r.Min.Y+p.px(9), end+p.px(1)+max(1, p.px(1.5)), r.Max.Y-p.px(9))
	draw.Draw(p.img, caret, image.NewUniform(accent), image.Point{}, draw.Src)
}

// list draws the rows that are seen.
func (m *Menu) list(p *painter) {
	place := &m.place
	if len(m.shown) == 0 {
		text := m.message
		if text == "" && m.prompt == nil {
			text = "Nothing has these words"
		}
		lines := wrap(text, regular(), textSize*p.s, float32(max(1, place.list.Dx()-2*p.px(menuInset))))
		for i, l := range lines[:min(len(lines), place.rows)] {
			p.line(l, regular(), textSize, place.list.Min.X+p.px(menuInset), place.list.Min.Y+i*place.rowHeight, place.rowHeight, subdued)
		}
		m.offer(p)
		return
	}
	rows := m.shown[m.top:min(len(m.shown), m.top+place.rows)]
	for i, item := range rows {
		y := place.list.Min.Y + i*place.rowHeight
		m.row(p, item, image.Rect(place.list.Min.X, y, place.list.Max.X, y+place.rowHeight))
	}
	if hidden := len(m.shown) - place.rows; hidden > 0 {
		whole := place.list.Dy()
		height := max(p.px(16), whole*place.rows/len(m.shown))
		y := place.list.Min.Y + (whole-height)*m.top/hidden
		x := place.list.Max.X + p.px(10)
		p.box(image.Rect(x, y, x+p.px(scrollWidth), y+height), scrollWidth/2, subdued, subdued)
	}
}

// keepRow returns where a prompt offers to tick something, in the window.
func (m *Menu) keepRow() image.Rectangle {
	r := m.place.list
	r.Min.Y += (promptRows - 1) * m.place.rowHeight
	r.Max.Y = r.Min.Y + m.place.rowHeight
	return r
}

// offer draws what a prompt offers to tick.
func (m *Menu) offer(p *painter) {
	if m.prompt == nil || m.prompt.Keep == "" || m.place.rows < promptRows {
		return
	}
	r := m.keepRow()
	d := p.px(tickBox)
	box := image.Rect(0, 0, d, d).Add(image.Pt(r.Min.X+p.px(menuInset), r.Min.Y+(r.Dy()-d)/2))
	p.box(box, 3, cardEdge, fieldFill)
	if m.keep {
		inner := box.Inset(p.px(tickBox / 4))
		p.box(inner, 2, accent, accent)
	}
	x := box.Max.X + p.px(menuInset)
	p.line(elide(m.prompt.Keep, regular(), textSize*p.s, float32(r.Max.X-x)), regular(), textSize, x, r.Min.Y, r.Dy(), bright)
}

func (m *Menu) row(p *painter, item MenuItem, r image.Rectangle) {
	selected := item.Key == m.selected
	if selected {
		p.box(r, 6, rowFill, rowFill)
	}
	name, shade, dot := bright, subdued, cardEdge
	if item.Lively {
		shade, dot = lively, lively
	} else if !selected {
		name = subdued
	}
	d := p.px(menuDot)
	x := r.Min.X + p.px(menuInset)
	p.box(image.Rect(x, r.Min.Y+(r.Dy()-d)/2, x+d, r.Min.Y+(r.Dy()-d)/2+d), menuDot/2, dot, dot)
	x += d + p.px(menuInset)
	inner := r.Max.X - p.px(menuInset) - x
	detail := elide(item.Detail, regular(), hintSize*p.s, float32(inner)*detailShare)
	w := int(regular().width(detail, hintSize*p.s) + 0.5)
	p.line(detail, regular(), hintSize, r.Max.X-p.px(menuInset)-w, r.Min.Y, r.Dy(), shade)
	room := float32(inner - w - p.px(menuGap))
	p.line(elide(item.Text, regular(), textSize*p.s, room), regular(), textSize, x, r.Min.Y, r.Dy(), name)
}

// A painter draws in pixels of usual density.
type painter struct {
	img *image.RGBA
	s   float32
}

func (p *painter) px(v float32) int { return int(v*p.s + 0.5) }

// line writes a line in the middle of a height, and returns where it ends.
func (p *painter) line(text string, f *typeface, size float32, x, y, height int, c color.Color) int {
	size *= p.s
	ascent, descent := f.extent(size)
	base := float32(y) + (float32(height)-ascent-descent)/2 + ascent
	f.draw(p.img, text, size, float32(x), float32(int(base+0.5)), c)
	return x + int(f.width(text, size)+0.5)
}

// box draws a box with round corners and an edge.
func (p *painter) box(r image.Rectangle, radius float32, edge, fill color.Color) {
	if r = r.Intersect(p.img.Rect); r.Empty() {
		return
	}
	box := image.NewRGBA(image.Rectangle{Max: r.Size()})
	round(box, 0, radius*p.s, edge)
	if edge != fill {
		round(box, p.s, (radius-1)*p.s, fill)
	}
	draw.Draw(p.img, r, box, image.Point{}, draw.Over)
}

// elide shortens a line that is wider than room.
func elide(text string, f *typeface, size, room float32) string {
	text = oneLine(text)
	if f.width(text, size) <= room {
		return text
	}
	room -= f.width("…", size)
	if n := fitting(text, f, size, room); f.width(text[:n], size) <= room {
		return text[:n] + "…"
	}
	return ""
}

// tail returns the end of a line, as much as there is room for.
func tail(text string, f *typeface, size, room float32) string {
	for i := range text {
		if f.width(text[i:], size) <= room {
			return text[i:]
		}
	}
	return ""
}

// oneLine leaves what can be drawn of a text, which may be a host's, and not
// without end.
func oneLine(text string) string {
	const most = 300
	line := make([]rune, 0, min(len(text), most))
	for _, r := range text {
		if len(line) == most {
			break
		}
		if !unicode.IsPrint(r) {
			r = ' '
		}
		line = append(line, r)
	}
	return string(line)
}
