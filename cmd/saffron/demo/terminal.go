package demo

import (
	"fmt"
	"image"
	"image/color"
	"strings"

	"saffron/channels/inputs"
)

// A terminal shows what is typed, and beside it what the pointer does.
type terminal struct {
	text, status image.Rectangle
	shownText    string
	shownStatus  string
	mono, label  *face
}

const (
	terminalLine  = 17 // pixels
	terminalGlyph = 13 // size of the type
	statusWidth   = 216
)

func newTerminal() *terminal {
	return &terminal{mono: newFace(mono(), terminalGlyph), label: newFace(regular(), 12)}
}

func (t *terminal) place(area image.Rectangle) {
	t.text, t.status = area, area
	t.text.Max.X = area.Max.X - statusWidth
	t.status.Min.X = t.text.Max.X
	t.forget()
}

// forget makes refresh draw everything.
func (t *terminal) forget() { t.shownText, t.shownStatus = "", "" }

// refresh draws what has changed.
func (t *terminal) refresh(s *screen, in *inputState) {
	if text := in.keys.text(); text+"_" != t.shownText {
		t.shownText = text + "_"
		t.drawText(s, text)
	}
	status := fmt.Sprint(in.pos, in.buttons, in.wheel, in.serverMode, in.keys.locks)
	if status != t.shownStatus {
		t.shownStatus = status
		t.drawStatus(s, in)
	}
}

var terminalPaper = rgb(0x071020)

func (t *terminal) drawText(s *screen, typed string) {
	img := image.NewRGBA(image.Rectangle{Max: t.text.Size()})
	clearTo(img, terminalPaper)
	glyph := t.mono.width("m")
	columns := max(int((float32(img.Rect.Dx())-24)/glyph), 8)
	lines := []string{"A desktop without a machine.", "Type here. F9 changes the size.", ""}
	for i, line := range strings.Split(typed, "\n") {
		if i == 0 {
			line = "$ " + line
		} else {
			line = "  " + line
		}
		for len(line) > columns {
			lines, line = append(lines, line[:columns]), "  "+line[columns:]
		}
		lines = append(lines, line)
	}
	fit := (img.Rect.Dy() - 8) / terminalLine
	first := max(0, len(lines)-fit)
	x, y := float32(10), float32(18)
	for i, line := range lines[first:] {
		c := cream
		if first+i < 2 {
			c = mix(mist, terminalPaper, 0.15)
		}
		var end float32
		if rest, ok := strings.CutPrefix(line, "$"); ok {
			end = t.mono.draw(img, t.mono.draw(img, x, y, "$", saffron), y, rest, c)
		} else {
			end = t.mono.draw(img, x, y, line, c)
		}
		if first+i == len(lines)-1 {
			box := image.Rect(int(end)+1, int(y)-11, int(end+glyph)+1, int(y)+3)
			newPen(img).roundRect(saffron, box, 1.5)
		}
		y += terminalLine
	}
	s.put(t.text.Min, lzImage(img), img, nil)
}

func (t *terminal) drawStatus(s *screen, in *inputState) {
	img := image.NewRGBA(image.Rectangle{Max: t.status.Size()})
	clearTo(img, terminalPaper)
	p := newPen(img)
	h := float64(img.Rect.Dy())
	p.line(fade(sky, 0.22), 1, 0.5, 8, 0.5, h-8)
	pitch := min(float32(26), float32(h-10)/5)
	y := pitch*0.5 + 9
	row := func(label, value string) {
		t.label.draw(img, 16, y, label, mist)
		t.label.draw(img, 76, y, value, cream)
		y += pitch
	}
	row("Pointer", fmt.Sprintf("%d, %d", in.pos.X, in.pos.Y))
	for i, bit := range []uint16{1, 2, 4} {
		lamp(p, 82+float64(i)*20, float64(y)-4.5, saffron, in.buttons&bit != 0)
	}
	row("Buttons", "")
	row("Wheel", fmt.Sprint(in.wheel))
	mode := "positions (client)"
	if in.serverMode {
		mode = "motion (server)"
	}
	row("Mouse", mode)
	t.label.draw(img, 16, y, "Locks", mist)
	x := float32(76)
	for _, lock := range []struct {
		name string
		bit  inputs.Locks
	}{{"Caps", inputs.CapsLock}, {"Num", inputs.NumLock}, {"Scr", inputs.ScrollLock}} {
		lamp(p, float64(x)+4, float64(y)-4.5, teal, in.keys.locks&lock.bit != 0)
		x = t.label.draw(img, x+12, y, lock.name, cream) + 9
	}
	s.put(t.status.Min, lzImage(img), img, nil)
}

func lamp(p *pen, x, y float64, c color.RGBA, on bool) {
	p.circle(mix(deep, sky, 0.45), x, y, 5)
	if !on {
		c = deep
	}
	p.circle(c, x, y, 3.8)
}
